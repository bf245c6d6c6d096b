import { z } from "zod";
import {
  type CountCenti,
  countCenti,
  ONE_USD_MICROS,
  type PriceMicros,
} from "../../core/domain/units.ts";
import { type BtcMessage, type Desk, RowClock } from "./btc-messages.ts";
import type { Levels } from "./level-moves.ts";
import { decimal, priceDollars } from "./columns.ts";
import { readJsonLines } from "./json-lines.ts";
import { refuse } from "./refusal.ts";

const NANOS_PER_MS = 1_000_000;
/** Receive times below are before 2001: no nanoseconds. */
const NANOS_LEAST = 1e18;

const count = decimal(2)
  .refine((value) => value >= 0, "is negative")
  .transform(countCenti);

/** Nanoseconds of the recorder's clock, as milliseconds. */
export const receivedNanos = z
  .number()
  .min(NANOS_LEAST, "is no time in nanoseconds")
  .transform((nanos) => Math.floor(nanos / NANOS_PER_MS));

/** What the ticker channel says of one market. */
export const TickerPayload = z.object({
  market_ticker: z.string().min(1),
  ts_ms: z.number().int().positive(),
  yes_bid_dollars: priceDollars,
  yes_ask_dollars: priceDollars,
  yes_bid_size_fp: count,
  yes_ask_size_fp: count,
  price_dollars: priceDollars,
  last_trade_size_fp: count,
  volume_fp: count,
});
const TickerLine = z.object({
  recv_ns: receivedNanos,
  type: z.literal("ticker"),
  msg: TickerPayload,
});

/**
 * Reads messages of the ticker channel.
 *
 * @throws TradingError RECORDING_INVALID on an unknown market, a message of another shape, time or
 * volume that runs backwards.
 */
export async function* readTickerLines(file: string, desk: Desk): AsyncGenerator<BtcMessage> {
  const clock = new RowClock(file);
  const volumes = new Map<string, number>();
  for await (const { line, value } of readJsonLines(file, TickerLine, refuse)) {
    const { msg } = value;
    desk.market(file, line, msg.market_ticker);
    if (msg.volume_fp < (volumes.get(msg.market_ticker) ?? 0)) {
      throw refuse(file, line, "volume_fp: less than in the message before");
    }
    volumes.set(msg.market_ticker, msg.volume_fp);
    yield* tickerMessages(msg, clock.at(line, value.recv_ns), desk);
  }
}

/** What one ticker says: what was printed since the last, then the best prices and their sizes. */
export function* tickerMessages(
  msg: z.infer<typeof TickerPayload>,
  at: number,
  desk: Desk,
): Generator<BtcMessage> {
  const { market_ticker: marketTicker, ts_ms: sourceAt, yes_bid_dollars: bid } = msg;
  const heard = { at, sourceAt, marketTicker };
  const price = msg.price_dollars === 0 ? null : desk.price(msg.price_dollars);
  const last = price === null ? null : { price, count: msg.last_trade_size_fp };
  yield { ...heard, kind: "printed", volume: msg.volume_fp, last };
  // A bid of 0 or an ask of 1 is an empty side.
  const noBid = ONE_USD_MICROS - msg.yes_ask_dollars;
  if (bid > 0 && noBid > 0 && bid + noBid >= ONE_USD_MICROS) {
    desk.drop("ticker whose bid is not below its ask");
    return;
  }
  const book = {
    yes: oneLevel(bid, msg.yes_bid_size_fp, desk),
    no: oneLevel(noBid, msg.yes_ask_size_fp, desk),
  };
  yield { ...heard, kind: "book", source: "ticker", book };
}

function oneLevel(micros: number, size: CountCenti, desk: Desk): Levels {
  const price: PriceMicros | null = micros === 0 ? null : desk.price(micros);
  return new Map(price === null || size === 0 ? [] : [[price, size]]);
}
