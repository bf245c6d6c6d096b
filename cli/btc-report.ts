import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "@temporalio/client";
import type { BtcReportResult, ReportDate } from "../activities/bitcoin/report-acts.ts";
import type { ReportKind } from "../activities/bitcoin/report/inputs.ts";
import { btcTerminal } from "../activities/bitcoin/report/pages.ts";
import { BtcReportSummary } from "../activities/bitcoin/report/report-schema.ts";
import { btcReportFolder } from "../activities/bitcoin/report/write.ts";
import type { Home } from "../runtime/home.ts";
import { shown, TASK_QUEUES, workflowIds } from "../temporal.config.ts";
import type { BtcReportInput } from "../workflows/btc-report.ts";
import { failed, print, reasonOf } from "./output.ts";

/** A day of three series is read, scored and drawn. */
const TIMEOUT_MS = 300_000;

/**
 * Has a report made by the worker. @returns its folder.
 *
 * @throws CommandError when there is nothing to report, or nobody makes it.
 */
export async function makeBtcReport(
  temporal: Client,
  mode: "shadow" | "paper",
  date: ReportDate,
  kind: ReportKind,
): Promise<string> {
  const input: BtcReportInput = { mode, date, kind };
  let made: BtcReportResult | null;
  try {
    const handle = await temporal.workflow.start("btcReport", {
      workflowId: `${workflowIds.btcReport(mode, kind)}/${randomUUID()}`,
      taskQueue: TASK_QUEUES.trading,
      args: [input],
      ...shown.btcReport({ mode, kind, date: typeof date === "string" ? date : "the last date" }),
    });
    const givenUp = AbortSignal.timeout(TIMEOUT_MS);
    const answer: unknown = await temporal.withAbortSignal(givenUp, () => handle.result());
    made = answer as BtcReportResult | null; // Boundary: the workflow's own type.
  } catch (error) {
    throw failed(
      `the report was not made: ${reasonOf(error)}`,
      "see that the worker runs (`npx tipoff doctor`), and ask again",
    );
  }
  if (made === null) throw nothingToReport();
  return made.reportDir;
}

/**
 * The folder of a report that was made before: for while no services run.
 *
 * @throws CommandError when there is none.
 */
export function findBtcReport(
  { reports }: Home,
  mode: "shadow" | "paper",
  date: string | undefined,
  kind: ReportKind,
): string {
  const isThere = (folder: string): boolean => existsSync(join(folder, "report.json"));
  const all = join(reports, "btc");
  const names = existsSync(all) ? readdirSync(all) : [];
  const folders =
    date === undefined
      ? names.filter((name) => name.endsWith(`-${mode}-${kind}`)).map((name) => join(all, name))
      : [btcReportFolder(reports, { date, mode, kind })];
  const newest = folders.filter(isThere).sort().at(-1);
  if (newest !== undefined) return newest;
  const what = date === undefined ? "" : ` of ${date}`;
  throw failed(
    `there is no ${kind} report${what} in ${mode}, and nothing runs here that could make it`,
    "start the services with `npx tipoff up`, and ask again",
  );
}

/** Reads a report that was written. */
export function readBtcReport(folder: string): BtcReportSummary {
  return BtcReportSummary.parse(JSON.parse(readFileSync(join(folder, "report.json"), "utf8")));
}

/** Prints a report's main table, its verdict, and where its files are. */
export function showBtcReport(folder: string): void {
  print(btcTerminal(readBtcReport(folder)));
  for (const name of ["report.html", "report.md", "report.json"]) print(`  ${join(folder, name)}`);
}

function nothingToReport(): Error {
  return failed(
    "there is nothing to report: no contract that was watched has closed",
    "start a run with `npx tipoff btc start`; `npx tipoff btc status` shows how far it is",
  );
}
