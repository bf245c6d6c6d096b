import type { SpotPrice } from "./spot.ts";

/** When a price is too far from the last one to be believed by itself. */
export interface JumpLimits {
  /**
   * Largest move that is believed at once, as a share of the price; grows with the root of the
   * seconds since.
   */
  readonly share: number;
  /** Further trades beside a price that leapt, after which it is believed; */
  readonly confirmations: number;
  /** and the least time from the first of them to the last, milliseconds of the feed's clock. */
  readonly confirmMs: number;
}

/** Nothing leaps on for so many trades without its clock moving: then it begins anew. */
const HELD_MAX = 1_000;

/**
 * Holds a price back that leapt: more than `share * sqrt(max(1, seconds since the last price))`
 * from the last one believed. It is let through, with all that were held, once enough further
 * trades stand beside it for long enough, and dropped when the next one stands by the old price or
 * somewhere else again.
 */
export class JumpGuard {
  readonly #limits: JumpLimits;
  #believed: SpotPrice | null = null;
  #held: SpotPrice[] = [];
  #refused = 0;

  constructor(limits: JumpLimits) {
    this.#limits = limits;
  }

  /** Whether a price is held back now. */
  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  /** Prices that leapt and were not confirmed. */
  get refused(): number {
    return this.#refused;
  }

  /** Takes a price. @returns what may be told, in the sequence it came. */
  take(price: SpotPrice): readonly SpotPrice[] {
    if (this.#believed === null || this.#isNear(this.#believed, price)) {
      this.#drop();
      this.#believed = price;
      return [price];
    }
    const last = this.#held.at(-1);
    if (last !== undefined && (!this.#isNear(last, price) || this.#held.length >= HELD_MAX)) {
      this.#drop();
    }
    this.#held.push(price);
    if (!this.#isConfirmed(price)) return [];
    const confirmed = this.#held;
    this.#held = [];
    this.#believed = price;
    return confirmed;
  }

  #isConfirmed(price: SpotPrice): boolean {
    const { confirmations, confirmMs } = this.#limits;
    const lasted = price.sourceAt - (this.#held[0]?.sourceAt ?? price.sourceAt);
    return this.#held.length > confirmations && lasted >= confirmMs;
  }

  #isNear(from: SpotPrice, to: SpotPrice): boolean {
    const seconds = Math.max(1, (to.sourceAt - from.sourceAt) / 1_000);
    return Math.abs(to.price / from.price - 1) <= this.#limits.share * Math.sqrt(seconds);
  }

  #drop(): void {
    this.#refused += this.#held.length;
    this.#held = [];
  }
}
