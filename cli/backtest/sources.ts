import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { NightJob, NightSource } from "../../backtest/job.ts";
import { findLoads, type NightLoads } from "../../backtest/loads.ts";
import type { NightConfig } from "../../backtest/result.ts";
import { Document, parse } from "yaml";
import { TradingError } from "../../core/domain/errors.ts";
import type { GameStrategy } from "../../core/domain/order.ts";
import { isTradingDate, type TradingDate } from "../../core/domain/time.ts";
import { positionOfMode } from "../../core/domain/stage.ts";
import { activeStrategies } from "../../core/strategies/config.ts";
import type { RouterConfig } from "../../core/strategies/router.ts";
import { loadGameStrategies } from "../../runtime/game-strategies.ts";
import type { Home } from "../../runtime/home.ts";
import { type LoadedLimits, limitsOf, loadRiskLimits } from "../../runtime/risk-limits.ts";
import { loadTipoffConfig, type TipoffConfig } from "../../runtime/tipoff-config.ts";
import type { DerivedSpread } from "../../sim/recordings/derived-book.ts";
import { MANIFEST_FILE } from "../../sim/recordings/format.ts";
import { readManifest } from "../../sim/recordings/reader.ts";
import type { Edge } from "../../sim/world/fair.ts";
import { wrongUse } from "../output.ts";
import { eachOnce, type FolderRecording } from "./each-once.ts";

/** Nights that a person asked for. */
export interface NightsWish {
  readonly recording?: readonly string[];
  readonly world?: string;
  readonly games: number;
  readonly edge: Edge;
  readonly spread: DerivedSpread;
  readonly from?: string;
  readonly to?: string;
}

/** A night that can be played, and what it is called. */
export interface FoundNight {
  readonly source: NightSource;
  /** As its manifest has it: `world:7`, or `recording:NAME`. */
  readonly name: string;
  readonly date: TradingDate | null;
}

const WORLDS_MAX = 10_000;

/**
 * The nights of a wish, each once, recordings by date: each folder is a recording, or holds some.
 *
 * @throws CommandError when nothing is there, both recordings and worlds are named, or two folders hold one game.
 */
export async function findNights(wish: NightsWish): Promise<readonly FoundNight[]> {
  const { recording = [], world, from, to } = wish;
  if (recording.length > 0 === (world !== undefined)) {
    throw wrongUse("name either recordings or worlds", "use --recording DIR... or --world SEEDS");
  }
  for (const date of [from, to]) {
    if (date !== undefined && !isTradingDate(date)) {
      throw wrongUse(`${date} is not a date`, "write it as YYYY-MM-DD, such as 2025-12-01");
    }
  }
  if (world !== undefined) return worldsOf(world, wish);
  const found: FolderRecording[] = [];
  for (const dir of recording.flatMap(recordingsIn)) {
    const manifest = await readManifest(join(dir, MANIFEST_FILE));
    const { date, games } = manifest;
    if ((from !== undefined && date < from) || (to !== undefined && date > to)) continue;
    if (games.length > 0) found.push({ dir, manifest });
  }
  const nights = eachOnce(found).map(({ dir, manifest: { name, date } }): FoundNight => {
    return { source: { kind: "recording", dir, spreadCents: wish.spread }, name, date };
  });
  if (nights.length === 0) {
    throw wrongUse(
      "no night of a game is there",
      "look with `npx tipoff recording info DIR`, or widen --from and --to",
    );
  }
  return nights.sort((a, b) =>
    `${String(a.date)} ${a.name}`.localeCompare(`${String(b.date)} ${b.name}`),
  );
}

/** Folders of recordings: the folder itself, or those in it. */
function recordingsIn(dir: string): readonly string[] {
  if (!existsSync(dir)) throw wrongUse(`${dir} is not there`, "check the path");
  if (existsSync(join(dir, MANIFEST_FILE))) return [dir];
  const inside = readdirSync(dir)
    .sort()
    .map((name) => join(dir, name))
    .filter((one) => existsSync(join(one, MANIFEST_FILE)));
  if (inside.length > 0) return inside;
  throw wrongUse(
    `${dir} holds no recording`,
    "make some with `npx tipoff recording import --format kalshi-candles --all --out DIR`",
  );
}

/** Seeds such as `7`, `7,9` or `1-20`. */
function worldsOf(text: string, { games, edge, from, to }: NightsWish): readonly FoundNight[] {
  if (from !== undefined || to !== undefined) {
    throw wrongUse("--from and --to choose recordings", "choose worlds by their seeds");
  }
  const seeds = text.split(",").flatMap((part) => {
    const range = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(part.trim());
    const [first, last] = [Number(range?.[1]), Number(range?.[2] ?? range?.[1])];
    if (!range || last < first || last - first >= WORLDS_MAX) {
      throw wrongUse(`${text} names no seeds`, "write them as 7, or 7,9, or 1-20");
    }
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  return [...new Set(seeds)].map((seed) => ({
    source: { kind: "world", seed, games, edge, date: null },
    name: `world:${String(seed)}`,
    date: null,
  }));
}

/** What nights are played with: settings and limits, by the files that hold them, and the home of the rest. */
export interface PlayedWith {
  readonly strategyConfig: string;
  readonly limits: string;
  /** Whose checked strategies and installed models are meant. */
  readonly home: Pick<Home, "path" | "models">;
}

/** Loaded settings: a night's depend on whether it is a world. */
export interface LoadedSettings {
  readonly hashes: { readonly config: string; readonly limits: string };
  /** Of each night's account, micros. */
  readonly startingCash: number;
  readonly isRouted: boolean;
  readonly active: readonly GameStrategy[];
  /** The rules also while the router is off. */
  readonly routerRules: RouterConfig | undefined;
  readonly loads: NightLoads;
  configOf(night: FoundNight): NightConfig;
}

/**
 * Reads the settings, and finds what they name.
 *
 * @throws TradingError CONFIG_INVALID naming file, key and value, or a strategy that may not play and why.
 */
export async function loadSettings(
  files: PlayedWith,
  changes: readonly SettingChange[] = [],
): Promise<LoadedSettings> {
  const { config, hash } = loadChanged(files.strategyConfig, changes);
  const limits = loadRiskLimits(files.limits);
  const { decision, paper } = config;
  // Each night loads them anew; a strategy that may not play is refused before any is played.
  await loadGameStrategies(decision.strategies, files);
  return {
    hashes: { config: hash, limits: limits.hash },
    startingCash: paper.startingCash,
    isRouted: decision.router !== undefined,
    active: activeStrategies(decision.strategies),
    routerRules: config.routerRules,
    loads: await findLoads(config, files.home),
    configOf: ({ name }) => nightConfig(config, limits.file, name),
  };
}

/** What a night of that name is played with. */
export function nightConfig(
  { decision, view, watch, paper, limits }: TipoffConfig,
  file: LoadedLimits["file"],
  name: string,
): NightConfig {
  return {
    ...{ decision, view, paper },
    watch: {
      retryMs: watch.retryMs,
      closingSeconds: watch.closingSeconds,
      decisionIntervalMs: watch.decisionIntervalMs,
      verdictIntervalMs: watch.verdictIntervalMs,
    },
    limits: { ...limitsOf(file, positionOfMode("paper"), name), ...limits },
  };
}

/** A setting by its path in the file, and what it is to be. */
export interface SettingChange {
  readonly path: string;
  readonly value: number;
}

/** @throws CommandError naming the changes when the file's own values may be, and these may not. */
function loadChanged(
  file: string,
  changes: readonly SettingChange[],
): ReturnType<typeof loadTipoffConfig> {
  const plain = loadTipoffConfig(file);
  if (changes.length === 0) return plain;
  try {
    return loadTipoffConfig(file, (text) => withChanges(file, text, changes));
  } catch (error) {
    if (!(error instanceof TradingError)) throw error;
    const named = changes.map(({ path, value }) => `--param ${path}=${String(value)}`).join(" ");
    const { faults } = error.details as { readonly faults?: readonly string[] }; // As `configInvalid` makes them.
    const why = faults?.join("; ") ?? error.message;
    throw wrongUse(`${named}: ${why}`, "name values that the setting may have");
  }
}

/** The text of a settings file with some numbers changed, each where it is named and nowhere else. */
function withChanges(file: string, text: string, changes: readonly SettingChange[]): string {
  if (changes.length === 0) return text;
  // What the file writes once and names elsewhere is written out at each place: a change is of its place alone.
  const document = new Document(parse(text), { aliasDuplicateObjects: false });
  for (const { path, value } of changes) {
    const keys = path.split(".");
    if (typeof document.getIn(keys) !== "number") {
      throw wrongUse(
        `${path} is no number of ${file}`,
        "name a setting as the file does, dots between",
      );
    }
    document.setIn(keys, value);
  }
  return document.toString();
}

/** Jobs for nights. */
export function jobsOf(
  nights: readonly FoundNight[],
  settings: LoadedSettings,
  options: NightJob["options"],
): readonly NightJob[] {
  return nights.map((night) => ({
    source: night.source,
    config: settings.configOf(night),
    loads: settings.loads,
    options,
  }));
}
