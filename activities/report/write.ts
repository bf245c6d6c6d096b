import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NightReport } from "./build.ts";
import { htmlReport } from "./html.ts";
import { markdownReport } from "./markdown.ts";

/** Writes `report.json`, `analysis.json`, `report.md` and `report.html`, each whole or not at all. */
export async function writeReport(dir: string, report: NightReport): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeWhole(join(dir, "report.json"), json(report.summary));
  await writeWhole(join(dir, "analysis.json"), json(report.analysis));
  await writeWhole(join(dir, "report.md"), markdownReport(report));
  await writeWhole(join(dir, "report.html"), htmlReport(report));
}

/** JSON turns an infinite log loss into null, which would read as "no evidence". */
export function json(value: unknown): string {
  const infinite = (_: string, field: unknown): unknown =>
    field === Infinity ? "infinite" : field;
  return `${JSON.stringify(value, infinite, 2)}\n`;
}

/** A reader of a report never meets half of one, whenever the process dies. */
export async function writeWhole(file: string, content: string): Promise<void> {
  await writeFile(`${file}.part`, content);
  await rename(`${file}.part`, file);
}
