import { join } from "node:path";
import { tableFile } from "../../../test/support/table-file.ts";
import type { Fact } from "../../facts.ts";
import type { ImportOptions } from "../import.ts";
import { openRecording } from "../reader.ts";

/** Tip of the one game, seconds. */
export const TIP_S = Date.parse("2025-12-02T00:00:00Z") / 1000;
export const EVENT = "KXNBAGAME-25DEC01BOSNYK";

export const GAMES_HEAD =
  "game_id,game_date_et,away,home,scheduled_tip_utc,market_ticker,yes_side,home_pts,away_pts,home_won,yes_won,quality";
export const GAME = `001,2025-12-01,BOS,NYK,2025-12-02T00:00:00Z,${EVENT}-NYK,home,100,90,1,1,ok`;

export const CANDLES_HEAD =
  "game_id,market_ticker,end_ts_utc,open_c,high_c,low_c,close_c,volume_contracts";

/** A row of candles: the minute counts from the tip, prices are open, high, low and close in cents. */
export const candle = (minute: number, prices: string, volume: number | string): string =>
  `001,${EVENT}-NYK,${TIP_S + minute * 60},${prices},${volume}`;

export const GOOD_CANDLES = [
  candle(-1, "50,51,50,51", 12.5),
  candle(0, ",,,", 0),
  candle(1, "50,50,49,50", 3),
];

const QUARTERS_HEAD =
  "game_id,home,away,home_q1,home_q2,home_q3,home_q4,home_ot,away_q1,away_q2,away_q3,away_q4,away_ot";
const QUARTERS = "001,NYK,BOS,30,30,20,20,0,20,20,20,30,0";

/** Writes the night's files to a folder. @returns how they are imported, to `out` beside them. */
export function candleNight(
  folder: string,
  candles: readonly string[] = GOOD_CANDLES,
  games: readonly string[] = [GAME],
): Extract<ImportOptions, { format: "kalshi-candles" }> {
  return {
    format: "kalshi-candles",
    candles: tableFile(folder, "candles.csv.gz", CANDLES_HEAD, candles),
    games: tableFile(folder, "games.csv", GAMES_HEAD, games),
    quarters: tableFile(folder, "quarters.csv", QUARTERS_HEAD, [QUARTERS]),
    date: "2025-12-01",
    states: [],
    results: [],
    out: join(folder, "out"),
  };
}

const TICKS_HEAD = "ts_utc_epoch_s,market_ticker,yes_bid,yes_ask,last_price,volume_contracts";

/** The same night with ticks of its game's markets in place of candles. */
export function tickNight(folder: string, ticks: readonly string[]): ImportOptions {
  return {
    format: "kalshi-ticks",
    ticks: tableFile(folder, "ticks.csv", TICKS_HEAD, ticks),
    games: tableFile(folder, "games.csv", GAMES_HEAD, [GAME]),
    quarters: null,
    states: [],
    results: [],
    out: join(folder, "out"),
  };
}

export const STATES_HEAD =
  "timestamp,game_id,home_team,away_team,quarter,time_remaining_quarter_seconds,score_home,score_away";

/** All facts of a recording, in sequence. */
export async function factsOf(
  recording: string,
  spreadCents?: 1 | 2 | 3,
): Promise<readonly Fact[]> {
  const source = await openRecording(recording, spreadCents === undefined ? {} : { spreadCents });
  const facts: Fact[] = [];
  for await (const fact of source.facts()) facts.push(fact);
  return facts;
}
