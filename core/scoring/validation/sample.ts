import type { TradingDate } from "../../domain/time.ts";
import type { FillAftermath } from "../after-fill.ts";
import type { ExpectedFill } from "../fill-model.ts";
import type { OrderOutcome } from "../fill-quality.ts";
import type { ComparedForecast } from "../forecast-comparison.ts";
import type { CandidateOutcome } from "../hindsight.ts";
import type { LeftBy } from "../pnl.ts";
import type { RegimeResult } from "../regimes.ts";
import type { DatedResult } from "../results.ts";

/** A forecast of ours beside the market's, with what it was of. */
export interface JudgedForecast extends ComparedForecast {
  readonly date: TradingDate;
  readonly series: string;
  /** When it was looked at: `tip`, `q1`, ..., or minutes to the close. */
  readonly horizon: string;
}

/** A position that has ended: what one strategy held in one game, from first contract to last. */
export interface JudgedTrade extends DatedResult, RegimeResult {
  readonly strategy: string;
  readonly marketTicker: string;
  /** Contracts bought, in hundredths. */
  readonly count: number;
  /** Edge claimed at the entry, micros per contract net of fees; null when it was not kept. */
  readonly expectedEdge: number | null;
  readonly leftBy: readonly LeftBy[];
}

/** A part of a position on its way out, with what profit is attributed to. Micro-dollars. */
export interface JudgedPart extends DatedResult {
  readonly strategy: string;
  readonly leftBy: LeftBy;
  readonly entryPhase: "pregame" | "live";
  readonly team: string;
  /** Hour of the entry on the Eastern clock, `19`. */
  readonly hour: string;
}

/** An order with what its plan expected and what came. */
export interface JudgedOrder extends OrderOutcome, ExpectedFill {
  readonly strategy: string;
}

/** A fill of an entry with what the market did after it. */
export interface JudgedFill extends FillAftermath {
  readonly strategy: string;
  readonly phase: "pregame" | "live";
  /** The market's price at tip, micros of the contract bought; null for a fill after it, or unknown. */
  readonly tipPrice: number | null;
}

/** An entry that was wrong, and whether it cost money (`falsePositives`). */
export interface JudgedEntry {
  readonly cluster: string;
  readonly strategy: string;
  readonly isFalsePositive: boolean;
}

/** Everything that days are judged on. */
export interface ValidationSample {
  readonly mode: string;
  /** First and last day, both included; null without a day. */
  readonly span: { readonly from: TradingDate; readonly to: TradingDate } | null;
  /** Micro-dollars at work. */
  readonly capital: number;
  readonly nights: number;
  readonly trades: readonly JudgedTrade[];
  /** Positions that have not ended, and are in no result. */
  readonly open: number;
  readonly parts: readonly JudgedPart[];
  readonly forecasts: readonly JudgedForecast[];
  readonly orders: readonly JudgedOrder[];
  readonly fills: readonly JudgedFill[];
  readonly entries: readonly JudgedEntry[];
  /** Entries that were seen and not made. */
  readonly missed: readonly CandidateOutcome[];
}
