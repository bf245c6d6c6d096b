import { patched, setCurrentDetails } from "@temporalio/workflow";
import type {
  BtcReportResult,
  ReportDate,
  RetainedDays,
} from "../activities/bitcoin/report-acts.ts";
import type { ReportKind } from "../activities/bitcoin/report/inputs.ts";
import type { Mode } from "../core/domain/decision.ts";
import { bitcoinBatch } from "./activities.ts";
import { btcSweep } from "./btc-sweep.ts";
import { scoreAmongNights } from "./score-among-nights.ts";
import { markEnd } from "./shared.ts";

/** Argument of `btcReport`. */
export interface BtcReportInput {
  readonly mode: Mode;
  readonly date: ReportDate;
  readonly kind: ReportKind;
}

/** A report asks again about what closed in the day before it, and a little more. */
const CORRECTIONS_MS = 26 * 3_600_000;

/**
 * Settles and scores what is left, finds gaps, writes the report of a day or of a week, and looks for drift. By schedule
 * and on demand; safe to repeat.
 *
 * @returns null when there is nothing to report.
 */
export async function btcReport(input: BtcReportInput): Promise<BtcReportResult | null> {
  const { mode, kind } = input;
  const { waiting } = await btcSweep({ mode, sinceMs: null, againMs: CORRECTIONS_MS });
  const date = await bitcoinBatch.findBtcReportDate(input);
  if (date === null) {
    markEnd("nothing to report");
    return null;
  }
  const gaps = await bitcoinBatch.findBtcReportGaps({ mode, date, kind });
  const report = await bitcoinBatch.writeBtcReport({ mode, date, kind });
  const { verdict, contracts, unsettled, reportDir } = report;
  const told =
    `**${mode}** ${kind} report of ${date}: ${verdict}\n\ncontracts ${contracts} (${unsettled} not ` +
    `settled, ${waiting} waited for), gaps ${gaps}, report ${reportDir}`;
  setCurrentDetails(told);
  // Runs that were open before there were scores of many nights end without them.
  if (kind === "nightly" && patched("nightly-scores")) {
    setCurrentDetails(`${told}; ${await scoreAmongNights(mode, date)}`);
  }
  markEnd(verdict, date);
  return report;
}

/** Argument of `btcRetention`. */
export interface BtcRetentionInput {
  readonly mode: Mode;
}

/** Drops the days of the big tables that are past their time. By schedule. */
export async function btcRetention({ mode }: BtcRetentionInput): Promise<RetainedDays> {
  const { dropped, held } = await bitcoinBatch.retainBtc({ mode });
  setCurrentDetails(`**${mode}** days dropped ${dropped}, held ${held}`);
  markEnd(held === 0 ? "retained" : "held");
  return { dropped, held };
}
