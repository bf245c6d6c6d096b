import type { KillReport } from "../activities/kill.ts";
import type { KillRow } from "../schema/queries/kill.ts";
import { readReport } from "./kill-path.ts";

/** What a finished kill did, for people, one line each. */
export function describeReport(report: KillReport): readonly string[] {
  const at = (ms: number | null): string => (ms === null ? "not yet" : `${ms} ms`);
  const lines = [
    `acknowledged after ${at(report.acknowledgedMs)}, no resting orders after ${at(report.noRestingMs)}, ${report.workflowsSignaled} workflows told`,
  ];
  if (report.isFlat !== null) {
    lines.push(
      report.isFlat
        ? `flat after ${at(report.flatMs)}, ${report.flattenAttempts} attempts`
        : `NOT flat after ${report.flattenAttempts} attempts; left: ${report.left.map(({ count, marketTicker, why }) => `${count} ${marketTicker} (${why})`).join(", ")}`,
    );
  }
  const { before, after } = report;
  if (before && after) {
    lines.push(
      `cash ${before.cashUsd} -> ${after.cashUsd} USD, positions at the bid ${before.markUsd} -> ${after.markUsd} USD: it cost ${report.costUsd ?? "?"} USD`,
    );
  } else lines.push("what it cost was not measured: the exchange did not answer");
  return lines;
}

/** Which kill, how strict, when, by whom and why, for people. */
export function nameKill(row: KillRow): string {
  return `${row.kill_id}  ${row.level}  thrown ${row.thrown_at.toISOString()} by ${row.by}: ${row.reason}`;
}

/** One kill with its report, for people. */
export function describeKill(row: KillRow): string {
  const report = readReport(row.report);
  const state =
    row.released_at === null
      ? "STANDS"
      : `lifted ${row.released_at.toISOString()} by ${row.released_by ?? "?"}: ${row.release_reason ?? "?"}`;
  return [
    nameKill(row),
    `  ${state}`,
    ...(report ? describeReport(report) : ["not finished"]).map((line) => `  ${line}`),
  ].join("\n");
}

/** The same for machines: the row, with its report parsed. */
export function killJson(row: KillRow): object {
  return { ...row, report: readReport(row.report) };
}
