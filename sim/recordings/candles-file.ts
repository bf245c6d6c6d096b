import { z } from "zod";
import { countCenti, instant, priceMicros } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import { decimal, text, wholeNumber } from "./columns.ts";
import { type CsvRow, parseRow, readCsv } from "./csv.ts";
import type { MarketTape } from "./game.ts";
import type { GamesOfDates } from "./games-file.ts";
import { refuse } from "./refusal.ts";
import { farFromTip } from "./wall-times.ts";

const CENT_MICROS = 10_000;

const cents = wholeNumber.refine((value) => value >= 1 && value <= 99, "not 1 to 99 cents");
const CandleRow = z.object({
  game_id: text,
  market_ticker: text,
  end_ts_utc: wholeNumber.refine((seconds) => seconds % 60 === 0, "not on a minute"),
  volume_contracts: decimal(2).refine((value) => value >= 0, "is negative"),
});
const PricesRow = z.object({ open_c: cents, high_c: cents, low_c: cents, close_c: cents });
const PRICE_COLUMNS = ["open_c", "high_c", "low_c", "close_c"] as const;

/**
 * Reads one-minute candles of the given games' markets. Each minute with trades becomes, at its
 * end, its volume and a derived quote at its last price; the spread is opened when it is played.
 * A minute without trades says nothing. Rows of games called suspect are left out: they may hold
 * another game's market.
 *
 * @throws TradingError RECORDING_INVALID on prices that contradict each other or the volume, on
 * time that does not rise or is far from the game, on another market than the game's or another game
 * than the market's.
 */
export async function readCandles(
  file: string,
  { games, suspects }: GamesOfDates,
): Promise<readonly MarketTape[]> {
  const byId = new Map(games.map((game) => [game.nbaGameId, game]));
  const byMarket = new Map(games.map((game) => [game.marketTicker, game]));
  const tapes = new Map(games.map(({ marketTicker }) => [marketTicker, new Array<Fact>()]));
  const lastAt = new Map<string, number>();
  for await (const row of readCsv(file)) {
    const { game_id: id = "", market_ticker: ticker = "" } = row.values;
    const game = byId.get(id) ?? byMarket.get(ticker);
    if (!game || suspects.has(id)) continue;
    const candle = parseRow(file, row, CandleRow);
    if (candle.market_ticker !== game.marketTicker) {
      throw refuse(file, row.line, `market_ticker: the games file says ${game.marketTicker}`);
    }
    if (candle.game_id !== game.nbaGameId) {
      throw refuse(file, row.line, `game_id: the games file says ${game.nbaGameId}`);
    }
    if (candle.end_ts_utc <= (lastAt.get(candle.market_ticker) ?? -Infinity)) {
      throw refuse(file, row.line, "end_ts_utc: not after this market's row before");
    }
    lastAt.set(candle.market_ticker, candle.end_ts_utc);
    const facts = minute(file, row, candle);
    const far = facts[0] && farFromTip(facts[0].receivedAt, game.tipAt);
    if (far) throw refuse(file, row.line, `end_ts_utc: ${far}`);
    tapes.get(candle.market_ticker)?.push(...facts);
  }
  return [...tapes].map(([marketTicker, facts]) => ({ marketTicker, facts }));
}

function minute(file: string, row: CsvRow, candle: z.infer<typeof CandleRow>): readonly Fact[] {
  const isBlank = PRICE_COLUMNS.every((column) => row.values[column] === "");
  const volume = candle.volume_contracts;
  if (isBlank !== (volume === 0)) {
    throw refuse(file, row.line, "volume_contracts: prices go with volume, and none without");
  }
  if (isBlank) return [];
  const { open_c, high_c, low_c, close_c } = parseRow(file, row, PricesRow);
  if (low_c > Math.min(open_c, close_c) || high_c < Math.max(open_c, close_c)) {
    throw refuse(file, row.line, "low_c, high_c: do not hold the first and the last price");
  }
  const at = instant(candle.end_ts_utc * 1000);
  const market = { marketTicker: candle.market_ticker, sourceTime: at, receivedAt: at };
  const price = priceMicros(close_c * CENT_MICROS);
  const sizes = { bidSize: null, askSize: null };
  return [
    { ...market, kind: "volume", count: countCenti(volume) },
    { ...market, kind: "quote", bid: price, ask: price, ...sizes, isDerived: true },
  ];
}
