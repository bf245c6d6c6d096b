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
  readonly msg: {
    readonly market_ticker?: string;
    readonly yes_dollars_fp?: WireLevels;
    readonly no_dollars_fp?: WireLevels;
    readonly side?: "yes" | "no";
    readonly price_dollars?: string;
    readonly delta_fp?: string;
    readonly yes_bid_dollars?: string;
    readonly yes_ask_dollars?: string;
  };
}

const micros = (text: string | undefined): number => required(parseDecimal(text ?? "", 6), "price");
const centi = (text: string | undefined): number => required(parseDecimal(text ?? "", 2), "size");
const levels = (
  wire: WireLevels = [],
): (readonly [ReturnType<typeof priceMicros>, ReturnType<typeof countCenti>])[] =>
  wire.map(([price, size]) => [priceMicros(micros(price)), countCenti(centi(size))] as const);

/** Replays one recorded stream and counts what it saw. */
function replay(path: string): {
  snapshots: number;
  deltas: number;
  gaps: number;
  negatives: number;
  crossed: number;
  tickers: number;
  agreeing: number;
} {
  const seen = {
    snapshots: 0,
    deltas: 0,
    gaps: 0,
    negatives: 0,
    crossed: 0,
    tickers: 0,
    agreeing: 0,
  };
  const book = new OrderBook("recorded");
  let lastSequence: number | null = null;
  for (const line of linesOf(path)) {
    const { type, seq, msg } = JSON.parse(line) as WireFrame;
    if (seq !== undefined) {
      if (lastSequence !== null && seq !== lastSequence + 1) seen.gaps += 1;
      lastSequence = seq;
    }
    if (type === "orderbook_snapshot") {
      seen.snapshots += 1;
      book.applySnapshot({ yes: levels(msg.yes_dollars_fp), no: levels(msg.no_dollars_fp) });
    } else if (type === "orderbook_delta") {
      seen.deltas += 1;
      const side = required(msg.side, "side");
      const price = priceMicros(micros(msg.price_dollars));
      if (book.applyDelta(side, price, centi(msg.delta_fp)) !== null) seen.negatives += 1;
      if (book.isCrossed()) seen.crossed += 1;
    } else if (type === "ticker" && book.problem === null) {
      seen.tickers += 1;
      const bid = book.bestBid()?.price ?? 0;
      const ask = book.bestAsk()?.price ?? 1_000_000;
      if (bid === micros(msg.yes_bid_dollars) && ask === micros(msg.yes_ask_dollars)) {
        seen.agreeing += 1;
      }
    }
  }
  return seen;
}

describe("OrderBook over recorded Kalshi streams", () => {
  const streams = readdirSync(dataPath("kalshi-btc", "ws_raw")).filter((name) =>
    name.endsWith(".jsonl.gz"),
  );

  it("has streams to read", () => {
    expect(streams.length).toBeGreaterThan(0);
  });

  it.each(streams)(
    "rebuilds %s with no gap, no negative size and the ticker's best prices",
    (name) => {
      const seen = replay(dataPath("kalshi-btc", "ws_raw", name));
      expect(seen.snapshots).toBeGreaterThan(0);
      expect(seen.deltas).toBeGreaterThan(10_000);
      expect(seen.gaps).toBe(0);
      expect(seen.negatives).toBe(0);
      // The ticker is another channel: the data's README states 97 to 99.7 % agreement.
      expect(seen.tickers).toBeGreaterThan(100);
      expect(seen.agreeing / seen.tickers).toBeGreaterThanOrEqual(0.97);
      // The same order can stand on both sides only while one message of a match is on its way.
      expect(seen.crossed / seen.deltas).toBeLessThan(0.001);
    },
  );
});
