import { z } from "zod";
import { instant } from "../../core/domain/units.ts";
import { type BtcMarket, checkedMarket } from "./btc-market.ts";
import { blank, text, timestamp, usdAmount } from "./columns.ts";
import { parseRow, readCsv } from "./csv.ts";
import { refuse } from "./refusal.ts";

const MarketRow = z.object({
  market_ticker: text,
  open_time_utc: timestamp.transform(instant),
  close_time_utc: timestamp.transform(instant),
  strike_usd: blank.or(usdAmount),
  settlement_price_usd: blank.or(usdAmount),
  result: blank.or(z.enum(["yes", "no"])),
});
const PollRow = z.object({
  market_ticker: text,
  close_time_utc: timestamp.transform(instant),
});

const QUARTER_MS = 15 * 60_000;

/**
 * Reads the markets of all files.
 *
 * @throws TradingError RECORDING_INVALID on a market listed twice, a close before the open or not
 * the ticker's, a result against settlement and strike, a time that is none.
 */
export async function readBtcMarkets(
  files: readonly string[],
): Promise<ReadonlyMap<string, BtcMarket>> {
  const markets = new Map<string, BtcMarket>();
  for (const file of files) {
    for await (const row of readCsv(file)) {
      const read = parseRow(file, row, MarketRow);
      if (markets.has(read.market_ticker)) {
        throw refuse(file, row.line, `market_ticker: ${read.market_ticker} is listed twice`);
      }
      const market = checkedMarket(file, row.line, {
        marketTicker: read.market_ticker,
        openAt: read.open_time_utc,
        closeAt: read.close_time_utc,
        strike: read.strike_usd,
        settlement: read.settlement_price_usd,
        result: read.result,
      });
      markets.set(market.marketTicker, market);
    }
  }
  if (markets.size === 0) throw refuse(files[0] ?? "", null, "holds no market");
  return markets;
}

/** The markets that polls name, each of a quarter of an hour: without strikes and results. */
export async function readPolledMarkets(
  files: readonly string[],
): Promise<ReadonlyMap<string, BtcMarket>> {
  const markets = new Map<string, BtcMarket>();
  for (const file of files) {
    for await (const row of readCsv(file)) {
      const { market_ticker: marketTicker, close_time_utc: closeAt } = parseRow(file, row, PollRow);
      if (markets.get(marketTicker)?.closeAt === closeAt) continue;
      const openAt = instant(closeAt - QUARTER_MS);
      const unknown = { strike: null, settlement: null, result: null };
      const market = checkedMarket(file, row.line, { marketTicker, openAt, closeAt, ...unknown });
      markets.set(marketTicker, market);
    }
  }
  if (markets.size === 0) throw refuse(files[0] ?? "", null, "holds no market");
  return markets;
}
