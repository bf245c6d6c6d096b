import { resolve } from "node:path";
import type { Command } from "commander";
import { exportCsv } from "../../activities/report/export-csv.ts";
import { findRunning, type HomeOption, openHome, withDatabase, withHome } from "../context.ts";
import { action, EXIT, print, printJson } from "../output.ts";
import { currentRun } from "../run.ts";

interface ExportOptions extends HomeOption {
  readonly csv: string;
  readonly json?: boolean;
}

/** `tipoff export DAY --csv DIR`: a day's signals, trades and prices as CSV files. */
export function registerExport(program: Command): void {
  withHome(program.command("export"))
    .description("write a day's signals, trades and prices as CSV files")
    .argument("<day>", "date, YYYY-MM-DD")
    .requiredOption("--csv <dir>", "folder to write signals.csv, trades.csv and prices.csv into")
    .option("--json", "answer as JSON")
    .action(action(exportDay));
}

async function exportDay(day: string, options: ExportOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const folder = resolve(options.csv);
  const rows = await withDatabase(running.databaseUrl, async (database) =>
    exportCsv(database, await currentRun(running, database, day), folder),
  );
  if (options.json) printJson({ folder, rows });
  else {
    for (const [name, count] of Object.entries(rows)) print(`${folder}/${name}.csv: ${count} rows`);
  }
  return EXIT.done;
}
