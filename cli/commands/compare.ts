import type { Command } from "commander";
import {
  type Comparison,
  compareRuns,
  type Difference,
  ENTRIES_MIN,
  SHARE_MIN,
} from "../../backtest/compare.ts";
import { easternClock } from "../../core/domain/time.ts";
import { tallyOf } from "../../core/scoring/tally.ts";
import { readBacktest } from "../backtest/files.ts";
import { comparedNight } from "../backtest/night-run.ts";
import { findRunning, type HomeOption, openHome, withDatabase, withHome } from "../context.ts";
import { action, EXIT, integerOption, print, printJson, table, wrongUse } from "../output.ts";
import { currentRun } from "../run.ts";

interface CompareOptions extends HomeOption {
  readonly tolerance: number;
  readonly night?: string;
  readonly json?: boolean;
}

/** `tipoff compare NIGHT BACKTEST`: every difference between a night and the backtest of its recording, explained. */
export function registerCompare(program: Command): void {
  withHome(program.command("compare"))
    .description("compare a night played through Temporal with the backtest of its recording")
    .argument("<night>", "date of the night in the home, YYYY-MM-DD")
    .argument("<backtest>", "folder that `tipoff backtest --out` wrote")
    .option(
      "--tolerance <s>",
      "run seconds that two entries may be apart and be one",
      integerOption(1, 3_600),
      60,
    )
    .option("--night <name>", "of the backtest, where its folder holds several: its source")
    .option("--json", "answer as JSON")
    .action(action(compare));
}

async function compare(day: string, dir: string, options: CompareOptions): Promise<number> {
  const { entries, verdicts } = await readBacktest(dir);
  const names = [...new Set([...verdicts, ...entries].map(({ night }) => night))];
  const night = options.night ?? (names.length === 1 ? names[0] : undefined);
  if (night === undefined || !names.includes(night)) {
    throw wrongUse(`${dir} holds ${names.join(", ") || "no night"}`, "name one with --night");
  }
  const isOf = (one: { readonly night: string }): boolean => one.night === night;
  const backtest = { entries: entries.filter(isOf), verdicts: verdicts.filter(isOf) };
  const running = await findRunning(openHome(options));
  const played = await withDatabase(running.databaseUrl, async (database) =>
    comparedNight(database, await currentRun(running, database, day)),
  );
  const comparison = compareRuns(played, backtest, options.tolerance * 1_000);
  if (options.json) printJson(comparison);
  else for (const line of comparisonLines(comparison)) print(line);
  return comparison.verdict === "differs" ? EXIT.failed : EXIT.done;
}

/** A comparison for a person: what agrees, and each difference with its numbers. */
export function comparisonLines(of: Comparison): readonly string[] {
  const { nightEntries, backtestEntries, agreed, differences, share } = of;
  const later = agreed.map(({ laterMs }) => laterMs / 1_000);
  const classes = Object.entries(tallyOf(differences.map((one) => one.class)));
  return [
    `${String(nightEntries)} entries in the night, ${String(backtestEntries)} in the backtest, ` +
      `${String(agreed.length)} agree${share === null ? "" : ` (${(100 * share).toFixed(1)} %)`}`,
    ...(later.length === 0
      ? []
      : [
          `of those the backtest's is ${Math.min(...later).toFixed(1)} to ${Math.max(...later).toFixed(1)} s later`,
        ]),
    ...(differences.length === 0
      ? []
      : [
          table(
            ["made by", "at", "strategy", "market", "class", "the other says", "numbers"],
            differences.map(differenceCells),
          ),
        ]),
    ...(classes.length === 0
      ? []
      : [`differences: ${classes.map(([name, n]) => `${name} ${String(n)}`).join(", ")}`]),
    of.verdict === "not-enough-data"
      ? `not enough data: fewer than ${String(ENTRIES_MIN)} entries in the night`
      : `${of.verdict}: at least ${String(100 * SHARE_MIN)} % are promised`,
  ];
}

function differenceCells({ madeBy, entry, class: kind, code, numbers }: Difference): string[] {
  return [
    madeBy,
    easternClock(entry.at),
    entry.strategy,
    `${entry.side} ${entry.marketTicker}`,
    kind,
    code ?? "",
    Object.entries(numbers)
      .map(
        ([name, value]) => `${name} ${Number.isInteger(value) ? String(value) : value.toFixed(4)}`,
      )
      .join(", "),
  ];
}
