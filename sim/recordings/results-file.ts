import { z } from "zod";
import type { TradingDate } from "../../core/domain/time.ts";
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

/**
 * Reads finished games before `date`, oldest first, each once: what ratings may be built from.
 *
 * @throws TradingError RECORDING_INVALID when a row contradicts itself.
 */
export async function readPastGames(
  files: readonly string[],
  date: TradingDate,
): Promise<readonly PastGame[]> {
  const games = new Map<string, PastGame>();
  for (const file of files) {
    for await (const row of readCsv(file)) {
      if ((row.values["game_date_et"] ?? "") >= date) continue;
      const result = parseRow(file, row, ResultRow);
      if (result.home_pts === result.away_pts) {
        throw refuse(file, row.line, "a game is never drawn");
      }
      games.set(result.game_id, {
        date: result.game_date_et,
        // A season is named by the year it ends in.
        season: Number(result.season.slice(5)),
        home: result.home,
        away: result.away,
        homePoints: result.home_pts,
        awayPoints: result.away_pts,
        isNeutral: result.neutral_or_same_matchup_flag,
      });
    }
  }
  return [...games.values()].sort((a, b) => a.date.localeCompare(b.date));
}
