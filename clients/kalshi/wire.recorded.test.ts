import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { beforeEach, describe, expect, it } from "vitest";
import type { z } from "zod";
import { dataPath, linesOf } from "../../test/recorded/data.ts";
import { parsePayload } from "../http/payload.ts";
import { DriftSentinel } from "./drift.ts";
import { toBook, toEvent, toExchangeStatus, toFill, toMarket } from "./mapper.ts";
import { type Frame, FrameReader } from "./stream-frames.ts";
import {
  BalanceWire,
  EventWire,
  ExchangeStatusWire,
  FillsPage,
  MarketAnswer,
  MarketWire,
  OrderBookAnswer,
  OrdersPage,
  PositionsPage,
  SeriesAnswer,
  SettlementsPage,
} from "./wire.ts";

/** A recorded payload, as JSON; what its keys hold is for the schemas to find out. */
function recorded(folder: string, file: string): Record<string, unknown> {
  const bytes = readFileSync(dataPath("fixtures", folder, file));
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  // The one boundary between the recorded text and the tests.
  return JSON.parse(text) as Record<string, unknown>;
}

let drift: DriftSentinel;
beforeEach(() => {
  drift = new DriftSentinel(() => undefined);
});

/** Reads by the schema, and counts what it does not know. */
function read<T>(schema: z.ZodType<T>, value: unknown): T {
  drift.observe("rest", schema, value);
  return parsePayload("kalshi", schema, value);
}

const field = (schema: z.ZodType, value: unknown): string => {
  const issue = schema.safeParse(value).error?.issues[0];
  return (issue?.path ?? []).join(".");
};

describe("the wire of 2026-08", () => {
  const folder = "kalshi-wire-2026-08";

  it("has no field in a market that is not known", () => {
    const { single } = recorded(folder, "market_single.json");
    const market = toMarket(read(MarketAnswer, single).market);
    expect(market).toMatchObject({
      ticker: "KXNCAAFGAME-26SEP19MSUND-ND",
      status: "active",
      grid: [{ startMicros: 0, endMicros: 1_000_000, stepMicros: 10_000 }],
      exchangeIndex: 0,
      result: null,
    });
    expect([...drift.counts]).toEqual([]);
  });

  it("reads every event with its nested markets", () => {
    const events = Object.values(recorded(folder, "events_sports_nested.json.gz"));
    const read32 = events.map((event) => toEvent(read(EventWire, event)));
    expect(read32).toHaveLength(32);
    expect(read32.flatMap(({ markets }) => markets).length).toBeGreaterThan(32);
    expect([...drift.counts.keys()]).toEqual([]);
  });

  it("reads the fills, fees of millionths of a dollar included", () => {
    const { payload } = recorded(folder, "portfolio_fills_redacted.json");
    const fills = read(FillsPage, payload).fills.map(toFill);
    expect(fills).toHaveLength(33);
    expect(fills[0]).toMatchObject({
      side: "bid",
      price: 1_000,
      count: 22_727,
      fee: 15_930,
      liquidity: "taker",
    });
    expect([...drift.counts]).toEqual([]);
  });

  it("reads the settlements", () => {
    const { payload } = recorded(folder, "portfolio_settlements_redacted.json");
    const { settlements } = read(SettlementsPage, payload);
    expect(settlements).toHaveLength(22);
    // 15 contracts of YES at 1 dollar are 1,500 cents.
    expect(settlements.find(({ revenue }) => revenue === 1_500)).toMatchObject({
      market_result: "yes",
      yes_count_fp: 1_500,
    });
    expect([...drift.counts]).toEqual([]);
  });

  it("reads the fee fields of each series", () => {
    const { payloads } = recorded(folder, "series_fee_fields.json");
    const series = Object.values(payloads ?? {}).map((payload) => read(SeriesAnswer, payload));
    expect(series.map(({ series: { fee_multiplier } }) => fee_multiplier)).toEqual([
      0.5, 0.5, 1, 1,
    ]);
    expect([...drift.counts]).toEqual([]);
  });
});

describe("the winner market of a finished NBA game, 2026-06", () => {
  it("is refused for its missing shard, and reads whole once it has one", () => {
    const { markets } = recorded("kalshi-nba-settled-2026-06", "markets.json");
    expect(Array.isArray(markets)).toBe(true);
    const both = Array.isArray(markets) ? markets : [];
    expect(field(MarketWire, both[0])).toBe("exchange_index");
    const read2 = both.map((wire: object) =>
      toMarket(read(MarketWire, { ...wire, exchange_index: 3 })),
    );
    expect(
      read2.map(({ ticker, result, settlementValue }) => [ticker, result, settlementValue]),
    ).toEqual([
      ["KXNBAGAME-26JUN13NYKSAS-SAS", "no", 0],
      ["KXNBAGAME-26JUN13NYKSAS-NYK", "yes", 1_000_000],
    ]);
    expect([...drift.counts]).toEqual([]);
  });

  it("has a book of bids of both outcomes that does not cross", () => {
    const book = toBook(
      "X",
      read(OrderBookAnswer, recorded("kalshi-nba-settled-2026-06", "orderbook.json")),
    );
    const best = (side: typeof book.yes): number => Math.max(...side.map(([price]) => price));
    expect(best(book.yes) + best(book.no)).toBeLessThan(1_000_000);
    expect(book.yes.length * book.no.length).toBeGreaterThan(0);
  });
});

describe("the wire of 2026-01, which is gone", () => {
  const response = (file: string): unknown =>
    recorded("kalshi-golden-2026-01", `${file}_response.json`)["response"];

  it.each<[string, z.ZodType, string]>([
    ["portfolio_orders", OrdersPage, "orders.0.book_side"],
    ["portfolio_fills", FillsPage, "fills.0.book_side"],
    ["portfolio_positions", PositionsPage, "market_positions.0.position_fp"],
    ["portfolio_settlements", SettlementsPage, "settlements.0.yes_count_fp"],
    ["portfolio_balance", BalanceWire, "balance_dollars"],
  ])("is refused in %s, by the name of the field that was renamed since", (file, schema, name) => {
    expect(field(schema, response(file))).toBe(name);
  });

  it("still shows the exchange's status, of shard 0 only", () => {
    const status = toExchangeStatus(read(ExchangeStatusWire, response("exchange_status")));
    expect(status).toEqual({ shards: [{ exchangeIndex: 0, isTrading: true }] });
  });

  it("still shows an empty book", () => {
    expect(toBook("X", read(OrderBookAnswer, response("orderbook")))).toMatchObject({
      yes: [],
      no: [],
    });
  });
});

describe("recorded streams", () => {
  const bodies = (frames: readonly Frame[], kind: string): number =>
    frames.filter(({ body }) => body.kind === kind).length;

  it("reads every frame of 2026-08, in sequence across twelve markets of one subscription", () => {
    const { frames } = recorded("kalshi-wire-2026-08", "ws_orderbook_stream.json.gz");
    const reader = new FrameReader(drift, false);
    const all = Array.isArray(frames) ? frames : [];
    const read269 = all.map(({ frame }: { frame: object }) => reader.read(JSON.stringify(frame)));
    expect(bodies(read269, "snapshot")).toBe(12);
    expect(bodies(read269, "delta")).toBe(245);
    expect(bodies(read269, "invalid") + bodies(read269, "other")).toBe(0);
    const seqs = read269.flatMap(({ seq }) => (seq === null ? [] : [seq]));
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    expect([...drift.counts]).toEqual([]);
  });

  it("refuses the same books as crossed when they are read on the wrong leg", () => {
    const { frames } = recorded("kalshi-wire-2026-08", "ws_orderbook_stream.json.gz");
    const reader = new FrameReader(drift, true);
    const all = Array.isArray(frames) ? frames : [];
    const read269 = all.map(({ frame }: { frame: object }) => reader.read(JSON.stringify(frame)));
    expect(bodies(read269, "snapshot")).toBe(0);
    expect(bodies(read269, "invalid")).toBe(12);
  });

  it("reads the error among the frames of 2026-04", () => {
    const lines = linesOf(
      dataPath("fixtures", "kalshi-btc-range-ws-2026-04", "ws_frames_excerpt.jsonl"),
    );
    const reader = new FrameReader(drift, false);
    const frames = lines.map((line) => {
      const { frame } = JSON.parse(line) as { frame: object };
      return reader.read(JSON.stringify(frame));
    });
    expect(bodies(frames, "invalid")).toBe(0);
    expect(frames.find(({ body }) => body.kind === "refused")?.body).toMatchObject({ code: 8 });
  });
});
