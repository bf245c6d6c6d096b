import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { SpreadPnl, VenueFigures } from "./inputs.ts";
import { PnlUsd, ReportSummary } from "./report-schema.ts";

/** What a report says that only the exchange could tell while it had its night loaded. */
export interface KeptReport {
  readonly venue: VenueFigures;
  readonly spreadPnl: readonly SpreadPnl[];
}

const Kept = z.object({
  spreadPnl: z.array(z.object({ spreadCents: z.number(), isPlayed: z.boolean(), pnlUsd: PnlUsd })),
});

/**
 * Reads it of the report that is in a folder.
 *
 * @returns null when none is there, or it is of another source.
 */
export async function keptReport(dir: string, source: string): Promise<KeptReport | null> {
  const [report, analysis] = await Promise.all(
    ["report.json", "analysis.json"].map((name) => readJson(join(dir, name))),
  );
  const summary = ReportSummary.safeParse(report);
  const rest = Kept.safeParse(analysis);
  if (!summary.success || !rest.success || summary.data.source !== source) return null;
  const { duplicateOrders, orphanOrders, openPositions, venueDifferenceUsd } =
    summary.data.integrity;
  const venue = { duplicateOrders, orphanOrders, openPositions, venueDifferenceUsd };
  return { venue, spreadPnl: rest.data.spreadPnl };
}

/** @returns null when there is no such file, or half of one from before reports were written whole. */
async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return null;
  }
}
