import { assert } from "../domain/assert.ts";
import type { Instant } from "../domain/units.ts";
import { AVERAGE_TICKS } from "./digital-option.ts";
import type { SpotTick } from "./spot-volatility.ts";

/** Seconds that are remembered: the averaged minute, and an hour in which a venue may take to settle. */
const MEMORY_SECONDS = 3_660;

/** The part of a settlement average that has been seen. */
export interface SeenAverage {
  /** Seconds of the sixty that are known. */
  readonly ticks: number;
  /** Their mean, dollars of the feed they came from; null when there is none. */
  readonly mean: number | null;
}

/**
 * What a feed showed at every whole second of the last minutes, for the average that settles a
 * contract: the last price at or before each second. Bounded memory. A second is unknown when the
 * last price before it is older than `maxAgeMs`. Prices older than the newest change nothing, and
 * among several of one instant the last told wins.
 */
export class SettlementWindow {
  readonly #maxAgeMs: number;
  readonly #prices = new Float64Array(MEMORY_SECONDS).fill(Number.NaN);
  #newest: SpotTick | null = null;

  /** @throws InvariantError unless `maxAgeMs` is positive. */
  constructor(maxAgeMs: number) {
    assert(maxAgeMs > 0, "a price counts for some time");
    this.#maxAgeMs = maxAgeMs;
  }

  /**
   * Learns a price.
   *
   * @returns false when it is older than the newest.
   * @throws InvariantError unless the price is positive and finite.
   */
  push(tick: SpotTick): boolean {
    assert(tick.price > 0 && tick.price < Infinity, "a spot price is positive and finite");
    const before = this.#newest;
    if (before !== null && tick.at < before.at) return false;
    if (before !== null) this.#fill(before, tick.at);
    this.#newest = { at: tick.at, price: tick.price };
    return true;
  }

  /**
   * The part of the average of a close that is known at an instant: the seconds of
   * `(close - 60 s, close]` up to now. A market that is decided early may close within a second: it
   * counts as closed by the second before.
   */
  seen(closeAt: Instant, at: Instant): SeenAverage {
    const close = Math.floor(closeAt / 1_000);
    const last = Math.min(close, Math.floor(at / 1_000));
    let ticks = 0;
    let sum = 0;
    for (let second = close - AVERAGE_TICKS + 1; second <= last; second += 1) {
      const price = this.#at(second);
      if (Number.isNaN(price)) continue;
      ticks += 1;
      sum += price;
    }
    return { ticks, mean: ticks === 0 ? null : sum / ticks };
  }

  /** The seconds from a price up to the next one show it, while it is fresh. */
  #fill(from: SpotTick, until: Instant): void {
    const end = Math.ceil(until / 1_000);
    const first = Math.max(Math.ceil(from.at / 1_000), end - MEMORY_SECONDS);
    for (let second = first; second < end; second += 1) {
      const isFresh = second * 1_000 - from.at <= this.#maxAgeMs;
      this.#prices[second % MEMORY_SECONDS] = isFresh ? from.price : Number.NaN;
    }
  }

  #at(second: number): number {
    const newest = this.#newest;
    if (newest === null) return Number.NaN;
    const ageMs = second * 1_000 - newest.at;
    if (ageMs >= 0) return ageMs <= this.#maxAgeMs ? newest.price : Number.NaN;
    const isRemembered = second > Math.ceil(newest.at / 1_000) - 1 - MEMORY_SECONDS;
    return isRemembered ? (this.#prices[second % MEMORY_SECONDS] ?? Number.NaN) : Number.NaN;
  }
}
