import type { Command } from "commander";
import { writePaper } from "../../activities/judgement/archive.ts";
import { scoreDays } from "../../activities/judgement/nightly.ts";
import { findRunning, type HomeOption, openHome, withDatabase, withHome } from "../context.ts";
import {
  chooseDays,
  dayOption,
  type DaysOptions,
  printPaper,
  requireTerms,
  withDays,
} from "../judged-days.ts";
import { action, EXIT, wrongUse } from "../output.ts";

interface ScoreOptions extends HomeOption, DaysOptions {
  readonly out?: string;
}

const SHOWN = ["Drift", "Forecasts", "Results", "Where profit came from", "Execution"];

/** `tipoff score [DAY]`: how good forecasts, orders and results of days were, and whether they drift. */
export function registerScore(program: Command): void {
  withDays(withHome(program.command("score")), "the day that is scored")
    .description("scores of a day or of a range of days, each figure with its sample and interval")
    .argument("[day]", "trading date (default: the last night that ended)", dayOption)
    .option("--out <dir>", "also write report.html, report.md and report.json there")
    .action(action(score));
}

async function score(day: string | undefined, options: ScoreOptions): Promise<number> {
  if (day !== undefined && (options.from ?? options.to) !== undefined) {
    throw wrongUse("a day and a range were given", "give one of them");
  }
  const { mode: running, databaseUrl } = await findRunning(openHome(options));
  const mode = options.mode ?? running;
  const { paper } = await withDatabase(databaseUrl, async (db) => {
    const { to } = await chooseDays(db, mode, day === undefined ? options : { to: day });
    const days = { mode, from: day ?? options.from ?? to, to };
    const { stages } = await requireTerms(db, mode);
    return scoreDays(db, { ...days, capital: stages[0].capital });
  });
  if (options.out !== undefined) await writePaper(options.out, paper);
  printPaper(paper, { json: options.json === true, tables: SHOWN, folder: options.out ?? null });
  return EXIT.done;
}
