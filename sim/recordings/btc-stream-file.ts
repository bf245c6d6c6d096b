import { z } from "zod";
import { type CountCenti, countCenti, instant, type PriceMicros } from "../../core/domain/units.ts";
import { type BtcMessage, type Desk, RowClock } from "./btc-messages.ts";
import { receivedNanos, tickerMessages, TickerPayload } from "./btc-ticker-file.ts";
import { decimal, timestamp } from "./columns.ts";
import { readJsonLines } from "./json-lines.ts";
import { refuse } from "./refusal.ts";

const dollars = decimal(6);
const count = decimal(2);
const side = z.array(z.tuple([dollars, count.refine((value) => value >= 0, "is negative")]));
const Snapshot = z.object({
  market_ticker: z.string(),
  yes_dollars_fp: side.default([]),
  no_dollars_fp: side.default([]),
});
const Delta = z.object({
  market_ticker: z.string(),
  price_dollars: dollars,
  delta_fp: count,
  side: z.enum(["yes", "no"]),
  ts_ms: z.number().int().positive().optional(),
});
const WatchMarket = z.object({
  market_ticker: z.string(),
  close_time: timestamp.transform(instant),
  strike: z.number().nullable(),
});
const head = { recv_ns: receivedNanos };
const seq = z.number().int().nonnegative();
const StreamLine = z.discriminatedUnion("type", [
  z.object({ ...head, type: z.literal("orderbook_delta"), seq, msg: Delta }),
  z.object({ ...head, type: z.literal("orderbook_snapshot"), seq, msg: Snapshot }),
  z.object({ ...head, type: z.literal("ticker"), msg: TickerPayload }),
  z.object({ ...head, type: z.literal("watch_market"), msg: WatchMarket }),
  z.object({ ...head, type: z.literal("ws_connected") }),
  z.object({ ...head, type: z.literal("ws_subscribed") }),
  z.object({ ...head, type: z.literal("market_rotated") }),
]);
type StreamLine = z.infer<typeof StreamLine>;

/**
 * Reads the whole stream of one market: a book from its snapshots and deltas, and its tickers.
 *
 * @throws TradingError RECORDING_INVALID on a gap in the sequence, a delta without a snapshot or to
 * below zero, another market, a strike or close that is not the markets file's.
 */
export async function* readStream(file: string, desk: Desk): AsyncGenerator<BtcMessage> {
  const clock = new RowClock(file);
  const stream = new MarketStream(file, desk);
  for await (const { line, value } of readJsonLines(file, StreamLine, refuse)) {
    yield* stream.read(line, clock.at(line, value.recv_ns), value);
  }
}

class MarketStream {
  readonly #file: string;
  readonly #desk: Desk;
  readonly #book = {
    yes: new Map<PriceMicros, CountCenti>(),
    no: new Map<PriceMicros, CountCenti>(),
  };
  #ticker: string | null = null;
  #seq: number | null = null;

  constructor(file: string, desk: Desk) {
    this.#file = file;
    this.#desk = desk;
  }

  *read(line: number, at: number, value: StreamLine): Generator<BtcMessage> {
    switch (value.type) {
      case "watch_market":
        this.#watch(line, value.msg);
        return;
      case "ws_connected":
        // A new connection counts from its own snapshot.
        this.#seq = null;
        return;
      case "ticker":
        this.#check(line, value.msg.market_ticker);
        yield* tickerMessages(value.msg, at, this.#desk);
        return;
      case "orderbook_snapshot":
        this.#follow(line, value.seq, true);
        yield this.#snapshot(line, at, value.msg);
        return;
      case "orderbook_delta":
        this.#follow(line, value.seq, false);
        yield* this.#delta(line, at, value.msg);
        return;
      case "ws_subscribed":
      case "market_rotated":
        return;
    }
  }

  #watch(line: number, msg: z.infer<typeof WatchMarket>): void {
    const market = this.#check(line, msg.market_ticker);
    if (market.closeAt !== msg.close_time) {
      throw refuse(this.#file, line, "close_time: not the markets file's");
    }
    if (msg.strike !== null && Math.round(msg.strike * 1e6) !== market.strike) {
      throw refuse(this.#file, line, `strike: ${msg.strike} is not the markets file's`);
    }
  }

  /** The market of a line: one file tells of one market. */
  #check(line: number, ticker: string): ReturnType<Desk["market"]> {
    this.#ticker ??= ticker;
    if (ticker !== this.#ticker) {
      throw refuse(this.#file, line, `market_ticker: ${ticker} in the stream of ${this.#ticker}`);
    }
    return this.#desk.market(this.#file, line, ticker);
  }

  #follow(line: number, found: number, isSnapshot: boolean): void {
    const before = this.#seq;
    if (before === null && !isSnapshot) {
      throw refuse(this.#file, line, "a delta before the first snapshot");
    }
    if (before !== null && found !== before + 1) {
      throw refuse(this.#file, line, `seq: ${found} after ${before}: messages are missing`);
    }
    this.#seq = found;
  }

  #snapshot(line: number, at: number, msg: z.infer<typeof Snapshot>): BtcMessage {
    this.#check(line, msg.market_ticker);
    for (const outcome of ["yes", "no"] as const) {
      this.#book[outcome].clear();
      for (const [micros, size] of msg[`${outcome}_dollars_fp`]) {
        const price = this.#desk.price(micros);
        if (price !== null && size > 0) this.#book[outcome].set(price, countCenti(size));
      }
    }
    const marketTicker = msg.market_ticker;
    return { kind: "book", at, sourceAt: null, marketTicker, source: "stream", book: this.#book };
  }

  *#delta(line: number, at: number, msg: z.infer<typeof Delta>): Generator<BtcMessage> {
    this.#check(line, msg.market_ticker);
    const { market_ticker: marketTicker, side: outcome, ts_ms: sourceAt = null } = msg;
    const price = this.#desk.price(msg.price_dollars);
    if (price === null) return;
    const levels = this.#book[outcome];
    const left = (levels.get(price) ?? 0) + msg.delta_fp;
    if (left < 0) throw refuse(this.#file, line, "delta_fp: takes more than is displayed");
    const size = countCenti(left);
    if (size === 0) levels.delete(price);
    else levels.set(price, size);
    yield { kind: "level", at, sourceAt, marketTicker, outcome, price, size, book: this.#book };
  }
}
