import { z } from "zod";
import { parseMarketTicker } from "../../core/domain/ids.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import { flag, teamCode, text, timestamp, tradingDate, wholeNumber } from "./columns.ts";
import { parseRow, readCsv } from "./csv.ts";
import type { RecordedGame, Skipped } from "./game.ts";
import { refuse } from "./refusal.ts";

/** A row of a games file; columns that are not named are of no use here. */
const GameRow = z.object({
  game_id: text,
  game_date_et: tradingDate,
  away: teamCode,
  home: teamCode,
  scheduled_tip_utc: timestamp,
  market_ticker: text,
  yes_side: z.enum(["home", "away"]),
  home_pts: wholeNumber,
  away_pts: wholeNumber,
  home_won: flag,
  yes_won: flag,
});
type GameRow = z.infer<typeof GameRow>;

/** A game of a games file, with the one market that the file names. */
export interface ListedGame extends RecordedGame {
  readonly marketTicker: string;
}

/**
 * Reads the games of one date. Games that the file itself calls suspect, or that have no scheduled
 * tip, are left out and named.
 *
 * @throws TradingError RECORDING_INVALID when a row contradicts itself.
 */
export async function readGames(
  file: string,
  date: TradingDate,
): Promise<{ readonly games: readonly ListedGame[]; readonly skipped: readonly Skipped[] }> {
  const games: ListedGame[] = [];
  const skipped: Skipped[] = [];
  for await (const row of readCsv(file)) {
    const playedOn = row.values["game_date_et"];
    // A file without that column is no games file, and its first row says so.
    if (playedOn !== undefined && playedOn !== date) continue;
    const what = row.values["game_id"] ?? `line ${row.line}`;
    if (row.values["quality"] === "suspect") {
      skipped.push({ what, reason: "its games file calls it suspect" });
    } else if (row.values["scheduled_tip_utc"] === "") {
      skipped.push({ what, reason: "its games file has no scheduled tip" });
    } else {
      games.push(listedGame(file, row.line, parseRow(file, row, GameRow)));
    }
  }
  return { games, skipped };
}

function listedGame(file: string, line: number, row: GameRow): ListedGame {
  const market = parseMarketTicker(row.market_ticker);
  const { home_pts: home, away_pts: away } = row;
  const isOfGame =
    market?.key.date === row.game_date_et &&
    market.key.home === row.home &&
    market.key.away === row.away &&
    market.team === row[row.yes_side];
  if (!market || !isOfGame) {
    throw refuse(file, line, `market_ticker: ${row.market_ticker} is not a market of this game`);
  }
  if (home === away || row.home_won !== home > away) {
    throw refuse(file, line, `home_won: contradicts the score ${home} to ${away}`);
  }
  if (row.yes_won !== (row.yes_side === "home" ? row.home_won : !row.home_won)) {
    throw refuse(file, line, "yes_won: contradicts home_won and yes_side");
  }
  return {
    eventTicker: market.event,
    date: row.game_date_et,
    home: row.home,
    away: row.away,
    tipAt: instant(row.scheduled_tip_utc),
    nbaGameId: row.game_id,
    finalScore: { home, away },
    origin: { file, line },
    marketTicker: row.market_ticker,
  };
}
