import { JumpGuard, type JumpLimits } from "./jump-guard.ts";
import type { SpotPrice, SpotStale } from "./spot.ts";
import { type TradeCounts, type TradeHole, TradeSequence } from "./trade-sequence.ts";
import type { Instant } from "./units.ts";

/** Up to where a feed of the spot is believed. */
export interface SpotLimits {
  /** Wall milliseconds without a word on the line: it is silent in the time it is made of. */
  readonly silentWallMs: number;
  /** Run milliseconds that a price may be old. */
  readonly priceMaxMs: number;
  /** Run milliseconds by which the feed's clock and ours may differ. */
  readonly skewMaxMs: number;
  /** Messages whose least age at receipt is taken for that difference: one may have been slow. */
  readonly skewSamples: number;
  /**
   * Wall milliseconds of our own that are no fault of the feed's. At speed they are many run
   * milliseconds: age and difference of clocks are allowed that much at least.
   */
  readonly graceWallMs: number;
  readonly jump: JumpLimits;
  /** Missing trades that are waited for at most. */
  readonly holeMax: number;
}

/**
 * The defaults. Silence and age as Coinbase's heartbeats (one a second) suggest. On its trades of
 * 2026-05-11 to 05-13 the least of 16 ages lay above -0.2 s throughout, and above 2 s in two
 * spells of
 * a few seconds; all that leapt did so in one second, at 18:19:55 UTC of the 13th.
 */
export const SPOT_LIMITS: SpotLimits = {
  silentWallMs: 3_000,
  priceMaxMs: 10_000,
  skewMaxMs: 2_000,
  skewSamples: 16,
  graceWallMs: 250,
  jump: { share: 0.001, confirmations: 3, confirmMs: 1_000 },
  holeMax: 20_000,
};

/** The moment at which a feed is asked whether it is to be believed. */
export interface SpotMoment {
  readonly now: Instant;
  /** Run milliseconds per wall millisecond. */
  readonly speed: number;
  /** Wall milliseconds since the line's last word; null before the first. */
  readonly silentWallMs: number | null;
}

/** What became of a feed's prices, counted since its start. */
export interface SpotCounts extends TradeCounts {
  readonly told: number;
  /** Prices that leapt and were not confirmed. */
  readonly refused: number;
}

/**
 * What is to be told of a feed's messages, and whether it is to be believed: trades in sequence
 * and each once (`TradeSequence`), leaps held back (`JumpGuard`), ages and clocks within bounds. It
 * reads no clock and asks nobody: the client feeds it, and fills the hole that it names.
 */
export class SpotHealth {
  readonly #limits: SpotLimits;
  readonly #sequence: TradeSequence;
  readonly #jumps: JumpGuard;
  /**
   * Age at receipt of the newest messages, run milliseconds: latency, and the difference of the
   * clocks.
   */
  #ages: number[] = [];
  #probedSkewMs = 0;
  #latest: SpotPrice | null = null;
  /** Receipt of the newest price that was not a candle's. */
  #freshAt: Instant | null = null;
  #told = 0;

  constructor(limits: SpotLimits) {
    this.#limits = limits;
    this.#sequence = new TradeSequence(limits.holeMax);
    this.#jumps = new JumpGuard(limits.jump);
  }

  /** The newest price told; null before the first. */
  get latest(): SpotPrice | null {
    return this.#latest;
  }

  /** The oldest trades that are missing; null when none are known to be. */
  get hole(): TradeHole | null {
    return this.#sequence.hole;
  }

  /** The newest trade that is known to exist; null before the first. */
  get newestTradeId(): number | null {
    return this.#sequence.newest;
  }

  get counts(): SpotCounts {
    return { ...this.#sequence.counts, told: this.#told, refused: this.#jumps.refused };
  }

  /** Takes a price as it was sent, or, with `isAsked`, as it was found by asking for the past. */
  take(price: SpotPrice, isAsked = false): readonly SpotPrice[] {
    if (!isAsked) this.noteAge(price);
    const { tradeId } = price;
    return this.#pass(tradeId === null ? [price] : this.#sequence.take(tradeId, price));
  }

  /** Learns of a trade by its id alone, from a heartbeat. @returns what is to be told. */
  knowOf(tradeId: number): readonly SpotPrice[] {
    return this.#pass(this.#sequence.knowOf(tradeId));
  }

  /** Gives up what is missing up to a trade: nobody has it. @returns what is to be told. */
  giveUp(upTo: number): readonly SpotPrice[] {
    return this.#pass(this.#sequence.giveUp(upTo));
  }

  /** Takes a finished candle's close. It is told when nothing newer was, and is never fresh. */
  takeCandle(price: SpotPrice): readonly SpotPrice[] {
    if (this.#latest !== null && price.sourceAt <= this.#latest.sourceAt) return [];
    this.#latest = price;
    this.#told += 1;
    return [price];
  }

  /** Learns the feed's clock from a message without a price. */
  noteAge(message: Pick<SpotPrice, "sourceAt" | "receivedAt">): void {
    this.#ages.push(message.receivedAt - message.sourceAt);
    if (this.#ages.length > this.#limits.skewSamples) this.#ages.shift();
  }

  /**
   * Learns the feed's clock by asking it: what cannot be explained by the time that the answer
   * took.
   */
  noteClock(clock: { sourceAt: Instant; askedAt: Instant; receivedAt: Instant }): void {
    const { sourceAt, askedAt, receivedAt } = clock;
    this.#probedSkewMs = Math.max(0, sourceAt - receivedAt, askedAt - sourceAt);
  }

  /** Forgets what the clocks were like: a new line may be to another host. */
  forgetClock(): void {
    this.#ages = [];
  }

  /**
   * Our clock less the feed's, as its messages show it, run milliseconds; null before the first.
   */
  get skewMs(): number | null {
    return this.#ages.length === 0 ? null : Math.min(...this.#ages);
  }

  /** Why no price can be believed at this moment; null when they can. */
  staleBecause({ now, speed, silentWallMs }: SpotMoment): SpotStale | null {
    if (this.#latest === null) return "silent";
    if (silentWallMs === null || silentWallMs > this.#limits.silentWallMs) return "stalled";
    if (!this.#sequence.isWhole) return "gap";
    if (this.#jumps.isHolding) return "jumping";
    const graceMs = speed * this.#limits.graceWallMs;
    const skewMs = Math.max(Math.abs(this.skewMs ?? 0), this.#probedSkewMs);
    if (skewMs > Math.max(this.#limits.skewMaxMs, graceMs)) return "clock_skew";
    const ageMs = this.#freshAt === null ? Number.POSITIVE_INFINITY : now - this.#freshAt;
    return ageMs > Math.max(this.#limits.priceMaxMs, graceMs) ? "stalled" : null;
  }

  #pass(prices: readonly SpotPrice[]): readonly SpotPrice[] {
    const free = prices.flatMap((price) => this.#jumps.take(price));
    for (const price of free) {
      this.#latest = price;
      this.#freshAt = price.receivedAt;
    }
    this.#told += free.length;
    return free;
  }
}
