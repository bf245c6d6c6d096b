import type { TradingDate } from "../../core/domain/time.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";

/** Points of one game by period; the fifth and later are overtimes, together where the source sums them. */
export interface PeriodPoints {
  readonly home: readonly number[];
  readonly away: readonly number[];
}

/** One game to be recorded: who, when and how it ended. */
export interface RecordedGame {
  readonly eventTicker: string;
  readonly date: TradingDate;
  readonly home: string;
  readonly away: string;
  /** As scheduled. */
  readonly tipAt: Instant;
  /** The schedule was not there: the tip was taken from the end of trading. */
  readonly isTipEstimated?: boolean;
  readonly nbaGameId: string;
  readonly finalScore: { readonly home: number; readonly away: number };
  /** The file and line that say so, for refusals. */
  readonly origin: { readonly file: string; readonly line: number };
}

/** What a source knows of one market's prices, in order of time. */
export interface MarketTape {
  readonly marketTicker: string;
  readonly facts: readonly Fact[];
}

/** What the score feed will show of one game, and when it was over. */
export interface GameStory {
  readonly facts: readonly Fact[];
  readonly endAt: Instant;
  /** What was reconstructed, in words; empty when nothing was. */
  readonly reconstructed: readonly string[];
}

/** Something of the input that is left out, and why. */
export interface Skipped {
  readonly what: string;
  readonly reason: string;
}
