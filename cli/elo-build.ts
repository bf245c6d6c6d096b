import { createHash } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { required } from "../core/domain/assert.ts";
import { openingRating } from "../core/models/elo-openings.ts";
import { ELO_VERSION, type EloConfig, type Matchup, rateGames } from "../core/models/elo.ts";
import { codeCommit } from "../runtime/code-commit.ts";
import {
  artifactText,
  changedParameters,
  type EloMetadata,
  MATCHUPS_FILE,
  openRatings,
  RATINGS_FILE,
  sealed,
  SEASONS_FILE,
  sha256Of,
  toParameters,
  tornFiles,
} from "../runtime/elo-artifact.ts";
import {
  type Finding,
  type LeagueGame,
  readLeagueResults,
} from "../sim/recordings/league-results.ts";
import { reasonOf } from "./output.ts";

/** What to build, from which results. */
export interface EloBuildOptions {
  readonly results: readonly string[];
  readonly config: EloConfig;
  readonly out: string;
  /** Now, for the metadata. */
  readonly now: Date;
}

/** What was done. */
export interface EloBuild {
  readonly out: string;
  readonly isBuilt: boolean;
  /** Why it was built anew; what is up to date has no reason. */
  readonly reasons: readonly string[];
  readonly metadata: EloMetadata;
  /** Odd rows; empty when nothing was read again. */
  readonly findings: readonly Finding[];
}

/**
 * Builds ratings from results, unless the folder holds those of the same sources and constants.
 *
 * @throws TradingError RECORDING_INVALID when a result file cannot be used.
 */
export async function buildElo(options: EloBuildOptions): Promise<EloBuild> {
  const { out } = options;
  const kept = lookAt(options);
  if (kept.isUpToDate) {
    return { out, isBuilt: false, reasons: [], metadata: kept.metadata, findings: [] };
  }
  const { games, files, findings } = await readLeagueResults(options.results);
  const ratings = new Map<string, number>();
  const matchups = [...rateGames(games, options.config, ratings, openingRating)];
  const texts = {
    [MATCHUPS_FILE]: matchupsText(matchups),
    [SEASONS_FILE]: seasonsText(matchups),
  };
  const ofGame = ({ date, season }: LeagueGame) => ({ date, season });
  const metadata: EloMetadata = {
    schemaVersion: 1,
    modelVersion: ELO_VERSION,
    parameters: toParameters(options.config),
    sources: files.map((file) => ({ ...file, file: resolve(file.file) })),
    commit: codeCommit(),
    builtAt: options.now.toISOString(),
    games: games.length,
    neutral: games.filter(({ isNeutral }) => isNeutral).length,
    firstGame: ofGame(required(games[0], "a game")),
    lastGame: ofGame(required(games.at(-1), "a game")),
    findings: countKinds(findings),
    files: Object.fromEntries(
      Object.entries(texts).map(([name, text]) => [
        name,
        createHash("sha256").update(text).digest("hex"),
      ]),
    ),
  };
  const artifact = sealed({ metadata, ratings: Object.fromEntries(ratings) });
  await writeAll(out, { ...texts, [RATINGS_FILE]: artifactText(artifact) });
  return { out, isBuilt: true, reasons: kept.reasons, metadata, findings };
}

type Kept =
  | { readonly isUpToDate: true; readonly metadata: EloMetadata }
  | { readonly isUpToDate: false; readonly reasons: readonly string[] };

/** What the folder holds already, and whether it is what a build would write. */
function lookAt(options: EloBuildOptions): Kept {
  const { out } = options;
  if (!existsSync(join(out, RATINGS_FILE))) {
    return { isUpToDate: false, reasons: [`${out} holds no ratings yet`] };
  }
  try {
    const { metadata } = openRatings(out);
    const reasons = whyBuild(options, metadata);
    return reasons.length === 0 ? { isUpToDate: true, metadata } : { isUpToDate: false, reasons };
  } catch (error) {
    return { isUpToDate: false, reasons: [reasonOf(error)] };
  }
}

/** Why the kept ratings are not those that a build would give; empty when they are. */
function whyBuild({ results, config, out }: EloBuildOptions, kept: EloMetadata): string[] {
  const reasons: string[] = [];
  if (kept.modelVersion !== ELO_VERSION) {
    reasons.push(`the formula changed: built by ${kept.modelVersion}, this is ${ELO_VERSION}`);
  }
  const parameters = changedParameters(kept.parameters, toParameters(config));
  if (parameters.length > 0) {
    reasons.push(`parameters changed: built with ${parameters.join(", ")}`);
  }
  const before = kept.sources.map(({ sha256 }) => sha256);
  const now = results.map((file) => sha256Of(file));
  if (before.length !== now.length || before.some((hash, index) => hash !== now[index])) {
    const names = results
      .filter((_, index) => now[index] !== before[index])
      .map((f) => basename(f));
    reasons.push(`sources changed: ${names.join(", ") || "one is left out"}`);
  }
  const torn = tornFiles(out, kept);
  if (torn.length > 0) reasons.push(`files changed: ${torn.join(", ")}`);
  return reasons;
}

function matchupsText(matchups: readonly Matchup<LeagueGame>[]): string {
  const head =
    "date,season,neutral,playoff,team1,team2,elo1_pre,elo2_pre,elo_prob1,elo1_post,elo2_post,score1,score2";
  const lines = matchups.map(({ game, homePre, awayPre, homeProbability, homePost, awayPost }) =>
    [
      ...[game.date, game.season, game.isNeutral ? 1 : 0, game.isPlayoff ? 1 : 0],
      ...[game.home, game.away, homePre.toFixed(6), awayPre.toFixed(6)],
      ...[homeProbability.toFixed(9), homePost.toFixed(6), awayPost.toFixed(6)],
      ...[game.homePoints, game.awayPoints],
    ].join(","),
  );
  return `${[head, ...lines].join("\n")}\n`;
}

/** One team's season: where it began and ended, and how far it went either way. */
interface SeasonLine {
  readonly season: number;
  readonly team: string;
  readonly start: number;
  games: number;
  wins: number;
  end: number;
  high: number;
  low: number;
}

function seasonsText(matchups: readonly Matchup<LeagueGame>[]): string {
  const lines = new Map<string, SeasonLine>();
  const add = (season: number, team: string, pre: number, post: number, isWon: boolean): void => {
    const key = `${season} ${team}`;
    const line = lines.get(key) ?? {
      ...{ season, team, start: pre, games: 0, wins: 0 },
      ...{ end: pre, high: pre, low: pre },
    };
    line.games += 1;
    line.wins += isWon ? 1 : 0;
    line.end = post;
    line.high = Math.max(line.high, post);
    line.low = Math.min(line.low, post);
    lines.set(key, line);
  };
  for (const { game, homePre, awayPre, homePost, awayPost } of matchups) {
    const isHomeWin = game.homePoints > game.awayPoints;
    add(game.season, game.home, homePre, homePost, isHomeWin);
    add(game.season, game.away, awayPre, awayPost, !isHomeWin);
  }
  const rows = [...lines.values()]
    .sort((a, b) => a.season - b.season || (a.team < b.team ? -1 : 1))
    .map(({ season, team, games, wins, start, end, high, low }) =>
      [season, team, games, wins, ...[start, end, high, low].map((elo) => elo.toFixed(6))].join(
        ",",
      ),
    );
  return `${["season,team,games,wins,elo_start,elo_end,elo_high,elo_low", ...rows].join("\n")}\n`;
}

function countKinds(findings: readonly Finding[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of findings) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Writes each file beside its place first; the ratings last, which name the hashes of the others. */
async function writeAll(out: string, texts: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(out, { recursive: true });
  await rm(join(out, RATINGS_FILE), { force: true });
  for (const [name, text] of Object.entries(texts)) {
    const file = join(out, name);
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  }
}
