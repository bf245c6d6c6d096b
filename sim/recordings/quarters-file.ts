import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { teamCode, text, tradingDate, wholeNumber } from "./columns.ts";
import { type CsvRow, parseRow, readCsv } from "./csv.ts";
import type { PeriodPoints, RecordedGame } from "./game.ts";
import { refuse } from "./refusal.ts";

const points = wholeNumber;
const QuarterRow = z.object({
  game_id: text,
  game_date_et: tradingDate.optional(),
  home: teamCode,
  away: teamCode,
  home_q1: points,
  home_q2: points,
  home_q3: points,
  home_q4: points,
  home_ot: points,
  away_q1: points,
  away_q2: points,
  away_q3: points,
  away_q4: points,
  away_ot: points,
});

const sum = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0);

/**
 * Reads points by period of the given games, by NBA game id; overtimes are summed by the source.
 *
 * @throws TradingError RECORDING_INVALID when a row names another date or other teams than the game has,
 * does not add up to its final score, or tells a game again in another way.
 */
export async function readQuarters(
  file: string,
  games: readonly RecordedGame[],
): Promise<ReadonlyMap<string, PeriodPoints>> {
  const wanted = new Map(games.map((game) => [game.nbaGameId, game]));
  const told = new Map<string, { readonly periods: PeriodPoints; readonly line: number }>();
  for await (const row of readCsv(file)) {
    const game = wanted.get(row.values["game_id"] ?? "");
    if (!game) continue;
    const periods = periodsOf(file, row, game);
    const before = told.get(game.nbaGameId);
    if (before && !isDeepStrictEqual(before.periods, periods)) {
      const reason = `game ${game.nbaGameId} has other points by quarter in line ${before.line}`;
      throw refuse(file, row.line, reason);
    }
    told.set(game.nbaGameId, before ?? { periods, line: row.line });
  }
  return new Map([...told].map(([id, { periods }]) => [id, periods]));
}

function periodsOf(file: string, row: CsvRow, game: RecordedGame): PeriodPoints {
  const read = parseRow(file, row, QuarterRow);
  const regulation = {
    home: [read.home_q1, read.home_q2, read.home_q3, read.home_q4],
    away: [read.away_q1, read.away_q2, read.away_q3, read.away_q4],
  };
  const hasOvertime = read.home_ot > 0 || read.away_ot > 0;
  const periods = hasOvertime
    ? { home: [...regulation.home, read.home_ot], away: [...regulation.away, read.away_ot] }
    : regulation;
  const { home, away } = game.finalScore;
  if ((read.game_date_et ?? game.date) !== game.date) {
    throw refuse(file, row.line, `game_date_et: the game is of ${game.date}`);
  }
  if (read.home !== game.home || read.away !== game.away) {
    const reason = `${read.away} at ${read.home} is not ${game.away} at ${game.home}`;
    throw refuse(file, row.line, reason);
  }
  if (sum(periods.home) !== home || sum(periods.away) !== away) {
    throw refuse(file, row.line, `the periods do not add up to ${home} to ${away}`);
  }
  if (hasOvertime !== (sum(regulation.home) === sum(regulation.away))) {
    throw refuse(file, row.line, "overtime is played when regulation is drawn, and only then");
  }
  return periods;
}
