import { defineQuery, defineSignal } from "@temporalio/workflow";
import type { ProposedIntent } from "../activities/place-order.ts";
import type { BtcContract, BtcSeries } from "../core/domain/btc-contract.ts";
import type { ContractFact, ContractState } from "../core/domain/contract.ts";
import type { Mode } from "../core/domain/decision.ts";
import type { FollowedContract } from "../core/domain/followed-contract.ts";
import type { KillLevel } from "../core/domain/kill.ts";
import type { Occasion } from "../core/domain/occasion.ts";
import type { TradingDate } from "../core/domain/time.ts";
import type { Instant } from "../core/domain/units.ts";
import type { TimelineEntry } from "./contracts.ts";

/** A Bitcoin run, shared by its series. */
export interface BtcRun {
  /** `btc/<mode>/<date of its start>`. */
  readonly runId: string;
  readonly mode: Mode;
  /** Eastern date on which it began. */
  readonly date: TradingDate;
  /** Where its facts come from: `world:7`, `recording:DIR` or `live`. */
  readonly source: string;
  readonly seed: number | null;
  /** Run time per wall time. */
  readonly speed: number;
  /** When the source that is played ends; null for one that never does. */
  readonly endsAt: Instant | null;
}

/** Argument of `btcSeries`. */
export interface BtcSeriesInput {
  readonly run: BtcRun;
  readonly series: BtcSeries;
  /** Continue-as-new above this many history events; null leaves it to the server's suggestion. */
  readonly maxHistoryEvents: number | null;
  /** What an earlier run of this workflow hands over. */
  readonly carried: CarriedSeries | null;
}

/** All that continue-as-new carries of a series. */
interface CarriedSeries {
  readonly state: SeriesState;
  readonly now: Instant | null;
  readonly timeline: readonly TimelineEntry[];
  readonly summary: string;
  readonly killsStarted: number;
}

/** What a series must not forget. JSON-safe. */
export interface SeriesState {
  /** Contracts that have a workflow and are not over. */
  readonly followed: readonly FollowedContract[];
  readonly killLevel: KillLevel | null;
  readonly entriesPausedBecause: string | null;
}

/** What a series' workflow returns. */
export interface BtcSeriesResult {
  readonly series: BtcSeries;
  readonly contractsFollowed: number;
  readonly endedBecause: "source over" | "stopped";
}

/** Argument of `btcContract`. */
export interface BtcContractInput {
  readonly occasion: Occasion;
  readonly contract: BtcContract;
  /** Run-time pause after a refusal or an unfilled order, milliseconds. */
  readonly retryMs: number;
  /** Proposals of an earlier run of its workflow: their numbers are used up. */
  readonly decisionsBefore: number;
  /** The phase that it is found in. */
  readonly phase: "waiting" | "open" | "entry-window";
  readonly at: Instant;
  readonly killLevel: KillLevel | null;
  readonly entriesPausedBecause: string | null;
  /** In shadow a fill is found in the task that places, and nothing is paid; absent in what began before. */
  readonly shadowInPlace?: true;
}

/** What a contract's workflow hears: it has no timer and no poll of its own. */
export interface ContractNews {
  readonly at: Instant;
  readonly facts: readonly ContractFact[];
  readonly proposal: ProposedIntent | null;
}

/** Tells a contract what was learned about it; sent by its series and by the settlement sweep. */
export const contractNewsSignal = defineSignal<[ContractNews]>("news");
/** The contract's state as the reducer holds it. */
export const contractStateQuery = defineQuery<ContractState>("state");
/** The series' state. */
export const seriesStateQuery = defineQuery<SeriesState>("state");
