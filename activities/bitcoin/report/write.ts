import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Mode } from "../../../core/domain/decision.ts";
import type { TradingDate } from "../../../core/domain/time.ts";
import { json, writeWhole } from "../../report/write.ts";
import type { BtcReport } from "./build.ts";
import type { ReportKind } from "./inputs.ts";
import { btcHtml, btcMarkdown } from "./pages.ts";

/** Folder of one report of Bitcoin, in the home's folder of reports. */
export function btcReportFolder(
  reports: string,
  of: { readonly date: TradingDate; readonly mode: Mode; readonly kind: ReportKind },
): string {
  return join(reports, "btc", `${of.date}-${of.mode}-${of.kind}`);
}

/** Writes `report.json`, `report.md` and `report.html`, each whole or not at all. */
export async function writeBtcFiles(dir: string, report: BtcReport): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeWhole(join(dir, "report.json"), json(report.summary));
  await writeWhole(join(dir, "report.md"), btcMarkdown(report));
  await writeWhole(join(dir, "report.html"), btcHtml(report));
}
