import { availableParallelism } from "node:os";
import { type Command, Option } from "commander";
import { playJobs } from "../../backtest/pool.ts";
import { NIGHT_DEFAULTS } from "../../backtest/night.ts";
import { checkSanity } from "../../backtest/sanity.ts";
import { summarize } from "../../backtest/summary.ts";
import { codeCommit } from "../../runtime/code-commit.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { DERIVED_SPREADS, type DerivedSpread } from "../../sim/recordings/derived-book.ts";
import type { Edge } from "../../sim/world/fair.ts";
import { GAMES_DEFAULT, GAMES_MAX } from "../../sim/world/world.ts";
import {
  type BacktestRecord,
  nightRecord,
  type PlayRecord,
  writeBacktest,
  writeSanity,
} from "../backtest/files.ts";
import { progressBar } from "../backtest/progress.ts";
import {
  type FoundNight,
  findNights,
  jobsOf,
  type LoadedSettings,
  loadSettings,
} from "../backtest/sources.ts";
import { sanityLines, summaryTable } from "../backtest/tables.ts";
import { type HomeOption, openHome, withHome } from "../context.ts";
import { action, EXIT, integerOption, print, printJson } from "../output.ts";

/** What every command that plays nights is told. */
export interface NightsOptions extends HomeOption {
  readonly recording?: string[];
  readonly world?: string;
  readonly strategyConfig: string;
  readonly limits: string;
  readonly games: number;
  readonly edge: Edge;
  readonly spread: DerivedSpread;
  readonly from?: string;
  readonly to?: string;
  readonly tick: number;
  readonly latency: number;
  readonly workers: number;
  readonly json?: boolean;
}

interface BacktestOptions extends NightsOptions {
  readonly out?: string;
  readonly sanity?: boolean;
}

/** More pictures than these make a page that nothing opens. */
const PICTURES_MAX = 30;

/** Adds the options that every command has which plays nights. */
export function withNights(command: Command): Command {
  return withHome(command)
    .option("--recording <dir...>", "recordings, or folders of recordings; each night counts once")
    .option("--world <seeds>", "seeded worlds instead, such as 7 or 1-20")
    .option(
      "--strategy-config <file>",
      "settings of strategies and forecast",
      `${PACKAGE_ROOT}config/tipoff.yaml`,
    )
    .option("--limits <file>", "risk limits", `${PACKAGE_ROOT}config/risk_limits.yaml`)
    .option("--from <date>", "recordings from this date on, YYYY-MM-DD")
    .option("--to <date>", "and to this one")
    .option("--games <n>", "games of a world", integerOption(1, GAMES_MAX), GAMES_DEFAULT)
    .addOption(
      new Option("--edge <kind>", "whether a world's market errs")
        .choices(["default", "none"])
        .default("default"),
    )
    .addOption(
      new Option("--spread <cents>", "width of books that were derived from trades")
        .choices(DERIVED_SPREADS.map(String))
        .argParser(Number)
        .default(1),
    )
    .option(
      "--tick <s>",
      "run seconds between two looks at a quiet game",
      integerOption(1, 3_600),
      NIGHT_DEFAULTS.tickMs / 1_000,
    )
    .option(
      "--latency <ms>",
      "run milliseconds from a decision to the market",
      integerOption(0, 600_000),
      NIGHT_DEFAULTS.latencyMs,
    )
    .option("--workers <n>", "nights played at once", integerOption(1, 64), availableParallelism())
    .option("--json", "answer as JSON");
}

/** `tipoff backtest`: nights through the decisions, the risk rules and the matching, in seconds. */
export function registerBacktest(program: Command): void {
  withNights(program.command("backtest"))
    .description("play recorded or seeded nights without Temporal, database or network")
    .option(
      "--out <dir>",
      "write report, orders, verdicts, sights and decisions there; or what --sanity found",
    )
    .option("--sanity", "prove that the future would show, and that the edge is in the labels")
    .action(action(backtest));
}

async function backtest(options: BacktestOptions): Promise<number> {
  const nights = await findNights(options);
  const settings = await loadSettings({ ...options, home: openHome(options).home });
  if (options.sanity === true) return sanity(nights, settings, options);
  const isLogged = options.out !== undefined;
  const outcomes = await playJobs(jobsOf(nights, settings, { ...playedBy(options), isLogged }), {
    workers: options.workers,
    onDone: progressBar("backtest"),
  });
  const played = recordOf(settings, options);
  const record: BacktestRecord = {
    ...played,
    nights: outcomes.map((outcome) => nightRecord(outcome, played.loaded)),
    summary: summarize(outcomes),
  };
  const files =
    options.out === undefined
      ? []
      : await writeBacktest(options.out, record, outcomes, {
          commit: record.commit,
          configHash: record.configHash,
          startingCash: settings.startingCash,
          isRouted: settings.isRouted,
          active: settings.active,
          hasPictures: record.summary.games <= PICTURES_MAX,
        });
  if (options.json) {
    printJson(record);
    return EXIT.done;
  }
  print(summaryTable(record.summary));
  for (const file of files) print(`  ${file}`);
  return EXIT.done;
}

async function sanity(
  nights: readonly FoundNight[],
  settings: LoadedSettings,
  options: BacktestOptions,
): Promise<number> {
  const report = await checkSanity(jobsOf(nights, settings, playedBy(options)), {
    workers: options.workers,
    onDone: progressBar("sanity"),
  });
  const names = nights.map(({ name }) => name);
  const file =
    options.out === undefined
      ? null
      : await writeSanity(options.out, {
          ...recordOf(settings, options),
          ...{ nights: names, sanity: report },
        });
  if (options.json) printJson(report);
  else {
    for (const line of sanityLines(report)) print(line);
    if (file !== null) print(`  ${file}`);
  }
  return report.isSane ? EXIT.done : EXIT.failed;
}

function playedBy({ tick, latency }: NightsOptions): { tickMs: number; latencyMs: number } {
  return { tickMs: tick * 1_000, latencyMs: latency };
}

function recordOf({ hashes, loads }: LoadedSettings, options: NightsOptions): PlayRecord {
  return {
    schemaVersion: 1,
    commit: codeCommit(),
    ...{ configHash: hashes.config, limitsHash: hashes.limits },
    settings: { ...playedBy(options), spreadCents: options.spread, edge: options.edge },
    loaded: { trees: loads.trees, ratings: loads.ratings.version },
  };
}
