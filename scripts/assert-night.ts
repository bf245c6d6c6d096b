/** Asserts that a night's report shows every game scored every figure of integrity at zero, and no order of others. */
import { readFile } from "node:fs/promises";
import { ordersOfOthers } from "../activities/report/integrity.ts";
import { ReportSummary } from "../activities/report/report-schema.ts";

const file = process.argv[2] ?? "report.json";
const report = ReportSummary.parse(JSON.parse(await readFile(file, "utf8")));
const faults: string[] = [];
for (const { eventTicker, phase } of report.games) {
  if (phase !== "scored" && phase !== "void") faults.push(`${eventTicker} ended ${phase}`);
}
if (report.games.length === 0) faults.push("the night had no game");
for (const [name, value] of Object.entries(report.integrity)) {
  if (value === null || Number(value) !== 0) faults.push(`${name} is ${value ?? "not known"}`);
}
const others = ordersOfOthers(report);
if (others !== 0) faults.push(`orders that are not ours: ${others ?? "not known"}`);
const { difference } = report.totals.cashUsd;
if (Number(difference) !== 0) faults.push(`cash differs by ${difference} USD`);
for (const fault of faults) process.stdout.write(`night: ${fault}\n`);
if (faults.length === 0) {
  const { orders, fills } = report.totals;
  process.stdout.write(
    `night: ${report.games.length} games, ${orders} orders, ${fills} fills, books balance\n`,
  );
}
process.exitCode = faults.length === 0 ? 0 : 1;
