import type { Instant, UsdMicros } from "./units.ts";

/**
 * Who told a price of Bitcoin: a trade, the close of a finished minute, or the settlement index
 * itself.
 */
export type SpotSource = "coinbase" | "coinbase-candle" | "brti";

/** One price of Bitcoin as a feed told it. */
export interface SpotPrice {
  readonly source: SpotSource;
  /** The feed's id of the trade; null where there is none. */
  readonly tradeId: number | null;
  /** Micro-dollars for one bitcoin. */
  readonly price: UsdMicros;
  /** The feed's clock. A candle's close counts from the end of its minute. */
  readonly sourceAt: Instant;
  /** Ours. */
  readonly receivedAt: Instant;
}

/** Why no price of a feed can be believed now. Tables key on them: add, never rename. */
export type SpotStale =
  /** Nothing was ever received. */
  | "silent"
  /** The line is down, or has told nothing for too long. */
  | "stalled"
  /** A price leapt further than a market moves, and nothing has confirmed it yet. */
  | "jumping"
  /** The feed's clock and ours disagree, or all that it tells comes late. */
  | "clock_skew"
  /** Messages are known to be missing and not filled in yet. */
  | "gap";

/** What a feed of the spot tells, and whether it is to be believed. */
export interface SpotFeed {
  /**
   * Hears every price once, trades in the sequence in which they were made: those behind missing
   * ones wait until these were asked for. @returns the end of it.
   */
  onPrice(listener: (price: SpotPrice) => void): () => void;
  /** Why its prices cannot be believed at this moment; null when they can. */
  staleBecause(): SpotStale | null;
  /** The newest price; null before the first. */
  latest(): SpotPrice | null;
  close(): Promise<void>;
}

/** A running average of the settlement index, as the venue tells it. */
export interface IndexAverage {
  /** Micro-dollars. */
  readonly value: UsdMicros;
  /** Seconds of the window that are in it, 0 to 60. */
  readonly ticks: number;
  readonly from: Instant;
  /** The window's end, which is not in it. */
  readonly to: Instant;
}

/** The settlement index itself, where the venue's stream gives it to our key. */
export interface IndexFeed extends SpotFeed {
  /** The venue's words for why there is no index; null when there is, or nothing was said yet. */
  absentBecause(): string | null;
  /** The average of the last 60 seconds; null before the first value. */
  average(): IndexAverage | null;
  /**
   * The average that will settle the quarter-hour, told in its last minute alone; null elsewhere.
   */
  settlementAverage(): IndexAverage | null;
}
