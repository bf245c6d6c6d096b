import type { Command } from "commander";
import { retainDays } from "../../activities/btc-retention.ts";
import { instant } from "../../core/domain/units.ts";
import { lastCycleAt } from "../../schema/queries/btc-cycles.ts";
import { btcSize } from "../../schema/queries/btc-size.ts";
import { chooseConfig } from "../choices.ts";
import { findRunning, type HomeOption, openHome, withDatabase, withHome } from "../context.ts";
import { action, EXIT, print, printJson, table } from "../output.ts";

interface DbOptions extends HomeOption {
  readonly json?: boolean;
}

interface RetainOptions extends DbOptions {
  readonly dryRun?: boolean;
}

/** `tipoff db`: what the Bitcoin tables take on the disk, and dropping their old days. */
export function registerDb(program: Command): void {
  const db = program
    .command("db")
    .description("the Bitcoin tables on the disk, and their old days");
  withHome(db.command("size"))
    .description("bytes by table, a contract-hour, and a month at ten seconds")
    .option("--json", "answer as JSON")
    .action(action(size));
  withHome(db.command("retain"))
    .description("drop days older than bitcoin.retentionDays that are settled and scored")
    .option("--dry-run", "say what would be dropped, and drop nothing")
    .option("--json", "answer as JSON")
    .action(action(retain));
}

async function size(options: DbOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const found = await withDatabase(running.databaseUrl, btcSize);
  if (options.json) {
    printJson(found);
    return EXIT.done;
  }
  const rows = found.tables.map((one) => [one.table, String(one.rows), megabytes(one.bytes)]);
  print(table(["table", "rows", "MB"], rows));
  const { contractHours, bytesPerContractHour, contractsAtOnce, bytesPerMonth } = found;
  if (contractHours === null || bytesPerContractHour === null || bytesPerMonth === null) {
    print("no snapshot was written yet: nothing to measure a month by");
    return EXIT.done;
  }
  print(`${contractHours.toFixed(1)} contract-hours of 360 snapshots each`);
  print(`${Math.round(bytesPerContractHour)} bytes a contract-hour`);
  print(
    `${(bytesPerMonth / 1e9).toFixed(2)} GB a month at 10 s, ` +
      `with ${(contractsAtOnce ?? 0).toFixed(0)} contracts at once as here`,
  );
  return EXIT.done;
}

async function retain(options: RetainOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const { config } = await chooseConfig(running, undefined);
  const isDryRun = options.dryRun ?? false;
  const done = await withDatabase(running.databaseUrl, async (db) => {
    // Days are of the run's clock; before the first cycle there are none.
    const at = (await lastCycleAt(db)) ?? instant(Date.now());
    return retainDays(db, { days: config.bitcoin.retentionDays, at, isDryRun });
  });
  if (options.json) {
    printJson({ dryRun: isDryRun, ...done });
    return EXIT.done;
  }
  const rows = [
    ...done.dropped.map((one) => [one.table, one.day, megabytes(one.bytes), "dropped"]),
    ...done.held.map(({ hold, ...one }) => [
      ...[one.table, one.day, megabytes(one.bytes)],
      `stays: ${hold.unsettled} unsettled, ${hold.unscored} unscored`,
    ]),
  ];
  if (rows.length > 0) print(table(["table", "day", "MB", isDryRun ? "would be" : ""], rows));
  print(`${done.bytesFreed} bytes ${isDryRun ? "would be freed" : "freed"}`);
  return EXIT.done;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
