import type { TradingDate } from "./time.ts";
import type { Instant, Probability } from "./units.ts";

/** The score feeds, each with its own clock: they are compared, never merged. */
export type FeedName = "espn" | "nba";

/** The times of one datum. All on the run's clock but `sourceTime`, which is the feed's own claim. */
export interface FeedTimes {
  /** What the feed says of its age; null when it says nothing, as ESPN's scoreboard does. */
  readonly sourceTime: Instant | null;
  /** When we asked. */
  readonly fetchedAt: Instant;
  /** When the whole answer was here. */
  readonly receivedAt: Instant;
}

/** A response as it came, kept by callers that must be able to show what a decision saw. */
export interface RawResponse {
  readonly source: string;
  readonly url: string;
  readonly status: number;
  readonly body: string;
  readonly fetchedAt: Instant;
  readonly receivedAt: Instant;
}

/** A parsed answer beside the bytes it was read from. */
export interface Fetched<T> {
  readonly value: T;
  readonly raw: RawResponse;
}

/** What was wrong with a payload or a part of it; the details of a `FEED_INVALID` failure. */
export interface FeedFault {
  readonly source: string;
  /** Dotted path, such as `events.3.competitions.0.competitors.1.score`. */
  readonly field: string;
  readonly reason: string;
  /** The feed's id of the game concerned; null when the fault is not of one game. */
  readonly externalId: string | null;
}

/** One game as one feed shows it. Teams are NBA tricodes. */
export interface FeedGame extends FeedTimes {
  readonly feed: FeedName;
  /** ESPN's event id or the NBA's game id. */
  readonly externalId: string;
  /** US Eastern date of the scheduled tip. */
  readonly date: TradingDate;
  readonly home: string;
  readonly away: string;
  /** Scheduled tip. */
  readonly tipAt: Instant;
  readonly state: "pre" | "in" | "post";
  /** ESPN's name, such as `STATUS_HALFTIME`; the NBA's states are given ESPN's names. */
  readonly statusName: string;
  /** Played to its end: state `post`, a final status and a winner. A postponed game is not. */
  readonly isFinal: boolean;
  /** 0 before tip, 1 to 4, 5 and more in overtime. */
  readonly period: number;
  /** Seconds left in the period, 0 to 720; 0 before tip and after the end. */
  readonly clockSeconds: number;
  readonly homeScore: number;
  readonly awayScore: number;
  /** Points by period so far; empty before tip. */
  readonly homePeriods: readonly number[];
  readonly awayPeriods: readonly number[];
  /** On neutral ground, where home has no advantage; absent where the feed does not say so. */
  readonly isNeutral?: boolean;
}

/** A day's games. One bad game does not hide the others: it is in `faults` and not in `games`. */
export interface Scoreboard {
  readonly games: readonly FeedGame[];
  readonly faults: readonly FeedFault[];
  /** Games of teams outside the league's thirty, such as exhibitions: neither read nor a fault. */
  readonly skipped: number;
}

/** A feed's live probability, 0 to 1, that home wins. */
export interface WinProbability extends FeedTimes {
  readonly feed: "espn";
  readonly externalId: string;
  readonly home: Probability;
  /** Place of this point among the feed's, from 1: a point with a greater one is newer. */
  readonly sequence: number;
}

/** How likely a player sits out, in the feed's words. */
export type InjuryStatus =
  | "Available"
  | "Probable"
  | "Day-To-Day"
  | "Questionable"
  | "Doubtful"
  | "Out"
  /** Said of a team, not of a player: its report is due, and not yet submitted. */
  | "Not Yet Submitted";

/** Name that stands for the player in a line that says only that a team's report is not yet submitted. */
export const NOT_YET_SUBMITTED = "NOT YET SUBMITTED";

/**
 * What read an injury line, for forecasts: the parser of ESPN's feed, behind what had read a report
 * that was recorded from elsewhere.
 */
export function injuryParser(recordedBy?: string): string {
  const espn = "espn-injuries-2";
  return recordedBy === undefined ? espn : `${espn}+${recordedBy}`;
}

/** One player's line in an injury report. */
export interface InjuryReport extends FeedTimes {
  readonly feed: "espn";
  readonly teamCode: string;
  readonly player: string;
  readonly status: InjuryStatus;
  /** Why, such as `G League - Two-Way`; null when the feed does not say. */
  readonly reason: string | null;
  /** What read the report, and what had read it before where it was recorded. */
  readonly parser: string;
  /** What the team loses without the player, in Elo points; null when the feed does not say. */
  readonly impactElo: number | null;
}

/** A line of an injury report that could not be read, and whose team's it is. */
export interface InjuryFault extends FeedFault {
  readonly teamCode: string;
}

/** The league's injury report. A bad line does not hide the others: it is in `faults` and not in `lines`. */
export interface InjuryList {
  readonly lines: readonly InjuryReport[];
  readonly faults: readonly InjuryFault[];
}

/** One play of a game; feeds edit and withdraw plays, so a list is always taken whole. */
export interface FeedPlay {
  readonly actionNumber: number;
  readonly period: number;
  readonly clockSeconds: number;
  /** An open word of the feed, such as `2pt`, `rebound` or `timeout`. */
  readonly actionType: string;
  readonly teamCode: string | null;
  readonly homeScore: number;
  readonly awayScore: number;
  readonly description: string;
  /** Wall time of the play at the arena, by the feed. */
  readonly playedAt: Instant | null;
}

/** All plays of a game so far, in the feed's sequence. */
export interface PlayByPlay extends FeedTimes {
  readonly feed: "nba";
  readonly externalId: string;
  readonly plays: readonly FeedPlay[];
}

/** The box score: the game's state once more, and who does not play. */
export interface BoxScore {
  readonly game: FeedGame;
  readonly inactive: readonly { readonly teamCode: string; readonly player: string }[];
}
