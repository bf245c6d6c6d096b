import { defineQuery, defineSignal, defineUpdate } from "@temporalio/workflow";
import type { KillOutcome } from "../activities/kill.ts";
import type { Mode } from "../core/domain/decision.ts";
import type { GameState } from "../core/domain/game.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import type { KillLevel } from "../core/domain/kill.ts";
import type { Occasion } from "../core/domain/occasion.ts";
import type { OwnedIntent, OrderStatus } from "../core/domain/order.ts";
import type { TradingDate } from "../core/domain/time.ts";
import type { Instant } from "../core/domain/units.ts";

/** Where a day's facts come from: `world:7`, `recording:DIR` or `live`. */
type SourceName = string;

/** Argument of `tradingDay`. */
export interface TradingDayInput {
  /** `trading-day/<mode>/<date>`: also the workflow id. */
  readonly runId: string;
  readonly mode: Mode;
  readonly date: TradingDate;
  readonly source: SourceName;
  readonly seed: number | null;
  /** Run time per wall time. */
  readonly speed: number;
}

/** What `tradingDay` returns: the run's verdict. */
export interface TradingDayResult {
  readonly runId: string;
  readonly games: number;
  readonly scored: number;
  readonly verdict: "passed" | "failed" | "stopped";
  readonly reportDir: string | null;
}

/** How patient a game is; from config, fixed when the game starts. */
interface GameSettings {
  /** When the pregame entry window opens, and watching begins. */
  readonly windowOpensAt: Instant;
  /** Run-time pause after a refusal or an unfilled order, milliseconds. */
  readonly retryMs: number;
  /** Continue-as-new above this many history events; null leaves it to the server's suggestion. */
  readonly maxHistoryEvents: number | null;
}

/** Argument of `game`. */
export interface GameInput {
  readonly game: GameRef;
  readonly settings: GameSettings;
  /** State carried over by continue-as-new. */
  readonly carried: GameState | null;
  /** What goes with the state; runs that were open before there was such a thing carry none. */
  readonly carriedWith?: CarriedWithGame;
}

/** What continue-as-new carries beside a game's state: what people are shown, and counts that go on. */
interface CarriedWithGame {
  readonly now: Instant;
  readonly timeline: readonly TimelineEntry[];
  readonly summary: string;
  readonly partnerUpdates: number;
  readonly killsStarted: number;
}

/** Argument of `order`: one approved intent, already journaled and sent. */
export interface OrderInput {
  readonly occasion: Occasion;
  readonly intent: OwnedIntent;
  readonly intentKey: string;
  readonly decisionId: string;
  readonly clientOrderId: string;
  readonly status: OrderStatus;
  /** Run time at which it was placed. */
  readonly placedAt: number;
}

/** What became of an intent, replacements and fallback included. */
export interface OrderResult {
  readonly clientOrderIds: readonly string[];
  readonly filledCenti: number;
  readonly endedBecause: string;
  /** After it the strategy holds nothing open in this occasion: flat, or locked on both sides. */
  readonly isFlat: boolean;
  /** Run time at which it ended; histories of before it was told have none. */
  readonly endedAt?: number;
}

/** Argument of `killSwitch`. */
export interface KillInput {
  readonly killId: string;
  readonly mode: Mode;
  readonly level: KillLevel;
  readonly reason: string;
  readonly by: string;
  /** What was done so far, carried over by continue-as-new. */
  readonly carried?: KillOutcome;
  /** Looks at the venue so far: the pauses between them go on growing. */
  readonly carriedRound?: number;
}

/** Argument of `drill`. */
export interface DrillInput {
  /** Of the kill that is to cancel them: their orders are named by it. */
  readonly killId: string;
  readonly mode: Mode;
}

/** What `drill` has rested, and what it was not allowed to. */
export interface DrillResult {
  readonly rested: number;
  /** The rule that refused, or what else became of it. */
  readonly refused: readonly { readonly marketTicker: string; readonly code: string }[];
}

/** Argument of `nightlyScoring`; without a run, the last day that was played. */
export interface ScoringInput {
  readonly runId: string | null;
  /** The day that asks was stopped; unsaid, its stored verdict tells. */
  readonly isStopped?: boolean;
}

/** Argument of `weeklyReview`; without a date, the seven days that end with the last night played. */
export interface ReviewInput {
  readonly mode: Mode;
  readonly to: TradingDate | null;
}

/** Argument of `scheduledDay`: every day a world of its own, from this seed on; null plays each date's games live. */
export interface ScheduledDayInput {
  readonly mode: Mode;
  readonly seed: number | null;
  readonly games: number;
  /** Run time per wall time. */
  readonly speed: number;
  /** The day before the first that the schedule starts: none up to it was missed. */
  readonly since: TradingDate;
}

/** One line of a workflow's timeline. */
export interface TimelineEntry {
  readonly at: Instant | null;
  readonly what: string;
}

/** Stops trading. Payload `{level, reason, by}`; anything unreadable stops at `cancel-all`. */
export const killSignal = defineSignal<[unknown]>("kill");
/** Lifts a kill and a pause of entries. */
export const resumeSignal = defineSignal<[unknown]>("resume");
/** Stops entries of one game or day without a kill. Payload `{reason}`. */
export const pauseEntriesSignal = defineSignal<[unknown]>("pauseEntries");
/** A new worker is up: what was watched by the old one is watched anew at once. */
export const workerStartedSignal = defineSignal("workerStarted");
/** Sets the partner's probability that home wins; refused unless 0 < p < 1 and before tip. */
export const setPartnerProbability = defineUpdate<PartnerAnswer, [PartnerInput]>(
  "setPartnerProbability",
);
/** The game's state as the reducer holds it. */
export const stateQuery = defineQuery<GameState>("state");
/** What happened in the workflow, oldest first. */
export const timelineQuery = defineQuery<readonly TimelineEntry[]>("timeline");

/** Payload of `setPartnerProbability`. `home` may repeat the home team's code, as a check. */
export interface PartnerInput {
  readonly home?: string;
  readonly p: number;
  readonly by?: string;
}

/** Answer of `setPartnerProbability`. */
export interface PartnerAnswer {
  readonly eventTicker: string;
  readonly homeProbability: number;
}
