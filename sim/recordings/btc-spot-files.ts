import { z } from "zod";
import { instant } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import { type BtcMessage, type Desk, RowClock } from "./btc-messages.ts";
import { roughNumber, timestamp, usdAmount, wholeNumber } from "./columns.ts";
import { parseRow, readCsv } from "./csv.ts";
import { refuse } from "./refusal.ts";

const MINUTE_MS = 60_000;

const TradeRow = z.object({
  exchange_ts_utc: timestamp,
  recv_ts_utc: timestamp,
  trade_id: wholeNumber,
  price_usd: usdAmount,
});
const CandleRow = z.object({
  ts_utc: timestamp.refine((ms) => ms % MINUTE_MS === 0, "is no whole minute"),
  open: usdAmount,
  high: usdAmount,
  low: usdAmount,
  close: usdAmount,
  volume_btc: roughNumber.refine((value) => value >= 0, "is negative"),
});
type Candle = Extract<Fact, { kind: "spot-candle" }>;

/**
 * Reads trades of the spot market.
 *
 * @throws TradingError RECORDING_INVALID on a row that is none, or time that runs backwards.
 */
export async function* readSpotTrades(file: string): AsyncGenerator<BtcMessage> {
  const clock = new RowClock(file);
  for await (const row of readCsv(file)) {
    const read = parseRow(file, row, TradeRow);
    yield {
      kind: "spot-trade",
      at: clock.at(row.line, read.recv_ts_utc),
      sourceAt: read.exchange_ts_utc,
      tradeId: read.trade_id,
      price: read.price_usd,
    };
  }
}

/**
 * Reads one-minute candles, known at the end of their minute. The last of a stretch may have been
 * read before its minute was over, and is left out.
 *
 * @throws TradingError RECORDING_INVALID on a range without its ends, or minutes that do not rise.
 */
export async function* readSpotCandles(file: string, desk: Desk): AsyncGenerator<Candle> {
  let before: Candle | null = null;
  for await (const row of readCsv(file)) {
    const candle = candleOf(file, row.line, parseRow(file, row, CandleRow));
    if (before !== null && candle.openAt <= before.openAt) {
      throw refuse(file, row.line, "ts_utc: not after the row above it");
    }
    if (before !== null && before.receivedAt === candle.openAt) yield before;
    else if (before !== null) desk.drop(UNFINISHED);
    before = candle;
  }
  if (before !== null) desk.drop(UNFINISHED);
}

const UNFINISHED = "candle with none after it, perhaps unfinished";

function candleOf(file: string, line: number, row: z.infer<typeof CandleRow>): Candle {
  const { open, high, low, close } = row;
  if (low > Math.min(open, close) || high < Math.max(open, close)) {
    throw refuse(file, line, "high, low: do not span open and close");
  }
  const end = instant(row.ts_utc + MINUTE_MS);
  return {
    kind: "spot-candle",
    openAt: instant(row.ts_utc),
    open,
    high,
    low,
    close,
    volume: row.volume_btc,
    sourceTime: end,
    receivedAt: end,
  };
}
