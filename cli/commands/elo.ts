import { basename } from "node:path";
import { type Command, Option } from "commander";
import { compareWithMarket } from "../../backtest/elo-comparison.ts";
import { CALIBRATION_MIN } from "../../core/models/calibration.ts";
import { percentile } from "../../core/scoring/percentile.ts";
import { readEnvironment } from "../../runtime/config.ts";
import { openRatings } from "../../runtime/elo-artifact.ts";
import { readMatchups } from "../../runtime/elo-matchups.ts";
import { loadTipoffConfig } from "../../runtime/tipoff-config.ts";
import { readLines } from "../../sim/recordings/lines-file.ts";
import { readPregamePrices } from "../../sim/recordings/pregame-prices.ts";
import { buildElo, type EloBuild } from "../elo-build.ts";
import { CALIBRATION_CHOICES, type CalibrationChoice, calibrateElo } from "../elo-calibrate.ts";
import { printCalibration, printComparison } from "../elo-print.ts";
import {
  action,
  EXIT,
  integerOption,
  numberOption,
  print,
  printJson,
  table,
  wrongUse,
} from "../output.ts";

/** Odd rows that are printed one by one; `--json` has them all. */
const FINDINGS_SHOWN = 20;

interface BuildArguments {
  readonly results: string[];
  readonly regression?: number;
  readonly strategyConfig?: string;
  readonly out: string;
  readonly json?: boolean;
}

/** `tipoff elo`: ratings of the league from its results. */
export function registerElo(program: Command): void {
  const elo = program.command("elo").description("ratings of the league, from its results");
  elo
    .command("build")
    .description("rate every game of the files; where files overlap the first is believed")
    .requiredOption("--results <file...>", "results: 538 nba_elo, nba results, nba odds")
    .option("--regression <factor>", "nba_elo_regression_factor instead of the settings'", share)
    .option(
      "--strategy-config <file>",
      "settings with the other constants (default: config/tipoff.yaml)",
    )
    .requiredOption("--out <dir>", "folder to write")
    .option("--json", "answer as JSON")
    .action(action(build));
  elo
    .command("calibrate")
    .description("fit a calibration of Elo's forecasts, judged by season walk-forward")
    .requiredOption("--ratings <dir>", "folder of `tipoff elo build`")
    .addOption(
      new Option("--method <method>", "auto takes the best out of sample, if it is certain to help")
        .choices(CALIBRATION_CHOICES)
        .default("auto"),
    )
    .option("--from-season <year>", "first season that is used", integerOption(1947, 2100), 2008)
    .requiredOption(
      "--out <file>",
      "file to write; `forecast.calibration` of the settings names it",
    )
    .option("--json", "answer as JSON")
    .addHelpText("after", `\nFewest games: ${minima()}; with fewer the map is the identity.`)
    .action(action(calibrate));
  elo
    .command("compare")
    .description("Elo's forecasts against what markets said of the same games before tip")
    .requiredOption("--ratings <dir>", "folder of `tipoff elo build`")
    .option("--lines <file>", "nba odds: moneylines, their margin taken out")
    .option("--candles <file>", "one-minute candles of Kalshi's games: the last price at tip")
    .option("--games <file>", "their games, with scheduled tips")
    .option(
      "--from-season <year>",
      "first season that is compared",
      integerOption(1947, 2100),
      2008,
    )
    .option("--json", "answer as JSON")
    .action(action(compare));
}

function minima(): string {
  const { platt, beta, isotonic } = CALIBRATION_MIN;
  return `platt ${platt}, beta ${beta}, isotonic ${isotonic}`;
}

const share = numberOption(0, 1);

async function build(options: BuildArguments): Promise<number> {
  const { results, regression, strategyConfig, out } = options;
  const { config } = loadTipoffConfig(strategyConfig ?? readEnvironment().configFile);
  const { elo } = config.decision.forecast;
  const built = await buildElo({
    ...{ results, out, now: new Date() },
    config: { ...elo, regression: regression ?? elo.regression },
  });
  if (options.json) printJson(built);
  else printBuild(built);
  return EXIT.done;
}

function printBuild({ out, isBuilt, reasons, metadata, findings }: EloBuild): void {
  const { games, neutral, firstGame, lastGame, sources, parameters } = metadata;
  if (isBuilt) print(`built      ${out}: ${reasons.join("; ")}`);
  else print(`up to date ${out}: sources and parameters are those of ${metadata.builtAt}`);
  const dates = `${firstGame.date} to ${lastGame.date}`;
  print(`games      ${games}, ${dates}; ${neutral} on neutral ground`);
  const { margin, ...plain } = parameters;
  const constants = Object.entries({ ...plain, ...prefixed(margin) });
  print(`constants  ${constants.map(([name, value]) => `${name} ${value}`).join(", ")}`);
  print(
    table(
      ["file", "shape", "rows", "games it adds"],
      sources.map(({ file, shape, rows, games: added }) => [
        ...[basename(file), shape, String(rows), String(added)],
      ]),
    ),
  );
  printFindings(metadata.findings, findings);
}

function prefixed(margin: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(margin).map(([name, value]) => [`margin.${name}`, value]),
  );
}

function printFindings(
  counts: Readonly<Record<string, number>>,
  findings: EloBuild["findings"],
): void {
  const kinds = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`);
  print(`odd rows   ${kinds.join(", ") || "none"}`);
  // What two files tell alike is the rule where they overlap, and no news.
  const news = findings.filter(({ kind }) => kind !== "duplicate");
  for (const { kind, file, line, reason } of news.slice(0, FINDINGS_SHOWN)) {
    print(`  ${basename(file)} line ${line}: ${kind}: ${reason}`);
  }
  if (news.length > FINDINGS_SHOWN) print("  all of them: --json");
}

interface CalibrateArguments {
  readonly ratings: string;
  readonly method: CalibrationChoice;
  readonly fromSeason: number;
  readonly out: string;
  readonly json?: boolean;
}

async function calibrate({ json, ...options }: CalibrateArguments): Promise<number> {
  const fitted = await calibrateElo({ ...options, now: new Date() });
  if (json) printJson(fitted);
  else printCalibration(fitted);
  return EXIT.done;
}

interface CompareArguments {
  readonly ratings: string;
  readonly lines?: string;
  readonly candles?: string;
  readonly games?: string;
  readonly fromSeason: number;
  readonly json?: boolean;
}

async function compare(options: CompareArguments): Promise<number> {
  const { lines, candles, games, fromSeason } = options;
  if ((candles === undefined) !== (games === undefined)) {
    throw wrongUse("--candles and --games go together", "name both files");
  }
  if (lines === undefined && candles === undefined) {
    throw wrongUse("no market to compare with", "name --lines, or --candles and --games");
  }
  const ratings = openRatings(options.ratings);
  const rated = readMatchups(ratings).filter(({ season }) => season >= fromSeason);
  const answer: Record<string, unknown> = { ratings: ratings.version };
  if (!options.json) {
    print(`ratings    ${ratings.version}, ${rated.length} games from ${fromSeason}`);
  }
  if (lines !== undefined) {
    const read = await readLines(lines);
    const seasons = compareWithMarket(rated, read.lines);
    const { without, misread } = read;
    answer["lines"] = { file: lines, used: read.lines.length, without, misread, seasons };
    if (!options.json) {
      print(`lines      ${read.lines.length} used; ${without} rows without, ${misread} misread`);
      printComparison("Elo against the recorded line, its margin taken out", seasons);
    }
  }
  if (candles !== undefined && games !== undefined) {
    const { prices, withoutTip, withoutPrice } = await readPregamePrices(games, candles);
    const seasons = compareWithMarket(rated, prices);
    const ages = prices.map(({ ageMs }) => ageMs / 60_000);
    const age = { median: percentile(ages, 0.5), largest: percentile(ages, 1) };
    answer["prices"] = { used: prices.length, withoutTip, withoutPrice, ageMinutes: age, seasons };
    if (!options.json) {
      print(
        `prices     ${prices.length} used; ${withoutTip} games without a tip, ${withoutPrice} without a price`,
      );
      print(
        `           ${age.median ?? "-"} minutes old at tip in the median, ${age.largest ?? "-"} at most`,
      );
      printComparison("Elo against Kalshi's last price at the scheduled tip", seasons);
    }
  }
  if (options.json) printJson(answer);
  return EXIT.done;
}
