import type { Command } from "commander";
import { compareRuns, pooled } from "../../backtest/compare.ts";
import { required } from "../../core/domain/assert.ts";
import { type ComparedNight, comparisonLines } from "../backtest/comparison.ts";
import { readBacktest } from "../backtest/files.ts";
import { comparedNight, settingsOfNight } from "../backtest/night-run.ts";
import { requireSameSettings } from "../backtest/same-settings.ts";
import { findRunning, type HomeOption, openHome, withDatabase, withHome } from "../context.ts";
import { action, EXIT, integerOption, print, printJson, wrongUse } from "../output.ts";
import { currentRun } from "../run.ts";

interface CompareOptions extends HomeOption {
  readonly tolerance: number;
  readonly json?: boolean;
}

/** When two proposals are one, for the help; docs/backtest.md says it at length. */
const RULE = `
Two filled entries agree when game, strategy, market and side are the same, they were decided within the tolerance,
their average prices are no further apart than the wider of the two books that were decided on, and the smaller one
had asked for all that the other got, or for less by no more than its price was another, or by one contract, and got
half of it. At least 95 % of all filled entries of either run are to agree. Every pair at another price or count is
listed with its explanation, and so is every proposal of one run alone that did not fill: these are counted apart.
`;

/** `tipoff compare NIGHT... BACKTEST`: every difference between nights and their backtest, explained. */
export function registerCompare(program: Command): void {
  withHome(program.command("compare"))
    .description("compare nights played through Temporal with the backtest of the same nights")
    .usage("[options] <night...> <backtest>")
    .addHelpText("after", RULE)
    .argument(
      "<night-or-backtest...>",
      "dates of nights in the home, YYYY-MM-DD; last the folder that `tipoff backtest --out` wrote",
    )
    .option(
      "--tolerance <s>",
      "run seconds that two decisions may be apart and be one",
      integerOption(1, 3_600),
      60,
    )
    .option("--json", "answer as JSON")
    .action(action(compare));
}

async function compare(names: string[], options: CompareOptions): Promise<number> {
  const dates = [...new Set(names.slice(0, -1))];
  if (dates.length === 0) {
    throw wrongUse(
      "a comparison needs a night and a backtest",
      "write `npx tipoff compare 2025-12-01 DIR`, DIR as `npx tipoff backtest --out DIR` wrote it",
    );
  }
  const backtest = await readBacktest(required(names.at(-1), "a folder"));
  const running = await findRunning(openHome(options));
  const nights = await withDatabase(running.databaseUrl, async (database) => {
    const compared: ComparedNight[] = [];
    for (const day of dates) {
      const runId = await currentRun(running, database, day);
      const settings = await settingsOfNight(database, runId);
      requireSameSettings(settings, backtest.playedWith);
      const night = await comparedNight(database, runId);
      const { name, date, speed } = settings;
      const other = backtest.runOf(name);
      compared.push({ name, date, speed, ...compareRuns(night, other, options.tolerance * 1_000) });
    }
    return compared;
  });
  const total = pooled(nights);
  if (options.json) printJson({ nights, total });
  else for (const line of comparisonLines(nights, total)) print(line);
  return total.verdict === "differs" ? EXIT.failed : EXIT.done;
}
