import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { isTradingDate } from "../../core/domain/time.ts";
import { reportFolder } from "../../runtime/home.ts";
import { type HomeOption, openHome, withHome } from "../context.ts";
import { readReport, showReport } from "../night-report.ts";
import { action, EXIT, printJson, wrongUse } from "../output.ts";

interface ReportOptions extends HomeOption {
  readonly mode?: (typeof PLAYED_MODES)[number];
  readonly json?: boolean;
}

const PLAYED_MODES = ["shadow", "paper"] as const;

/** `tipoff report DAY`: the report of a night that ended. Needs no services. */
export function registerReport(program: Command): void {
  withHome(program.command("report"))
    .description("the report of a day that ended; the services need not run")
    .argument("<day>", "date, YYYY-MM-DD")
    .addOption(
      new Option(
        "--mode <mode>",
        "of the night (default: that of the environment, else the other)",
      ).choices(PLAYED_MODES),
    )
    .option("--json", "answer as JSON")
    .action(action(report));
}

async function report(day: string, options: ReportOptions): Promise<number> {
  const { home, environment } = openHome(options);
  if (!isTradingDate(day)) {
    throw wrongUse(`${day} is not a date`, "write it as YYYY-MM-DD, such as 2026-12-01");
  }
  const modes = options.mode === undefined ? [environment.mode, ...PLAYED_MODES] : [options.mode];
  const folders = modes.map((mode) => reportFolder(home, mode, day));
  const folder = folders.find((path) => existsSync(join(path, "report.json"))) ?? folders[0] ?? "";
  if (options.json) printJson(await readReport(folder));
  else await showReport(folder, null);
  return EXIT.done;
}
