import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dataPath, linesOf } from "../../test/recorded/data.ts";
import { required } from "./assert.ts";
import { OrderBook } from "./order-book.ts";
import { countCenti, parseDecimal, priceMicros } from "./units.ts";

type WireLevels = readonly (readonly [string, string])[];
interface WireFrame {
  readonly type: string;
  readonly seq?: number;
  readonly recv_ns: number;
  readonly msg: {
    readonly market_ticker?: string;
    readonly yes_dollars_fp?: WireLevels;
    readonly no_dollars_fp?: WireLevels;
    readonly side?: "yes" | "no";
    readonly price_dollars?: string;
    readonly delta_fp?: string;
    readonly yes_bid_dollars?: string;
    readonly yes_ask_dollars?: string;
    readonly ts_ms?: number;
  };
}

const micros = (text: string | undefined): number => required(parseDecimal(text ?? "", 6), "price");
const centi = (text: string | undefined): number => required(parseDecimal(text ?? "", 2), "size");
const levels = (
  wire: WireLevels = [],
): (readonly [ReturnType<typeof priceMicros>, ReturnType<typeof countCenti>])[] =>
  wire.map(([price, size]) => [priceMicros(micros(price)), countCenti(centi(size))] as const);

interface Best {
  readonly at: number;
  readonly bid: number;
  readonly ask: number;
}

/** Replays one recorded stream: what was counted, the best prices after each change, and the tickers. */
function replay(path: string): {
  counts: { snapshots: number; deltas: number; gaps: number; negatives: number };
  states: readonly Best[];
  tickers: readonly Best[];
} {
  const counts = { snapshots: 0, deltas: 0, gaps: 0, negatives: 0 };
  const states: Best[] = [];
  const tickers: Best[] = [];
  const book = new OrderBook("recorded");
  let lastSequence: number | null = null;
  for (const line of linesOf(path)) {
    const { type, seq, recv_ns, msg } = JSON.parse(line) as WireFrame;
    if (seq !== undefined) {
      if (lastSequence !== null && seq !== lastSequence + 1) counts.gaps += 1;
      lastSequence = seq;
    }
    const at = msg.ts_ms ?? Math.floor(recv_ns / 1_000_000);
    if (type === "orderbook_snapshot") {
      counts.snapshots += 1;
      book.applySnapshot({ yes: levels(msg.yes_dollars_fp), no: levels(msg.no_dollars_fp) });
    } else if (type === "orderbook_delta") {
      counts.deltas += 1;
      const side = required(msg.side, "side");
      const price = priceMicros(micros(msg.price_dollars));
      if (book.applyDelta(side, price, centi(msg.delta_fp)) !== null) counts.negatives += 1;
    } else if (type === "ticker" && states.length > 0) {
      tickers.push({ at, bid: micros(msg.yes_bid_dollars), ask: micros(msg.yes_ask_dollars) });
    }
    const bid = book.bestBid()?.price ?? 0;
    const ask = book.bestAsk()?.price ?? 1_000_000;
    if (type.startsWith("orderbook")) states.push({ at, bid, ask });
  }
  return { counts, states, tickers };
}

/** The ticker is another channel and arrives apart: it is compared on the venue's clock. */
function isSeen(ticker: Best, states: readonly Best[]): boolean {
  const before = states.findLastIndex((state) => state.at < ticker.at);
  return states
    .slice(Math.max(0, before))
    .some(({ at, bid, ask }) => at <= ticker.at && bid === ticker.bid && ask === ticker.ask);
}

describe("OrderBook over recorded Kalshi streams", () => {
  const streams = readdirSync(dataPath("kalshi-btc", "ws_raw")).filter((name) =>
    name.endsWith(".jsonl.gz"),
  );

  it("has streams to read", () => {
    expect(streams.length).toBeGreaterThan(0);
  });

  it.each(streams)("rebuilds %s: no gap, no negative size, the ticker's best prices", (name) => {
    const { counts, states, tickers } = replay(dataPath("kalshi-btc", "ws_raw", name));
    expect(counts.snapshots).toBeGreaterThan(0);
    expect(counts.deltas).toBeGreaterThan(10_000);
    expect(counts.gaps).toBe(0);
    expect(counts.negatives).toBe(0);
    expect(tickers.length).toBeGreaterThan(100);
    // The data's README states 97 to 99.7 % by arrival; by the venue's milliseconds it is more.
    const agreeing = tickers.filter((ticker) => isSeen(ticker, states));
    expect(agreeing.length / tickers.length).toBeGreaterThanOrEqual(0.995);
  });
});
