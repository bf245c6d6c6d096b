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

/** Who plays whom on which date. */
type Meeting = Pick<RecordedGame, "date" | "home" | "away">;

/** A team plays once a day: the first of `games` that has a team of this one on its date, and that team. */
export function otherOfTheDay<G extends Meeting>(
  { date, home, away }: Meeting,
  games: readonly G[],
): { readonly other: G; readonly team: string } | null {
  for (const other of games) {
    const team = [home, away].find((one) => one === other.home || one === other.away);
    if (team !== undefined && other.date === date) return { other, team };
  }
  return null;
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
