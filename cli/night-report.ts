import { existsSync } from "node:fs";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ReportSummary } from "../activities/report/report-schema.ts";
import { terminalReport } from "../activities/report/terminal.ts";
import { failed, print } from "./output.ts";

/** Reads the report that a night left. @throws CommandError when there is none. */
export async function readReport(folder: string): Promise<ReportSummary> {
  const file = join(folder, "report.json");
  let content: string;
  try {
    content = await readFile(file, "utf8");
  } catch {
    throw failed(
      `there is no report in ${folder}`,
      "a night writes it when it ends; `npx tipoff day status` shows how far it is",
    );
  }
  return ReportSummary.parse(JSON.parse(content));
}

/** Decisions that a night's report counted. @returns `null` when it has not been written yet. */
export async function decisionsReported(folder: string): Promise<number | null> {
  if (!existsSync(join(folder, "report.json"))) return null;
  const { games } = await readReport(folder);
  return games.reduce((sum, { decisions }) => sum + decisions, 0);
}

/** Prints a report's main table and where its files are, and copies the JSON if asked to. */
export async function showReport(folder: string, jsonFile: string | null): Promise<void> {
  print(terminalReport(await readReport(folder)));
  for (const name of ["report.html", "report.md", "report.json"]) print(`  ${join(folder, name)}`);
  if (jsonFile === null) return;
  await copyFile(join(folder, "report.json"), jsonFile);
  print(`  ${jsonFile}`);
}
