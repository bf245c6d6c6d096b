import type { Logger } from "pino";
import type { Mode } from "../../core/domain/decision.ts";
import type { RunClock, TradingDate } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import type { Db } from "../../schema/database.ts";
import { lastWatchedClose } from "../../schema/queries/btc-report-day.ts";
import type { NightSource } from "../ports.ts";
import { buildBtcReport } from "./report/build.ts";
import type { ReportKind } from "./report/inputs.ts";
import { findBtcGaps, knownUntil } from "./find-gaps.ts";
import { loadBtcReport } from "./report/load.ts";
import { BtcReportSummary, type BtcVerdict } from "./report/report-schema.ts";
import { dateOfClose, lastDate, spanOf } from "./report/window.ts";
import { btcReportFolder, writeBtcFiles } from "./report/write.ts";

/** A date that is meant: the last that is over, the one of the last contract that closed, or a named one. */
export type ReportDate = TradingDate | { readonly last: "over" | "watched" };

/** Argument of the report's steps. */
export interface BtcReportRequest {
  readonly mode: Mode;
  readonly date: TradingDate;
  readonly kind: ReportKind;
}

/** What a report came to. */
export interface BtcReportResult {
  readonly date: TradingDate;
  readonly kind: ReportKind;
  readonly verdict: BtcVerdict;
  readonly contracts: number;
  readonly unsettled: number;
  readonly reportDir: string;
}

/** What retention came to: days of tables. */
export interface RetainedDays {
  readonly dropped: number;
  /** Past their time, and kept: something of them is not settled or not scored. */
  readonly held: number;
}

export interface BtcReportDeps {
  readonly db: Db;
  readonly clock: RunClock;
  readonly source: Pick<NightSource, "manifest">;
  /** Resolves when what was observed so far is in the database. */
  readonly flush: () => Promise<void>;
  /** Pace of the cycles, run milliseconds. */
  readonly cycleMs: number;
  /** The home's folder of reports. */
  readonly reportsDir: string;
  /** Drops the days that the settings say are past their time. */
  readonly retain: () => Promise<RetainedDays>;
  readonly log: Logger;
}

/** Reports and retention of Bitcoin. All safe to repeat; dates are those of the run's clock. */
export const createBtcReportActivities = (deps: BtcReportDeps) => ({
  /** The date that is meant. @returns `null` when no contract that was watched closed on its dates. */
  async findBtcReportDate(request: {
    readonly mode: Mode;
    readonly date: ReportDate;
    readonly kind: ReportKind;
  }): Promise<TradingDate | null> {
    const { mode, kind, date } = request;
    const at = deps.clock.now();
    if (typeof date === "string") return date;
    const over = lastDate(at);
    const span = date.last === "over" ? spanOf(over, kind) : null;
    const last = await lastWatchedClose(deps.db, mode, span === null ? at : instant(span.to - 1));
    if (last === null) return null;
    if (span === null) return dateOfClose(last);
    return last < span.from ? null : over;
  },

  /** Finds what is missing of the report's dates. @returns how many gaps stand. */
  async findBtcReportGaps(request: BtcReportRequest): Promise<number> {
    const { mode, date, kind } = request;
    const known = await knownUntil({ ...deps, everyMs: deps.cycleMs });
    const span = spanOf(date, kind);
    return findBtcGaps(deps.db, { mode, ...span, everyMs: deps.cycleMs, ...known });
  },

  /** Builds and writes a report. */
  async writeBtcReport(request: BtcReportRequest): Promise<BtcReportResult> {
    const of = { everyMs: deps.cycleMs, now: deps.clock.now() };
    const report = buildBtcReport(await loadBtcReport(deps.db, request, of));
    // What is written keeps the promise that its readers rely on, or is not written.
    const { verdict, contracts, unsettled } = BtcReportSummary.parse(report.summary);
    const reportDir = btcReportFolder(deps.reportsDir, request);
    await writeBtcFiles(reportDir, report);
    const { date, kind, mode } = request;
    deps.log.info({ mode, date, kind, verdict, reportDir }, "report of Bitcoin written");
    return { date, kind, verdict, contracts, unsettled, reportDir };
  },

  /** Drops the days of the big tables that are past their time. */
  async retainBtc(request: { readonly mode: Mode }): Promise<RetainedDays> {
    const retained = await deps.retain();
    deps.log.info({ ...request, ...retained }, "old days of Bitcoin dropped");
    return retained;
  },
});
export type BtcReportActivities = ReturnType<typeof createBtcReportActivities>;
