import { z } from "zod";
import { parseMarketTicker } from "../../core/domain/ids.ts";
import { easternDate, type TradingDate } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import { flag, teamCode, text, timestamp, tradingDate, wholeNumber } from "./columns.ts";
import { type CsvRow, parseRow, readCsv } from "./csv.ts";
import type { RecordedGame, Skipped } from "./game.ts";
import { refuse } from "./refusal.ts";

/** What every row says, of whatever date. */
const AnyRow = z.object({ game_id: text, game_date_et: tradingDate });

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
const TipRow = GameRow.pick({ scheduled_tip_utc: true });

/** A game of a games file, with the one market that the file names. */
export interface ListedGame extends RecordedGame {
  readonly marketTicker: string;
}

/** What a games file says of one date. */
export interface GamesOfDate {
  readonly games: readonly ListedGame[];
  readonly skipped: readonly Skipped[];
  /** Ids of all games, of any date, whose row and prices the file calls suspect. */
  readonly suspects: ReadonlySet<string>;
}

/**
 * Reads the games of one date. Games that the file itself calls suspect, or that have no scheduled
 * tip, are left out and named.
 *
 * @throws TradingError RECORDING_INVALID when a row contradicts itself; rows of other dates are
 * asked for their date alone, that none of this one hides among them.
 */
export async function readGames(file: string, date: TradingDate): Promise<GamesOfDate> {
  const games: ListedGame[] = [];
  const skipped: Skipped[] = [];
  const suspects = new Set<string>();
  for await (const row of readCsv(file)) {
    const { game_id: what, game_date_et: playedOn } = parseRow(file, row, AnyRow);
    const isOfDate = playedOn === date;
    if (row.values["quality"] === "suspect") {
      suspects.add(what);
      if (isOfDate) skipped.push({ what, reason: "its games file calls it suspect" });
      continue;
    }
    checkDates(file, row, playedOn);
    if (!isOfDate) continue;
    if (row.values["scheduled_tip_utc"] === "") {
      skipped.push({ what, reason: "its games file has no scheduled tip" });
    } else {
      const twin = games.find(({ nbaGameId }) => nbaGameId === what);
      if (twin) {
        throw refuse(file, row.line, `game_id: line ${twin.origin.line} lists ${what} too`);
      }
      games.push(listedGame(file, row.line, parseRow(file, row, GameRow)));
    }
  }
  return { games, skipped, suspects };
}

/** The ticker and the scheduled tip, where a row has them, are of the date it names. */
function checkDates(file: string, row: CsvRow, date: TradingDate): void {
  const { market_ticker: ticker = "", scheduled_tip_utc: tip = "" } = row.values;
  if (ticker !== "" && parseMarketTicker(ticker)?.key.date !== date) {
    throw refuse(file, row.line, `market_ticker: ${ticker} is no market of a game on ${date}`);
  }
  if (tip === "") return;
  const { scheduled_tip_utc: tipAt } = parseRow(file, row, TipRow);
  const tipDate = easternDate(instant(tipAt));
  if (tipDate === date) return;
  const reason = `scheduled_tip_utc: ${tip} is on ${tipDate} Eastern, game_date_et says ${date}`;
  throw refuse(file, row.line, reason);
}

function listedGame(file: string, line: number, row: GameRow): ListedGame {
  const market = parseMarketTicker(row.market_ticker);
  const { home_pts: home, away_pts: away } = row;
  const isOfGame =
    market?.key.home === row.home &&
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
