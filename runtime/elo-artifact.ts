import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { TradingError } from "../core/domain/errors.ts";
import { easternInstant, seasonOf, type TradingDate } from "../core/domain/time.ts";
import type { Instant } from "../core/domain/units.ts";
import { ELO_VERSION, type EloConfig, type Ratings } from "../core/models/elo.ts";
import { canonicalJson, hashOf } from "./config-file.ts";

/** Files of a folder of ratings. */
export const RATINGS_FILE = "elo_ratings.json";
export const MATCHUPS_FILE = "historical_elo_matchups.csv";
export const SEASONS_FILE = "elo_ratings_by_season.csv";

const finite = z.number();
const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

/** The constants of a build under the names they have in `config/tipoff.yaml`. */
export const EloParameters = z.strictObject({
  k: finite,
  homeAdvantage: finite,
  nba_elo_regression_factor: finite,
  mean: finite,
  newTeam: finite,
  margin: z.strictObject({ offset: finite, exponent: finite, base: finite, slope: finite }),
});
export type EloParameters = z.infer<typeof EloParameters>;

const Metadata = z.strictObject({
  schemaVersion: z.literal(1),
  modelVersion: z.string(),
  parameters: EloParameters,
  /** Result files in the sequence in which they were believed. */
  sources: z.array(
    z.strictObject({
      ...{ file: z.string(), sha256, shape: z.string(), rows: count },
      /** Games that no file before it told. */
      games: count,
    }),
  ),
  /** The code that built them. */
  commit: z.string(),
  builtAt: z.iso.datetime(),
  games: count,
  /** Games on neutral ground. */
  neutral: count,
  firstGame: z.strictObject({ date, season: z.int() }),
  lastGame: z.strictObject({ date, season: z.int() }),
  /** Odd rows by kind, and how they were handled: see `sim/recordings/league-results.ts`. */
  findings: z.record(z.string(), count),
  /** Hashes of the two files beside this one. */
  files: z.record(z.string(), sha256),
});
/** What a build was made of. */
export type EloMetadata = z.infer<typeof Metadata>;

/** `elo_ratings.json`: ratings after the last game, by team. */
export const EloArtifact = z.strictObject({
  metadata: Metadata,
  ratings: z.record(z.string(), finite),
  /** Of all the rest. */
  contentSha256: sha256,
});
export type EloArtifact = z.infer<typeof EloArtifact>;

/** A config's constants under the names that files use. */
export function toParameters({ regression, ...same }: EloConfig): EloParameters {
  return { ...same, nba_elo_regression_factor: regression };
}

/** The core's constants of a file's. */
export function fromParameters(parameters: EloParameters): EloConfig {
  const { nba_elo_regression_factor: regression, ...same } = parameters;
  return { ...same, regression };
}

/** How old ratings may be when they are traded on. */
export interface RatingsSettings {
  /** Folder of `tipoff elo build`; null where each night's ratings come from its own past results. */
  readonly artifact: string | null;
  /** Days of season that may lie between the last rated game and the night. */
  readonly maxAgeDays: number;
}

/** Ratings that were read, with the version that forecasts name. */
export interface OpenedRatings extends EloArtifact {
  readonly folder: string;
  readonly version: string;
}

/**
 * Reads a folder of ratings.
 *
 * @throws TradingError CONFIG_INVALID naming file and field, also when it is not what was built.
 */
export function openRatings(folder: string): OpenedRatings {
  const file = join(folder, RATINGS_FILE);
  const artifact = parseArtifact(file, readText(file));
  if (sealed(artifact).contentSha256 !== artifact.contentSha256) {
    throw invalid(file, [
      "contentSha256: is of other ratings or metadata, they were changed since the build",
    ]);
  }
  const version = `${artifact.metadata.modelVersion}+${hashOf(artifact).slice(0, 12)}`;
  return { ...artifact, folder, version };
}

/** Ratings by team, for the core. */
export function ratingsOf({ ratings }: EloArtifact): Ratings {
  return new Map(Object.entries(ratings));
}

/**
 * Why ratings may not be traded on, as a stable code and a sentence:
 * - `ratings_other_model`: built by another version of the formula;
 * - `ratings_other_parameters`: built with other constants than the settings';
 * - `ratings_torn`: a file beside them is not the one that was built with them;
 * - `ratings_other_sources`: a result file has changed since; one that is gone cannot be compared;
 * - `ratings_from_the_future`: they know the night's results or later ones;
 * - `ratings_too_old`: too many days of season have passed since their last game.
 *
 * @returns `null` when they may.
 */
export function whyStale(
  { folder, metadata }: OpenedRatings,
  config: EloConfig,
  night: { readonly date: TradingDate; readonly maxAgeDays: number },
): { readonly code: string; readonly reason: string } | null {
  const { modelVersion, parameters, lastGame, sources } = metadata;
  if (modelVersion !== ELO_VERSION) {
    return stale("ratings_other_model", `built by ${modelVersion}, this is ${ELO_VERSION}`);
  }
  const changed = changedParameters(parameters, toParameters(config));
  if (changed.length > 0) {
    return stale("ratings_other_parameters", `built with ${changed.join(", ")}`);
  }
  const torn = tornFiles(folder, metadata);
  if (torn.length > 0) {
    return stale("ratings_torn", `${torn.join(", ")} has changed since the build`);
  }
  const other = sources.find(
    (source) => (sha256Of(source.file) ?? source.sha256) !== source.sha256,
  );
  if (other) return stale("ratings_other_sources", `${other.file} has changed since`);
  if (lastGame.date >= night.date) {
    return stale("ratings_from_the_future", `they know games of ${lastGame.date}`);
  }
  const age = seasonDays(lastGame.date, night.date);
  if (age <= night.maxAgeDays) return null;
  return stale(
    "ratings_too_old",
    `their last game, ${lastGame.date}, is ${age} days of season ago`,
  );
}

/** Constants that differ, in words such as `k 20 (settings: 24)`. */
export function changedParameters(built: EloParameters, settings: EloParameters): string[] {
  const flat = ({ margin, ...rest }: EloParameters): [string, number][] => [
    ...Object.entries(rest),
    ...Object.entries(margin).map(([key, value]): [string, number] => [`margin.${key}`, value]),
  ];
  const wanted = new Map(flat(settings));
  return flat(built).flatMap(([key, value]) => {
    const now = wanted.get(key);
    return now === value ? [] : [`${key} ${value} (settings: ${String(now)})`];
  });
}

/** Names of the files beside ratings that are not those of the build, or are gone. */
export function tornFiles(folder: string, { files }: EloMetadata): string[] {
  const names = Object.keys(files);
  return names.filter((name) => sha256Of(join(folder, name)) !== files[name]);
}

/** SHA-256 of a file, in hexadecimal. @returns `null` when it cannot be read. */
export function sha256Of(file: string): string | null {
  try {
    return createHash("sha256").update(readFileSync(file)).digest("hex");
  } catch {
    return null;
  }
}

/** What a build has come to, with the hash that tells a later change of it. */
export function sealed({ metadata, ratings }: Omit<EloArtifact, "contentSha256">): EloArtifact {
  return { metadata, ratings, contentSha256: hashOf({ metadata, ratings }) };
}

/** The text of `elo_ratings.json`: keys in one sequence, so that equal builds are equal files. */
export function artifactText(artifact: EloArtifact): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(artifact)), null, 2)}\n`;
}

/**
 * Up to when results are in ratings, for a night: the end of the last rated day. Of a season that has yet to show a
 * result they lack none: they end with the night's own morning, and `whyStale` says for how long that is believed.
 */
export function resultsTo({ metadata: { lastGame } }: EloArtifact, night: TradingDate): Instant {
  const isNewSeason = seasonOf(lastGame.date) === seasonOf(night) - 1;
  return isNewSeason ? easternInstant(night, 0, 0) : easternInstant(lastGame.date, 24, 0);
}

/** Days between two dates that were days of a season. */
function seasonDays(last: TradingDate, night: TradingDate): number {
  const season = seasonOf(night);
  // Seasons begin in the second half of October, but for those after a lockout or a plague.
  const opened = `${season - 1}-10-15`;
  // A summer does not make them old.
  const from = seasonOf(last) === season - 1 && last < opened ? opened : last;
  return Math.max(0, Math.round((Date.parse(night) - Date.parse(from)) / 86_400_000));
}

function stale(code: string, reason: string): { readonly code: string; readonly reason: string } {
  return { code, reason };
}

function readText(file: string): string {
  try {
    return readFileSync(resolve(file), "utf8");
  } catch (error) {
    throw invalid(file, [error instanceof Error ? error.message : String(error)]);
  }
}

function parseArtifact(file: string, text: string): EloArtifact {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw invalid(file, [error instanceof Error ? error.message : String(error)]);
  }
  const parsed = EloArtifact.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw invalid(
    file,
    parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`),
  );
}

function invalid(file: string, faults: readonly string[]): TradingError {
  const nextStep = "build it again with `npx tipoff elo build`";
  return new TradingError("CONFIG_INVALID", { file, faults, nextStep });
}
