import { z } from "zod";
import { ONE_USD_MICROS, type PriceMicros, countCenti } from "../../core/domain/units.ts";
import { type BtcMessage, type Desk, RowClock } from "./btc-messages.ts";
import { decimal, priceDollars, text, timestamp, usdAmount } from "./columns.ts";
import { parseRow, readCsv } from "./csv.ts";

const PollRow = z.object({
  ts_utc: timestamp,
  brti_proxy_usd: usdAmount,
  market_ticker: text,
  yes_bid: priceDollars,
  yes_ask: priceDollars,
  volume_contracts: decimal(2)
    .refine((value) => value >= 0, "is negative")
    .transform(countCenti),
});

/**
 * Reads polls of best prices, without sizes, beside a mean of three spot markets. That mean stands for the
 * settlement index and is not it: it is played as a feed of the spot, so that its basis is unknown until
 * settlements show it, and the rule `basis_uncertain` holds for it. Its trades are numbered by their lines.
 *
 * @throws TradingError RECORDING_INVALID on an unknown market, a row that is none, or time that
 * runs backwards.
 */
export async function* readPolls(file: string, desk: Desk): AsyncGenerator<BtcMessage> {
  const clock = new RowClock(file);
  for await (const row of readCsv(file)) {
    const read = parseRow(file, row, PollRow);
    const { market_ticker: marketTicker, yes_bid: bid, yes_ask: ask } = read;
    desk.market(file, row.line, marketTicker);
    const heard = { at: clock.at(row.line, read.ts_utc), sourceAt: null };
    yield { ...heard, kind: "spot-trade", tradeId: row.line, price: read.brti_proxy_usd };
    yield { ...heard, kind: "printed", marketTicker, volume: read.volume_contracts, last: null };
    if (bid >= ask) {
      desk.drop("poll whose bid is not below its ask");
      continue;
    }
    const quote: Record<"bid" | "ask", PriceMicros | null> = {
      bid: bid === 0 ? null : desk.price(bid),
      ask: ask === ONE_USD_MICROS ? null : desk.price(ask),
    };
    yield { ...heard, kind: "quote", marketTicker, ...quote };
  }
}
