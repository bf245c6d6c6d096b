import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildElo } from "../cli/elo-build.ts";
import { openingRating } from "../core/models/elo-openings.ts";
import { FIVE_THIRTY_EIGHT, type RatedGame, rateGames } from "../core/models/elo.ts";
import { TEAMS } from "../core/domain/teams.ts";
import { seededChance } from "../core/scoring/inference/chance.ts";
import { readEnvironment } from "../runtime/config.ts";
import { readLeagueResults } from "../sim/recordings/league-results.ts";
import type { BenchResult } from "./result.ts";

const SEED = 538;
const GAMES = 71_794;
const RUNS = 5;

/** Elo over FiveThirtyEight's whole history: rating alone, and `tipoff elo build` from file to files. */
export async function elo(): Promise<BenchResult> {
  const data = readEnvironment().dataPath ?? "../shared/data";
  const file = join(data, "nba-elo", "nba_elo_538_1946-2022.public.csv.gz");
  const isRecorded = existsSync(file);
  const games = isRecorded ? (await readLeagueResults([file])).games : madeUp();
  let slowest = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const start = performance.now();
    let rated = 0;
    for (const { homePost } of rateGames(games, FIVE_THIRTY_EIGHT, new Map(), openingRating)) {
      rated += Number.isFinite(homePost) ? 1 : 0;
    }
    if (rated !== games.length) throw new Error("not every game was rated");
    slowest = Math.max(slowest, performance.now() - start);
  }
  const built = isRecorded ? [await timedBuild(file)] : [];
  return {
    name: "elo",
    definition:
      `ratings of ${games.length} games, ${isRecorded ? "FiveThirtyEight's of 1946 to 2022" : "made up: TIPOFF_DATA has no file of them"}, ` +
      `from the first to the last with both ratings before and after each; the slowest of ${RUNS} runs`,
    seed: SEED,
    figures: [
      {
        name: "Elo over 71,794 games",
        value: Math.round(slowest) / 1_000,
        unit: "s",
        target: { atMost: 1 },
      },
      ...built,
    ],
  };
}

/** The whole command: the file unzipped, parsed and checked, rated, and the three files written. */
async function timedBuild(file: string): Promise<BenchResult["figures"][number]> {
  const out = mkdtempSync(join(tmpdir(), "tipoff-bench-elo-"));
  try {
    const start = performance.now();
    await buildElo({ results: [file], config: FIVE_THIRTY_EIGHT, out, now: new Date() });
    const value = Math.round(performance.now() - start) / 1_000;
    return { name: "elo build, file to files", value, unit: "s", target: null };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** As many games between today's teams, 1,300 a season. */
function madeUp(): readonly RatedGame[] {
  const chance = seededChance(SEED);
  return Array.from({ length: GAMES }, (_, i) => {
    const home = chance.below(TEAMS.length);
    const away = (home + 1 + chance.below(TEAMS.length - 1)) % TEAMS.length;
    const homePoints = 80 + chance.below(60);
    const other = 80 + chance.below(60);
    return {
      season: 1947 + Math.floor(i / 1_300),
      home: TEAMS[home]?.code ?? "",
      away: TEAMS[away]?.code ?? "",
      homePoints,
      awayPoints: other === homePoints ? other + 1 : other,
      isNeutral: false,
    };
  });
}
