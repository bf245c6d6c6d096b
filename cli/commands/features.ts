import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import { FEATURE_COLUMNS, featureLine, originOf } from "../../backtest/feature-csv.ts";
import type { FeatureSettings } from "../../backtest/feature-desk.ts";
import { featureRows } from "../../backtest/feature-rows.ts";
import { loadRatings } from "../../backtest/loads.ts";
import { NIGHT_DEFAULTS } from "../../backtest/night.ts";
import type { NightRatings } from "../../core/models/night-ratings.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { loadRiskLimits } from "../../runtime/risk-limits.ts";
import { loadTipoffConfig } from "../../runtime/tipoff-config.ts";
import type { FactSource } from "../../sim/facts.ts";
import { DERIVED_SPREADS, type DerivedSpread } from "../../sim/recordings/derived-book.ts";
import { openRecording } from "../../sim/recordings/reader.ts";
import { createWorld, GAMES_DEFAULT, GAMES_MAX } from "../../sim/world/world.ts";
import { nightConfig } from "../backtest/sources.ts";
import { action, EXIT, failed, integerOption, print, printJson, wrongUse } from "../output.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const SEEDS_MAX = 1_000;

interface ExportOptions {
  readonly recording?: readonly string[];
  readonly world?: readonly number[];
  readonly games: number;
  readonly out: string;
  readonly everySeconds: number;
  readonly holdMinutes: number;
  readonly spreadCents: DerivedSpread;
  readonly strategyConfig?: string;
  readonly json?: boolean;
}

interface Counted {
  rows: number;
  games: Set<string>;
  labelled: number;
  /** Nights that went without the ratings that the settings name, and why. */
  readonly unrated: string[];
}

/** How rows are made, and what Elo is read from in each night: what a backtest under these settings has. */
interface ExportSettings {
  readonly settings: FeatureSettings;
  readonly ratingsOf: (source: FactSource) => Promise<NightRatings>;
}

/** `tipoff features export`: what models are trained on. */
export function registerFeatures(program: Command): void {
  const features = program
    .command("features")
    .description("the seventy features of a game's markets (docs/features.md)");
  features
    .command("export")
    .description("write a row of features and labels for each market and decision instant, as CSV")
    .option("--recording <dir...>", "folders of recordings")
    .option("--world <seeds>", "seeds of worlds, such as 7 or 1-20,25", seedsOption)
    .option("--games <n>", "games of a world", integerOption(1, GAMES_MAX), GAMES_DEFAULT)
    .requiredOption("--out <file>", "file to write")
    .option("--every-seconds <s>", "between two decision instants", integerOption(1, 3_600), 60)
    .option("--hold-minutes <m>", "horizon of the best exit", integerOption(1, 600), 15)
    .addOption(
      new Option("--spread-cents <c>", "width of books that were derived from trades")
        .choices(DERIVED_SPREADS.map(String))
        .argParser(spreadOption)
        .default(1),
    )
    .option(
      "--strategy-config <file>",
      "settings of view and forecast (default: config/tipoff.yaml)",
    )
    .option("--json", "answer as JSON")
    .action(action(exportFeatures));
}

async function exportFeatures(options: ExportOptions): Promise<number> {
  const { recording = [], world = [] } = options;
  if (recording.length + world.length === 0) {
    throw wrongUse("nothing to export", "name --recording DIR... or --world SEEDS");
  }
  if (recording.length > 0 && world.length > 0) {
    throw wrongUse(
      "worlds and recordings are not exported together",
      "write a file of each: a model is of one of them",
    );
  }
  const file = resolve(options.out);
  const settings = settingsOf(options);
  const counted: Counted = { rows: 0, games: new Set(), labelled: 0, unrated: [] };
  const part = `${file}.part`;
  const lines = Readable.from(csvLines(sourcesOf(options), settings, counted));
  try {
    await pipeline(lines, createWriteStream(part));
    // A file that was broken off is not taken for a whole one.
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw isFileError(error)
      ? failed(`${file} cannot be written: ${error.message}`, "name a folder that exists")
      : error;
  }
  const games = counted.games.size;
  const { rows, labelled, unrated } = counted;
  if (options.json) printJson({ file, rows, games, labelled, unrated });
  else {
    print(`wrote      ${file}: ${rows} rows of ${games} games`);
    print(`labelled   ${labelled} rows with a result`);
    for (const one of unrated) print(`unrated    ${one}`);
  }
  return EXIT.done;
}

function settingsOf(options: ExportOptions): ExportSettings {
  const path = options.strategyConfig ?? `${PACKAGE_ROOT}config/tipoff.yaml`;
  // Nothing is traded: no limit bears on a row.
  const limits = loadRiskLimits(`${PACKAGE_ROOT}config/risk_limits.yaml`);
  const { config } = loadTipoffConfig(path);
  return {
    settings: {
      config: nightConfig(config, limits.file, "features"),
      everyMs: options.everySeconds * SECOND_MS,
      holdMs: options.holdMinutes * MINUTE_MS,
      fees: NIGHT_DEFAULTS.fees,
    },
    ratingsOf: (source) => loadRatings(config.ratings, config.decision, source),
  };
}

async function* sourcesOf(options: ExportOptions): AsyncGenerator<FactSource> {
  const { recording = [], world = [], games, spreadCents } = options;
  for (const dir of recording) yield await openRecording(dir, { spreadCents });
  for (const seed of world) yield createWorld({ seed, games });
}

async function* csvLines(
  sources: AsyncIterable<FactSource>,
  { settings, ratingsOf }: ExportSettings,
  counted: Counted,
): AsyncGenerator<string> {
  yield `${FEATURE_COLUMNS.join(",")}\n`;
  for await (const source of sources) {
    const ratings = await ratingsOf(source);
    if (ratings.kind === "stale") {
      counted.unrated.push(`${source.manifest.name}: ${ratings.reason}`);
    }
    const origin = originOf(source.manifest);
    for await (const row of featureRows(source, settings, ratings)) {
      counted.rows += 1;
      counted.games.add(row.gameId);
      if (row.settled !== null) counted.labelled += 1;
      yield `${featureLine(row, origin)}\n`;
    }
  }
}

/** Seeds one by one or as ranges, each once, ascending. */
function seedsOption(text: string): readonly number[] {
  const seeds = new Set<number>();
  for (const part of text.split(",")) {
    const range = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim());
    const first = Number(range?.[1] ?? NaN);
    const last = Number(range?.[2] ?? first);
    if (!(last >= first) || last - first >= SEEDS_MAX) {
      throw new InvalidArgumentError(
        `Expected seeds such as 7 or 1-20,25, at most ${SEEDS_MAX} in a range.`,
      );
    }
    for (let seed = first; seed <= last; seed += 1) seeds.add(seed);
  }
  return [...seeds].sort((one, other) => one - other);
}

function spreadOption(text: string): DerivedSpread {
  const spread = DERIVED_SPREADS.find((one) => String(one) === text);
  if (spread !== undefined) return spread;
  throw new InvalidArgumentError(`Expected one of ${DERIVED_SPREADS.join(", ")}.`);
}

function isFileError(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error && "path" in error;
}
