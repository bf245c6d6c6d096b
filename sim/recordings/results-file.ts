import { z } from "zod";
import { seasonOf, type TradingDate } from "../../core/domain/time.ts";
import type { PastGame } from "../facts.ts";
import { flag, teamCode, text, tradingDate, wholeNumber } from "./columns.ts";
import { parseRow, readCsv } from "./csv.ts";
import { refuse } from "./refusal.ts";

const ResultRow = z.object({
  season: z.string().regex(/^\d{4}-\d{4}$/, "a season is YYYY-YYYY"),
  game_id: text,
  game_date_et: tradingDate,
  home: teamCode,
  away: teamCode,
  home_pts: wholeNumber,
  away_pts: wholeNumber,
  neutral_or_same_matchup_flag: flag,
});

/** A row of a games file as a result; it does not say where a game was on neutral ground. */
const PlayedRow = z.object({
  game_date_et: tradingDate,
  home: teamCode,
  away: teamCode,
  home_pts: wholeNumber,
  away_pts: wholeNumber,
});

/**
 * Reads finished games strictly before `date`, oldest first, each once: what ratings may be built
 * from. A games file holds results too, but for the games it calls suspect.
 *
 * @throws TradingError RECORDING_INVALID when a row contradicts itself or another file's.
 */
export async function readPastGames(
  files: readonly string[],
  gamesFile: string | null,
  date: TradingDate,
): Promise<readonly PastGame[]> {
  const games = new Map<string, PastGame>();
  for (const file of files) {
    for await (const row of readCsv(file)) {
      if ((row.values["game_date_et"] ?? "") >= date) continue;
      add(games, file, row.line, resultOf(parseRow(file, row, ResultRow)));
    }
  }
  if (gamesFile !== null) {
    for await (const row of readCsv(gamesFile)) {
      const isLater = (row.values["game_date_et"] ?? "") >= date;
      if (isLater || row.values["quality"] === "suspect") continue;
      add(games, gamesFile, row.line, playedOf(parseRow(gamesFile, row, PlayedRow)));
    }
  }
  return [...games.values()].sort((a, b) => a.date.localeCompare(b.date));
}

/** Keeps the first telling of a game: a team plays once a day. */
function add(games: Map<string, PastGame>, file: string, line: number, game: PastGame): void {
  const { homePoints, awayPoints } = game;
  if (homePoints === awayPoints) throw refuse(file, line, "a game is never drawn");
  const key = [game.date, game.home, game.away].join(" ");
  const before = games.get(key) ?? game;
  if (before.homePoints !== homePoints || before.awayPoints !== awayPoints) {
    const told = `${before.homePoints} to ${before.awayPoints}`;
    throw refuse(file, line, `${homePoints} to ${awayPoints}, but another row says ${told}`);
  }
  games.set(key, before);
}

function resultOf(row: z.infer<typeof ResultRow>): PastGame {
  return {
    ...pastGame(row),
    // A season is named by the year it ends in.
    season: Number(row.season.slice(5)),
    isNeutral: row.neutral_or_same_matchup_flag,
  };
}

function playedOf(row: z.infer<typeof PlayedRow>): PastGame {
  return { ...pastGame(row), season: seasonOf(row.game_date_et), isNeutral: false };
}

function pastGame(row: z.infer<typeof PlayedRow>): Omit<PastGame, "season" | "isNeutral"> {
  return {
    date: row.game_date_et,
    home: row.home,
    away: row.away,
    homePoints: row.home_pts,
    awayPoints: row.away_pts,
  };
}
