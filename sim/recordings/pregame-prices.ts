import { z } from "zod";
import type { TradingDate } from "../../core/domain/time.ts";
import { teamCode, text, timestamp, tradingDate } from "./columns.ts";
import { parseRow, readCsv } from "./csv.ts";

const Game = z.object({
  ...{ game_id: text, game_date_et: tradingDate, home: teamCode, away: teamCode },
  ...{ scheduled_tip_utc: timestamp, market_ticker: text, yes_side: z.enum(["home", "away"]) },
});

/** A price older than this at tip says nothing of the moment. */
const AGE_MAX_MS = 30 * 60_000;

/** What the market said of a game at its scheduled tip. */
interface PregamePrice {
  readonly date: TradingDate;
  readonly home: string;
  readonly away: string;
  /** Probability that home wins by the last traded price, 0 to 1. */
  readonly probability: number;
  /** How long before the scheduled tip the minute of that price had ended, ms. */
  readonly ageMs: number;
}

/** Prices at tip, and how many games have none. */
export interface PregamePrices {
  readonly prices: readonly PregamePrice[];
  /** Games whose file calls them suspect, or knows no scheduled tip. */
  readonly withoutTip: number;
  /** Games without a trade in the half-hour before tip. */
  readonly withoutPrice: number;
}

/**
 * The last price of one-minute candles at each game's scheduled tip: of minutes that had ended by then.
 *
 * @throws TradingError RECORDING_INVALID naming line and column of a game that cannot be read.
 */
export async function readPregamePrices(
  gamesFile: string,
  candlesFile: string,
): Promise<PregamePrices> {
  const games = new Map<string, z.infer<typeof Game>>();
  let withoutTip = 0;
  for await (const row of readCsv(gamesFile)) {
    if (row.values["scheduled_tip_utc"] === "" || row.values["quality"] === "suspect") {
      withoutTip += 1;
      continue;
    }
    const game = parseRow(gamesFile, row, Game);
    games.set(`${game.game_id} ${game.market_ticker}`, game);
  }
  const last = new Map<string, { readonly endAt: number; readonly cents: number }>();
  for await (const { values } of readCsv(candlesFile)) {
    const key = `${values["game_id"] ?? ""} ${values["market_ticker"] ?? ""}`;
    const game = games.get(key);
    const endAt = Number(values["end_ts_utc"]) * 1_000;
    if (!game || values["close_c"] === "" || !(endAt <= game.scheduled_tip_utc)) continue;
    if (endAt > (last.get(key)?.endAt ?? -Infinity)) {
      last.set(key, { endAt, cents: Number(values["close_c"]) });
    }
  }
  const prices = [...games].flatMap(([key, game]): PregamePrice[] => {
    const found = last.get(key);
    const ageMs = game.scheduled_tip_utc - (found?.endAt ?? -Infinity);
    if (!found || !(ageMs <= AGE_MAX_MS) || !(found.cents > 0 && found.cents < 100)) return [];
    const yes = found.cents / 100;
    const probability = game.yes_side === "home" ? yes : 1 - yes;
    return [{ date: game.game_date_et, home: game.home, away: game.away, probability, ageMs }];
  });
  return { prices, withoutTip, withoutPrice: games.size - prices.length };
}
