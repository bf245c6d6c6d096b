import { z } from "zod";
import { parseMarketTicker } from "../../core/domain/ids.ts";
import { easternDate, type TradingDate } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import { flag, teamCode, text, timestamp, tradingDate, wholeNumber } from "./columns.ts";
import { type CsvRow, parseRow, readCsv } from "./csv.ts";
import { otherOfTheDay, type RecordedGame, type Skipped } from "./game.ts";
import { refuse } from "./refusal.ts";
import { tipFromEnd } from "./wall-times.ts";

/** What every row says, of whatever date. */
const AnyRow = z.object({ game_id: text, game_date_et: tradingDate });

/** A row of a games file; columns that are not named are of no use here. */
const GameRow = z.object({
  game_id: text,
  game_date_et: tradingDate,
  away: teamCode,
  home: teamCode,
  market_ticker: text,
  yes_side: z.enum(["home", "away"]),
  home_pts: wholeNumber,
  away_pts: wholeNumber,
  home_won: flag,
  yes_won: flag,
});
type GameRow = z.infer<typeof GameRow>;
const TipRow = z.object({ scheduled_tip_utc: timestamp });
const EndRow = z.object({ last_priced_ts_utc: timestamp });

/** When a game was to begin, epoch milliseconds. */
interface Tip {
  readonly at: number;
  readonly isEstimated: boolean;
}

/** A game of a games file, with the one market that the file names. */
export interface ListedGame extends RecordedGame {
  readonly marketTicker: string;
}

/** A game that is left out, and its night. */
interface SkippedGame extends Skipped {
  readonly date: TradingDate;
}

/** What a games file says of the dates that were asked for. */
export interface GamesOfDates {
  readonly games: readonly ListedGame[];
  readonly skipped: readonly SkippedGame[];
  /** Ids of all games, of any date, whose row and prices the file calls suspect. */
  readonly suspects: ReadonlySet<string>;
}

/** Which games of a file are read, and what is made of those without a scheduled tip. */
export interface WantedGames {
  readonly isWanted: (date: TradingDate) => boolean;
  /** Take the tip from the end of trading where the schedule has none; else such a game is left out. */
  readonly estimatesTips: boolean;
}

/** The games of one date, with the tips that the file has. */
export function gamesOf(date: TradingDate): WantedGames {
  return { isWanted: (one) => one === date, estimatesTips: false };
}

/**
 * Reads the games of the dates that are wanted. Games that the file itself calls suspect, or that have
 * no tip, are left out and named.
 *
 * @throws TradingError RECORDING_INVALID when a row contradicts itself or tells a game again, by its id,
 * its event or its teams; rows of other dates are asked for their date alone, that none of the wanted
 * ones hides among them.
 */
export async function readGames(
  file: string,
  { isWanted, estimatesTips }: WantedGames,
): Promise<GamesOfDates> {
  const games: ListedGame[] = [];
  const skipped: SkippedGame[] = [];
  const suspects = new Set<string>();
  for await (const row of readCsv(file)) {
    const { game_id: what, game_date_et: playedOn } = parseRow(file, row, AnyRow);
    const date = playedOn;
    if (row.values["quality"] === "suspect") {
      suspects.add(what);
      if (isWanted(date)) skipped.push({ date, what, reason: "its games file calls it suspect" });
      continue;
    }
    checkDates(file, row, date);
    if (!isWanted(date)) continue;
    const tip = tipOf(file, row, estimatesTips);
    if (tip === null) {
      skipped.push({ date, what, reason: "its games file has no scheduled tip" });
    } else {
      const game = listedGame(file, row.line, parseRow(file, row, GameRow), tip);
      checkOnce(game, games);
      games.push(game);
    }
  }
  return { games, skipped, suspects };
}

/** No game is listed twice: each of its facts and all its volume would be played twice. */
function checkOnce(game: ListedGame, games: readonly ListedGame[]): void {
  const { nbaGameId, eventTicker: event, date, origin } = game;
  const twin = games.find((one) => one.nbaGameId === nbaGameId);
  const { other, team } = otherOfTheDay(game, games) ?? {};
  const reason = twin
    ? `game_id: line ${twin.origin.line} lists ${nbaGameId} too`
    : other?.eventTicker === event
      ? `market_ticker: line ${other.origin.line} lists ${event} too`
      : other && `game_id: ${team} plays on ${date} in line ${other.origin.line} too`;
  if (reason !== undefined) throw refuse(origin.file, origin.line, reason);
}

/** When a game was to begin; null where its row does not say, and nothing is to be estimated. */
function tipOf(file: string, row: CsvRow, estimatesTips: boolean): Tip | null {
  if (row.values["scheduled_tip_utc"] !== "") {
    return { at: parseRow(file, row, TipRow).scheduled_tip_utc, isEstimated: false };
  }
  if (!estimatesTips || (row.values["last_priced_ts_utc"] ?? "") === "") return null;
  return { at: tipFromEnd(parseRow(file, row, EndRow).last_priced_ts_utc), isEstimated: true };
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

function listedGame(file: string, line: number, row: GameRow, tip: Tip): ListedGame {
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
    tipAt: instant(tip.at),
    isTipEstimated: tip.isEstimated,
    nbaGameId: row.game_id,
    finalScore: { home, away },
    origin: { file, line },
    marketTicker: row.market_ticker,
  };
}
