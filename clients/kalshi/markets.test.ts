import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { FeedFault } from "../../core/domain/feeds.ts";
import { instant } from "../../core/domain/units.ts";
import { AMPLE, SILENT, TEST_KEY, testVenue, WALL } from "../../test/support/kalshi.ts";
import { startWireServer, type WireServer } from "../../test/support/wire-server.ts";
import { createRateBudget } from "../http/token-bucket.ts";
import { createKalshiVenue } from "./venue.ts";

const EVENT = "KXBTC15M-26MAY110530";
const TICKER = `${EVENT}-30`;

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.seen.length = 0;
});

function marketWire(changes: object = {}): object {
  return {
    ticker: TICKER,
    event_ticker: EVENT,
    yes_sub_title: "$80,432.17 or above",
    status: "finalized",
    open_time: "2026-05-11T09:15:00Z",
    close_time: "2026-05-11T09:30:00Z",
    result: "yes",
    settlement_value_dollars: "1.0000",
    settlement_ts: "2026-05-11T09:30:06.25Z",
    strike_type: "greater_or_equal",
    floor_strike: 80_432.17,
    expiration_value: "80433.02",
    price_ranges: [{ start: "0.0000", end: "1.0000", step: "0.0100" }],
    exchange_index: 2,
    ...changes,
  };
}

function answer(...markets: readonly unknown[]): void {
  server.answer = () => ({ status: 200, json: { markets, cursor: "" } });
}

/** A venue that keeps what it could not read. */
function venueWith(faults: FeedFault[]) {
  return createKalshiVenue({
    mode: "paper",
    restUrl: `${server.url}/trade-api/v2`,
    keyId: "key-1",
    privateKeyPem: TEST_KEY,
    clock: WALL,
    log: SILENT,
    bucket: createRateBudget(WALL, AMPLE),
    onInvalid: (fault) => faults.push(fault),
  });
}

it("reads strikes, settlement and index value in micros", async () => {
  answer(
    marketWire(),
    marketWire({ floor_strike: undefined, expiration_value: "" }),
    marketWire({ strike_type: "between", floor_strike: 80_400, cap_strike: "80499.99" }),
    marketWire({ strike_type: "less", floor_strike: null, cap_strike: 70_000 }),
    marketWire({ expiration_value: "$80,433.02" }),
    marketWire({ strike_type: "structured", floor_strike: undefined, expiration_value: "Boston" }),
  );
  const markets = await testVenue(server.url, "paper").markets({ seriesTicker: "KXBTC15M" });
  expect(markets[0]).toMatchObject({
    strikes: { strikeType: "greater_or_equal", floorStrike: 80_432_170_000, capStrike: null },
    expirationValue: 80_433_020_000,
    settledAt: Date.parse("2026-05-11T09:30:06.250Z"),
  });
  expect(
    markets.slice(1).map(({ strikes, expirationValue }) => [strikes, expirationValue]),
  ).toEqual([
    [{ strikeType: "greater_or_equal", floorStrike: null, capStrike: null }, null],
    [
      { strikeType: "between", floorStrike: 80_400_000_000, capStrike: 80_499_990_000 },
      80_433_020_000,
    ],
    [{ strikeType: "less", floorStrike: null, capStrike: 70_000_000_000 }, 80_433_020_000],
    [
      { strikeType: "greater_or_equal", floorStrike: 80_432_170_000, capStrike: null },
      80_433_020_000,
    ],
    [null, null],
  ]);
});

it("tells of a market that is malformed by its field, and reads the others", async () => {
  answer(
    marketWire({ ticker: "a", floor_strike: "eighty" }),
    marketWire({ ticker: "b", floor_strike: 80_000.000_000_1 }),
    marketWire({ ticker: "c", strike_type: "between", cap_strike: 80_000 }),
    marketWire({ ticker: "d", exchange_index: undefined }),
    marketWire(),
    "no market",
  );
  const faults: FeedFault[] = [];
  const markets = await venueWith(faults).markets({});
  expect(markets.map(({ ticker }) => ticker)).toEqual([TICKER]);
  expect(faults.map(({ externalId, field }) => [externalId, field])).toEqual([
    ["a", "markets.floor_strike"],
    ["b", "markets.floor_strike"],
    ["c", "markets.floor_strike"],
    ["d", "markets.exchange_index"],
    [null, "markets"],
  ]);
  // Asked for alone, it is the answer that is refused.
  server.answer = () => ({ status: 200, json: { market: marketWire({ floor_strike: "eighty" }) } });
  await expect(venueWith([]).market(TICKER)).rejects.toMatchObject({
    code: "FEED_INVALID",
    details: { field: "market.floor_strike" },
  });
});

it("walks the pages, names tickers by the hundred, and keeps to the bounds exactly", async () => {
  const closes = ["09:29:59.999", "09:30:00", "09:45:00", "09:45:00.001"];
  server.answer = ({ query }) => {
    const isFirst = query.get("cursor") === null;
    const times = isFirst ? closes.slice(0, 2) : closes.slice(2);
    const markets = times.map((time) => marketWire({ close_time: `2026-05-11T${time}Z` }));
    return { status: 200, json: { markets, cursor: isFirst ? "next" : "" } };
  };
  const venue = testVenue(server.url, "paper");
  const minCloseAt = instant(Date.parse("2026-05-11T09:30:00Z"));
  const maxCloseAt = instant(Date.parse("2026-05-11T09:45:00Z"));
  const found = await venue.markets({ eventTicker: EVENT, minCloseAt, maxCloseAt });
  expect(found.map(({ closeAt }) => closeAt)).toEqual([minCloseAt, maxCloseAt]);
  const asked = server.seen.map(({ query }) => query);
  expect(asked.map((query) => query.get("event_ticker"))).toEqual([EVENT, EVENT]);
  // The wire has whole seconds: one more on either side.
  expect(asked[0]?.get("min_close_ts")).toBe(String(minCloseAt / 1_000 - 1));
  expect(asked[0]?.get("max_close_ts")).toBe(String(maxCloseAt / 1_000 + 1));

  server.seen.length = 0;
  answer();
  const tickers = Array.from({ length: 250 }, (_, n) => `KXBTCD-26MAY1106-T${n}.99`);
  expect(await venue.markets({ tickers, status: "open" })).toEqual([]);
  const named = server.seen.flatMap(({ query }) => query.get("tickers")?.split(",") ?? []);
  expect(server.seen).toHaveLength(3);
  expect(named).toEqual(tickers);
});
