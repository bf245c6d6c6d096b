import type { VenueOrder, VenuePosition } from "../../core/domain/venue.ts";
import type { UsdMicros } from "../../core/domain/units.ts";
import type { ReportRows } from "../../schema/queries/report-rows.ts";
import type { Integrity, PnlUsd } from "./report-schema.ts";

/** The venue's account after the night, as values. */
export interface VenueAccount {
  readonly cash: UsdMicros;
  /** All orders in the run's markets, current and historical. */
  readonly orders: readonly Pick<VenueOrder, "venueOrderId" | "clientOrderId" | "marketTicker">[];
  readonly positions: readonly Pick<VenuePosition, "marketTicker" | "position">[];
}

/** Of the integrity figures those that only the venue's account tells. */
export type VenueFigures = Pick<
  Integrity,
  "duplicateOrders" | "orphanOrders" | "openPositions" | "venueDifferenceUsd"
>;

/** What an earlier report of the night says that cannot be asked any more: the exchange has another one now. */
interface KeptFigures {
  readonly kept: VenueFigures;
}

/** What a game's workflow cost, from its real history. */
export interface WorkflowFigures {
  readonly gameId: string;
  readonly runId: string | null;
  readonly historyEvents: number | null;
  readonly actions: number | null;
}

/** Profit of the same decisions at another spread, for books derived from trades. */
export interface SpreadPnl {
  readonly spreadCents: number;
  /** Whether the night was played with books of this spread. */
  readonly isPlayed: boolean;
  readonly pnlUsd: PnlUsd;
}

/** How the night's log files read back. */
export interface LogFigures {
  readonly lines: number;
  readonly unparsable: number;
}

/** All that a report is made of. What the database does not hold comes in as values. */
export interface ReportInputs {
  readonly rows: ReportRows;
  /** Whether a person ended the day before its games were over. */
  readonly isStopped: boolean;
  /** Null when the venue could not be asked; `none` of a backtest, which has no venue to ask. */
  readonly venue: VenueAccount | KeptFigures | "none" | null;
  readonly workflows: readonly WorkflowFigures[];
  readonly spreadPnl: readonly SpreadPnl[];
  /** Null when they could not be read; `none` of a backtest, which has none to read. */
  readonly logs: LogFigures | "none" | null;
  /** Whether the router is on, and whether it has earned that, in a sentence. */
  readonly router: string;
}
