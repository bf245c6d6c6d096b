import type { BtcSeries } from "../../../core/domain/btc-contract.ts";
import type { Mode } from "../../../core/domain/decision.ts";
import type { TradingDate } from "../../../core/domain/time.ts";
import type { SeriesCoverage } from "../../../schema/queries/btc-coverage.ts";
import type { BtcGapRow } from "../../../schema/queries/btc-gaps.ts";
import type {
  bucketScores,
  horizonSnapshots,
  reportContracts,
} from "../../../schema/queries/btc-report.ts";
import type {
  ClosedWouldTrade,
  CycleSums,
  PathRow,
} from "../../../schema/queries/btc-report-day.ts";

type RowOf<Query extends (...args: never[]) => Promise<readonly unknown[]>> = Awaited<
  ReturnType<Query>
>[number];

/** A contract that closed, with its result. */
export type ReportContract = RowOf<typeof reportContracts>;

/** Which days a report is of: its own, or seven that end with it. */
export const REPORT_KINDS = ["nightly", "weekly"] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

/** All that a report of Bitcoin is made of. */
export interface BtcReportInputs {
  readonly mode: Mode;
  readonly kind: ReportKind;
  /** Eastern; of a weekly report the last of its dates. */
  readonly date: TradingDate;
  /** Series that were watched or had contracts. */
  readonly series: readonly BtcSeries[];
  /** Every contract that closed on these dates. */
  readonly contracts: readonly ReportContract[];
  readonly snapshots: readonly RowOf<typeof horizonSnapshots>[];
  /** What the verdict rests on: of a nightly report also the six dates before its own. */
  readonly judged: {
    /** Eastern, the first of them. */
    readonly from: TradingDate;
    readonly contracts: readonly ReportContract[];
    readonly snapshots: readonly RowOf<typeof horizonSnapshots>[];
  };
  readonly trades: readonly ClosedWouldTrade[];
  readonly gaps: readonly Pick<
    BtcGapRow,
    "table_name" | "series" | "from_at" | "to_at" | "missing_rows" | "cause" | "filled_at"
  >[];
  readonly edgesPerCycle: number | null;
  readonly buckets: readonly RowOf<typeof bucketScores>[];
  readonly cycles: readonly CycleSums[];
  readonly coverage: readonly SeriesCoverage[];
  /** Of the contracts that are drawn. */
  readonly paths: readonly PathRow[];
}
