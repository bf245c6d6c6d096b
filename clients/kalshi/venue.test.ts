import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { instant } from "../../core/domain/units.ts";
import type { Venue } from "../../core/domain/venue.ts";
import { patienceFor, refused, testVenue } from "../../test/support/kalshi.ts";
import { type Answer, startWireServer, type WireServer } from "../../test/support/wire-server.ts";

const EVENT = "KXNBAGAME-26NOV20BOSNYK";
const TICKER = `${EVENT}-NYK`;

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.seen.length = 0;
});

const venue = (): Venue => testVenue(server.url, "paper");

describe("a read", () => {
  const status = {
    exchange_active: true,
    trading_active: true,
    exchange_index_statuses: [
      { exchange_index: 0, exchange_active: true, trading_active: true },
      { exchange_index: 3, exchange_active: true, trading_active: false },
    ],
  };

  it("is repeated while the venue is away, and then answers", async () => {
    const answers: Answer[] = [
      refused(503, "down"),
      { status: 200, text: "<html>", type: "text/html" },
      refused(429, "too_many_requests"),
      { status: 200, json: status },
    ];
    server.answer = () => answers.shift() ?? "hang";
    expect(await venue().exchangeStatus()).toEqual({
      shards: [
        { exchangeIndex: 0, isTrading: true },
        { exchangeIndex: 3, isTrading: false },
      ],
    });
  });

  it.each<[string, Answer, string, number]>([
    ["a 500", refused(500, "internal"), "VENUE_UNAVAILABLE", 4],
    ["a hang", "hang", "VENUE_UNAVAILABLE", 4],
    ["a 429", refused(429, "too_many_requests"), "VENUE_RATE_LIMITED", 4],
    ["a 401", refused(401, "header_timestamp_expired"), "VENUE_AUTH", 1],
    ["a 400", refused(400, "invalid_parameters"), "VENUE_REFUSED", 1],
    ["HTML", { status: 200, text: "<html>", type: "text/html" }, "FEED_INVALID", 4],
    [
      "half of a JSON",
      { status: 200, text: '{"exch', type: "application/json" },
      "FEED_INVALID",
      4,
    ],
  ])("that ends in %s is a failure with its code", async (_, answer, code, times) => {
    server.answer = () => answer;
    const asked = testVenue(server.url, "paper", undefined, patienceFor(answer)).exchangeStatus();
    await expect(asked).rejects.toMatchObject({ code });
    expect(server.seen).toHaveLength(times);
  });

  it.each([
    ["no wait", {}, 4],
    ["a wait within its bound", { "retry-after": "1" }, 4],
    ["a longer wait", { "retry-after": "30" }, 1],
    ["a date", { "retry-after": "Fri, 20 Nov 2026 23:00:00 GMT" }, 4],
  ])(
    "after a 429 that asks for %s is repeated only as the venue asks",
    async (_, headers, times) => {
      server.answer = () => ({ ...refused(429, "too_many_requests"), headers });
      const began = performance.now();
      await expect(venue().exchangeStatus()).rejects.toMatchObject({ code: "VENUE_RATE_LIMITED" });
      expect(server.seen).toHaveLength(times);
      const leastMs = "retry-after" in headers && headers["retry-after"] === "1" ? 3_000 : 0;
      expect(performance.now() - began).toBeGreaterThanOrEqual(leastMs - 50);
    },
    10_000,
  );

  it("names the field that is missing, and reads nothing into it", async () => {
    const { exchange_index_statuses: rows } = status;
    const broken = rows.map(({ exchange_index }) => ({ exchange_index, exchange_active: true }));
    server.answer = () => ({ status: 200, json: { ...status, exchange_index_statuses: broken } });
    await expect(venue().exchangeStatus()).rejects.toMatchObject({
      code: "FEED_INVALID",
      details: { source: "kalshi", field: "exchange_index_statuses.0.trading_active" },
    });
  });

  it("walks all pages with the same filters, and gives up on a cursor that goes in circles", async () => {
    const position = (ticker: string): object => ({
      ticker,
      position_fp: "-3.50",
      fees_paid_dollars: "0.0175",
      realized_pnl_dollars: "-1.250000",
    });
    server.answer = ({ query }) => ({
      status: 200,
      json: query.has("cursor")
        ? { market_positions: [position("B")], cursor: "" }
        : { market_positions: [position("A")], cursor: "c1" },
    });
    const read = {
      position: -350,
      feesPaid: 17_500,
      realizedPnl: -1_250_000,
    };
    expect(await venue().positions()).toEqual([
      { marketTicker: "A", ...read },
      { marketTicker: "B", ...read },
    ]);
    expect(server.seen.map(({ query }) => query.get("limit"))).toEqual(["1000", "1000"]);
    server.answer = () => ({ status: 200, json: { market_positions: [], cursor: "c1" } });
    await expect(venue().positions()).rejects.toMatchObject({ code: "VENUE_UNAVAILABLE" });
  });

  it("of one thing the venue does not know is null", async () => {
    server.answer = () => refused(404, "not_found");
    expect(await venue().order("v-9")).toBeNull();
    expect(await venue().market("X")).toBeNull();
  });
});

describe("the account's history", () => {
  const orderWire = (id: string, updated: string): object => ({
    order_id: id,
    client_order_id: id === "by-hand" ? "" : `c-${id}`,
    ticker: TICKER,
    book_side: "ask",
    status: "canceled",
    yes_price_dollars: "0.415",
    initial_count_fp: "10.00",
    fill_count_fp: "2.50",
    remaining_count_fp: "0.00",
    taker_fees_dollars: "0.0100",
    maker_fees_dollars: "0.000001",
    created_time: "2026-11-20T23:00:00.123456Z",
    last_update_time: updated,
    exchange_index: 3,
  });

  it("takes orders from the live set and the archive once each, by when they last changed", async () => {
    const late = orderWire("late", "2026-11-21T01:00:00Z");
    server.answer = ({ path }) => {
      const orders = path.endsWith("/historical/orders")
        ? [late, orderWire("by-hand", "2026-11-21T02:00:00.5Z")]
        : [late, orderWire("early", "2026-11-20T23:59:59.999Z")];
      return path.endsWith("/cutoff")
        ? {
            status: 200,
            json: {
              orders_updated_ts: "2026-11-21T00:30:00Z",
              trades_created_ts: "2026-11-21T00:30:00Z",
            },
          }
        : { status: 200, json: { orders, cursor: null } };
    };
    const since = instant(Date.parse("2026-11-21T00:00:00Z"));
    const orders = await venue().orders({ since });
    expect(orders.map((known) => known.venueOrderId).sort()).toEqual(["by-hand", "late"]);
    expect(orders.find(({ venueOrderId }) => venueOrderId === "by-hand")).toEqual({
      venueOrderId: "by-hand",
      clientOrderId: null,
      marketTicker: TICKER,
      exchangeIndex: 3,
      side: "ask",
      price: 415_000,
      status: "canceled",
      count: 1_000,
      filled: 250,
      remaining: 0,
      fees: 10_001,
      createdAt: Date.parse("2026-11-20T23:00:00.123Z"),
      updatedAt: Date.parse("2026-11-21T02:00:00.500Z"),
    });
  });

  it("asks no archive for resting orders", async () => {
    server.answer = () => ({ status: 200, json: { orders: [] } });
    expect(await venue().orders({ status: "resting" })).toEqual([]);
    expect(server.seen).toHaveLength(1);
  });

  it("takes a scalar settlement's value from the market, exact, not from its cents", async () => {
    const settlement = (ticker: string, result: string): object => ({
      ticker,
      market_result: result,
      yes_count_fp: "10.00",
      no_count_fp: "0.00",
      revenue: 412,
      value: 41,
      settled_time: "2026-11-21T04:00:00Z",
    });
    server.answer = ({ path }) =>
      path.includes("/markets/")
        ? { status: 200, json: { market: marketWire({ settlement_value_dollars: "0.4125" }) } }
        : {
            status: 200,
            json: { settlements: [settlement(TICKER, "scalar"), settlement("B", "yes")] },
          };
    const settled = await venue().settlements(instant(0));
    expect(settled.map(({ result, value }) => [result, value])).toEqual([
      ["scalar", 412_500],
      ["yes", 1_000_000],
    ]);
  });

  it("takes what a void market returned from its exact costs, and lets no word of it hide another row", async () => {
    const row = (ticker: string, changes: object): object => ({
      ...{ ticker, yes_count_fp: "3.67", no_count_fp: "0.00", revenue: 192 },
      ...{ settled_time: "2026-11-21T04:00:00Z", ...changes },
    });
    const costs = { yes_total_cost_dollars: "1.929372", no_total_cost_dollars: "0.0000" };
    const settlements = [
      row(TICKER, { market_result: "void", ...costs }),
      row("B", { market_result: "no" }),
    ];
    server.answer = () => ({ status: 200, json: { settlements } });
    expect(await venue().settlements(instant(0))).toMatchObject([
      { result: "void", value: null, cost: 1_929_372, revenue: 1_920_000 },
      { result: "no", value: 0, cost: null },
    ]);
  });
});

function marketWire(changes: object = {}): object {
  return {
    ticker: TICKER,
    event_ticker: EVENT,
    yes_sub_title: "New York",
    status: "finalized",
    open_time: "2026-11-10T15:00:00Z",
    close_time: "2026-11-21T03:31:47Z",
    expected_expiration_time: "2026-11-21T03:30:00Z",
    result: "scalar",
    price_ranges: [
      { start: "0.9000", end: "1.0000", step: "0.0010" },
      { start: "0.0000", end: "0.9000", step: "0.0100" },
    ],
    exchange_index: 3,
    ...changes,
  };
}

describe("markets and fees", () => {
  it("maps a market with its grid in rising order", async () => {
    server.answer = () => ({
      status: 200,
      json: { market: marketWire({ status: "disputed", result: "" }) },
    });
    expect(await venue().market(TICKER)).toEqual({
      ticker: TICKER,
      eventTicker: EVENT,
      yesTitle: "New York",
      status: "closed",
      openAt: Date.parse("2026-11-10T15:00:00Z"),
      closeAt: Date.parse("2026-11-21T03:31:47Z"),
      expectedExpirationAt: Date.parse("2026-11-21T03:30:00Z"),
      grid: [
        { startMicros: 0, endMicros: 900_000, stepMicros: 10_000 },
        { startMicros: 900_000, endMicros: 1_000_000, stepMicros: 1_000 },
      ],
      exchangeIndex: 3,
      result: null,
      settlementValue: null,
      strikes: null,
      expirationValue: null,
      settledAt: null,
    });
  });

  it("refuses a market without its shard: no order could name it", async () => {
    server.answer = () => ({
      status: 200,
      json: { market: marketWire({ exchange_index: undefined }) },
    });
    await expect(venue().market(TICKER)).rejects.toMatchObject({
      details: { field: "market.exchange_index" },
    });
  });

  it("takes the event's fees before the series', and refuses a kind it cannot compute", async () => {
    let series: object = { ticker: "S", fee_type: "quadratic", fee_multiplier: 1 };
    let event: object = { event_ticker: EVENT, series_ticker: "S", title: "" };
    server.answer = ({ path }) => ({
      status: 200,
      json: path.includes("/series/") ? { series } : { event },
    });
    const client = venue();
    expect(await client.feeSchedule("S", EVENT)).toEqual({
      kind: "quadratic",
      multiplierMilli: 1_000,
    });
    event = {
      ...event,
      fee_type_override: "quadratic_with_maker_fees",
      fee_multiplier_override: 0.5,
    };
    expect(await client.feeSchedule("S", EVENT)).toEqual({
      kind: "quadratic_with_maker_fees",
      multiplierMilli: 500,
    });
    event = { event_ticker: EVENT, series_ticker: "S", title: "" };
    series = { ticker: "S", fee_type: "flat", fee_multiplier: 1 };
    await expect(client.feeSchedule("S", EVENT)).rejects.toMatchObject({
      code: "FEED_INVALID",
      details: { field: "fee_type" },
    });
  });

  it("reads a book under either name of its wrapper, and empty sides in each spelling", async () => {
    const book = {
      yes_dollars: [
        ["0.0100", "5.00"],
        ["0.5500", "120.25"],
      ],
      no_dollars: null,
    };
    for (const json of [{ orderbook_fp: book }, { orderbook: { ...book, no_dollars: [] } }]) {
      server.answer = () => ({ status: 200, json });
      expect(await venue().orderBook(TICKER)).toEqual({
        marketTicker: TICKER,
        yes: [
          [10_000, 500],
          [550_000, 12_025],
        ],
        no: [],
        at: null,
      });
    }
    server.answer = () => ({ status: 200, json: { book } });
    await expect(venue().orderBook(TICKER)).rejects.toMatchObject({
      details: { field: "orderbook_fp" },
    });
  });
});
