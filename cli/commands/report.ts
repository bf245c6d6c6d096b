import type { Command } from "commander";
import { reportFolder } from "../../runtime/home.ts";
import { type HomeOption, openHome, withHome } from "../context.ts";
import { readReport, showReport } from "../night-report.ts";
import { action, EXIT, printJson } from "../output.ts";

interface ReportOptions extends HomeOption {
  readonly json?: boolean;
}

/** `tipoff report DAY`: the report of a night that ended. Needs no services. */
export function registerReport(program: Command): void {
  withHome(program.command("report"))
    .description("the report of a day that ended; the services need not run")
    .argument("<day>", "date, YYYY-MM-DD")
    .option("--json", "answer as JSON")
    .action(action(report));
}

async function report(day: string, options: ReportOptions): Promise<number> {
  const { home, environment } = openHome(options);
  const folder = reportFolder(home, environment.mode, day);
  if (options.json) printJson(await readReport(folder));
  else await showReport(folder, null);
  return EXIT.done;
}
