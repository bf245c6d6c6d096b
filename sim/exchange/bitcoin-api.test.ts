import { expect, it } from "vitest";
import { countCenti, instant, priceMicros } from "../../core/domain/units.ts";
import type { Fact, SourceManifest } from "../facts.ts";
import { bitcoinOf, book, life, listing, quarter, told, usd } from "./testing/bitcoin.ts";
import { type Answer, type Bot, until } from "./testing/bot.ts";
import { BOOK, HOME, nightOf, START } from "./testing/hand-made.ts";
import { startWith, temporaryFolder } from "./testing/start.ts";

const NOW = quarter(900, { strike: 80_000 });
const NEXT = quarter(1_800);
const T = NOW.marketTicker;
const BTC = { ticker: T, price: "0.4000", exchange_index: 2 };

async function start(
  facts: readonly Fact[],
  options: { dataDir?: string; changes?: Partial<SourceManifest>; load?: object } = {},
): ReturnType<typeof startWith> {
  const { changes, ...rest } = options;
  const source = bitcoinOf(facts, 7_200, changes);
  return startWith([], { openSource: () => Promise.resolve(source), ...rest });
}

async function marketOf(bot: Bot, ticker: string): Promise<Record<string, unknown>> {
  const { body } = await bot.call("GET", `/markets/${ticker}`);
  return body["market"] as Record<string, unknown>;
}

const tickersOf = ({ body }: Answer): unknown[] =>
  (body["markets"] as { ticker: string }[]).map(({ ticker }) => ticker);

const comesTo = (tick: (ms: number) => Promise<number>, seconds: number): Promise<true> =>
  until(
    async () => ((await tick(50)) >= START + seconds * 1_000 ? true : null),
    `${seconds} seconds of the night`,
  );

it("shows series, events and markets of Bitcoin as the venue does, strikes once they are known", async () => {
  const band = listing("KXBTC", 3_600, { type: "between", floor: 80_000, cap: 80_099.99 });
  const above = listing("KXBTCD", 3_600, { type: "greater", floor: 79_999.99 });
  const late = told(300, {
    kind: "bounds",
    marketTicker: NEXT.marketTicker,
    floorStrike: usd(80_123.45),
    capStrike: null,
  });
  const { bot, tick } = await start([NOW, NEXT, band, above, late]);
  const { body: series } = await bot.call("GET", "/series/KXBTC15M");
  expect(series["series"]).toMatchObject({
    ticker: "KXBTC15M",
    fee_type: "quadratic",
    fee_multiplier: 1,
    exchange_index: 2,
  });
  expect(T).toBe("KXBTC15M-26NOV201815-15");
  expect(await marketOf(bot, T)).toMatchObject({
    event_ticker: "KXBTC15M-26NOV201815",
    status: "active",
    open_time: "2026-11-20T23:00:00.000Z",
    close_time: "2026-11-20T23:15:00.000Z",
    strike_type: "greater_or_equal",
    floor_strike: 80_000,
    expiration_value: "",
    price_level_structure: "tapered_deci_cent",
    exchange_index: 2,
  });
  const unknown = await marketOf(bot, NEXT.marketTicker);
  expect(unknown).toMatchObject({ status: "initialized", strike_type: "greater_or_equal" });
  expect(unknown).not.toHaveProperty("floor_strike");
  expect(await marketOf(bot, band.marketTicker)).toMatchObject({
    strike_type: "between",
    floor_strike: 80_000,
    cap_strike: 80_099.99,
    price_level_structure: "linear_cent",
  });
  const { body: events } = await bot.call("GET", "/events?series_ticker=KXBTC15M&limit=1");
  expect(events["events"]).toMatchObject([{ event_ticker: NEXT.eventTicker, exchange_index: 2 }]);
  const { body: event } = await bot.call("GET", `/events/${above.eventTicker}`);
  expect(event).toMatchObject({
    event: { series_ticker: "KXBTCD", mutually_exclusive: false },
    markets: [{ ticker: "KXBTCD-26NOV2019-T79999.99", floor_strike: 79_999.99 }],
  });
  await comesTo(tick, 301);
  expect(await marketOf(bot, NEXT.marketTicker)).toMatchObject({ floor_strike: 80_123.45 });
});

it("filters markets by series, event, ticker, status and time, and refuses times out of place", async () => {
  const facts = [
    NOW,
    NEXT,
    life(906, T, "determined", "yes", { on: 80_001.25 }),
    life(910, T, "finalized", "yes", { on: 80_001.25 }),
  ];
  const { bot, tick } = await start(facts);
  const ask = (query: string): Promise<Answer> => bot.call("GET", `/markets?${query}`);
  const [now, next] = [T, NEXT.marketTicker];
  expect(tickersOf(await ask("series_ticker=KXBTC15M&status=open"))).toEqual([now]);
  expect(tickersOf(await ask("status=unopened"))).toEqual([next]);
  expect(tickersOf(await ask(`event_ticker=${NEXT.eventTicker}`))).toEqual([next]);
  expect(tickersOf(await ask(`tickers=${now},${next}`))).toEqual([next, now]);
  const first = await ask("limit=1");
  expect(tickersOf(first)).toEqual([next]);
  expect(tickersOf(await ask(`limit=1&cursor=${String(first.body["cursor"])}`))).toEqual([now]);
  const close = Date.parse("2026-11-20T23:15:00Z") / 1_000;
  expect(tickersOf(await ask(`max_close_ts=${close}`))).toEqual([now]);
  expect(tickersOf(await ask(`min_close_ts=${close + 1}`))).toEqual([next]);
  const events = async (query: string): Promise<unknown> =>
    (await bot.call("GET", `/events?${query}`)).body["events"];
  expect(await events(`min_close_ts=${close + 1}`)).toMatchObject([
    { event_ticker: NEXT.eventTicker },
  ]);
  expect(await events("min_close_ts=0")).toHaveLength(2);
  expect((await ask(`status=open&min_close_ts=${close}`)).status).toBe(400);
  expect((await ask("status=closed&min_settled_ts=0")).status).toBe(400);
  expect((await ask("min_close_ts=0&min_settled_ts=0")).status).toBe(400);
  await comesTo(tick, 911);
  const settled = await ask(`status=settled&min_settled_ts=${close + 10}`);
  expect(settled.body["markets"]).toMatchObject([
    {
      ticker: now,
      status: "finalized",
      result: "yes",
      expiration_value: "80001.25",
      settlement_value_dollars: "1.0000",
      settlement_ts: "2026-11-20T23:15:10.000Z",
    },
  ]);
  expect(tickersOf(await ask(`status=settled&min_settled_ts=${close + 11}`))).toEqual([]);
  // It settled a moment ago: nothing of it has moved to the archive.
  expect((await bot.call("GET", `/historical/markets/${now}`)).status).toBe(404);
});

it("takes an order on its market's shard only, and shows it there", async () => {
  const { manifest, facts } = nightOf(BOOK, 7_200, { bitcoin: { series: ["KXBTC15M"] } });
  const all = [...(facts() as Fact[]), NOW, ...book(0, T)];
  const source = { manifest, pastGames: [], facts: () => all };
  const { bot } = await startWith([], { openSource: () => Promise.resolve(source) });
  const missing = { status: 404, body: { error: { code: "not_found" } } };
  expect(await bot.place({ ...BTC, exchange_index: 3 })).toMatchObject(missing);
  expect(await bot.place({ ...BTC, exchange_index: 0 })).toMatchObject(missing);
  expect(await bot.place({ exchange_index: 2 })).toMatchObject(missing);
  const placed = await bot.place(BTC);
  expect(placed.status).toBe(201);
  expect((await bot.place({ ...BTC, exchange_index: -1 })).status).toBe(201);
  const game = await bot.place({ price: "0.5000" });
  const { body: rows } = await bot.call("GET", "/portfolio/orders?exchange_index=2");
  expect(rows["orders"]).toMatchObject([
    { ticker: T, exchange_index: 2 },
    { ticker: T, exchange_index: 2 },
  ]);
  expect(await bot.cancel(placed.body["order_id"], 3)).toMatchObject(missing);
  const routed = `exchange_index=-1&market_ticker=${HOME}`;
  const path = `/portfolio/events/orders/${String(placed.body["order_id"])}`;
  expect(await bot.call("DELETE", `${path}?${routed}`)).toMatchObject(missing);
  expect((await bot.cancel(placed.body["order_id"], 2)).status).toBe(200);
  // 100 dollars in one purse: half is shown where games trade, half where Bitcoin does.
  const { body: balance } = await bot.call("GET", "/portfolio/balance");
  expect(balance["balance_breakdown"]).toMatchObject([
    { balance: "0.0000" },
    { balance: "0.0000" },
    { exchange_index: 2, balance: "50.0000" },
    { exchange_index: 3, balance: "50.0000" },
  ]);
  const group = { contracts_limit: 5, exchange_index: 2 };
  const { body: made } = await bot.call("POST", "/portfolio/order_groups/create", group);
  const order_group_id = made["order_group_id"];
  expect(await bot.place({ price: "0.5000", order_group_id })).toMatchObject(missing);
  expect((await bot.place({ ...BTC, order_group_id })).status).toBe(201);
  expect((await bot.call("DELETE", "/portfolio/events/orders")).status).toBe(204);
  const { body: left } = await bot.call("GET", "/portfolio/orders?status=resting");
  expect(left["orders"]).toEqual([]);
  expect(game.status).toBe(201);
});

it("tells each step of a life with what it was, when all come in one moment", async () => {
  const facts = [
    told(300, NEXT),
    told(301, {
      kind: "bounds",
      marketTicker: NEXT.marketTicker,
      floorStrike: usd(80_123.45),
      capStrike: null,
    }),
    told(302, {
      kind: "close-moved",
      marketTicker: NEXT.marketTicker,
      closeAt: instant(START + 1_700_000),
    }),
    life(303, NEXT.marketTicker, "determined", "scalar", { value: 0.37 }),
    life(304, NEXT.marketTicker, "finalized", "scalar", { value: 0.37 }),
  ];
  const gap = { from: instant(START + 200_000), to: instant(START + 400_000) };
  const { bot, tick } = await start([NOW, ...facts], { changes: { gaps: [gap] } });
  const stream = await bot.stream();
  stream.send("subscribe", { channels: ["market_lifecycle_v2"] });
  await stream.wait("subscribed");
  await comesTo(tick, 400);
  const frames = await stream.wait("market_lifecycle_v2", 6);
  const market_ticker = NEXT.marketTicker;
  expect(frames.map(({ msg }) => msg)).toEqual([
    {
      market_ticker,
      event_type: "created",
      open_ts: START / 1_000 + 900,
      close_ts: START / 1_000 + 1_800,
      price_level_structure: "tapered_deci_cent",
      exchange_index: 2,
      additional_metadata: {
        event_ticker: NEXT.eventTicker,
        expected_expiration_ts: START / 1_000 + 1_800 + 300,
        strike_type: "greater_or_equal",
      },
    },
    {
      market_ticker,
      event_type: "metadata_updated",
      strike_type: "greater_or_equal",
      floor_strike: 80_123.45,
    },
    { market_ticker, event_type: "close_date_updated", close_ts: START / 1_000 + 1_700 },
    { market_ticker, event_type: "close_date_updated", close_ts: START / 1_000 + 303 },
    {
      market_ticker,
      event_type: "determined",
      result: "scalar",
      determination_ts: START / 1_000 + 303,
      settlement_value: "0.3700",
    },
    { market_ticker, event_type: "settled", settled_ts: START / 1_000 + 304 },
  ]);
  expect(frames.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
  stream.close();
});

it("serves hundreds of markets listed while playing on one connection", async () => {
  const ladder = Array.from({ length: 300 }, (_, n) =>
    listing("KXBTCD", 3_600, { at: 60, type: "greater", floor: 70_000 + n * 100 - 0.01 }),
  );
  const facts = ladder.flatMap((one, n) => [
    one,
    ...book(61, one.marketTicker),
    told(120, {
      kind: "level",
      marketTicker: one.marketTicker,
      outcome: "yes",
      price: priceMicros(300_000),
      size: countCenti(100 + n),
    }),
  ]);
  const { bot, tick } = await start([NOW, ...facts]);
  const stream = await bot.stream();
  await comesTo(tick, 62);
  const { body } = await bot.call("GET", "/markets?series_ticker=KXBTCD&limit=1000");
  expect(body["markets"]).toHaveLength(300);
  const market_tickers = ladder.map(({ marketTicker }) => marketTicker);
  stream.send("subscribe", { channels: ["orderbook_delta", "ticker"], market_tickers });
  await stream.wait("orderbook_snapshot", 300);
  await comesTo(tick, 121);
  const deltas = await stream.wait("orderbook_delta", 300);
  expect(deltas.map(({ msg }) => msg["market_ticker"])).toEqual(market_tickers);
  expect(new Set(deltas.map(({ seq }) => seq)).size).toBe(300);
  expect(deltas.at(-1)?.seq).toBe(600);
  const tickers = await stream.wait("ticker", 300);
  expect(tickers[0]?.msg).toMatchObject({ yes_bid_dollars: "0.4800", yes_ask_dollars: "0.5200" });
  stream.close();
});

it("resumes with its orders, listings and lives as they were, also in and after a gap", async () => {
  const dataDir = await temporaryFolder();
  const gaps = [{ from: instant(START + 600_000), to: instant(START + 3_600_000) }];
  const facts = [
    NOW,
    ...book(0, T),
    NEXT,
    life(906, T, "determined", "yes", { on: 80_001.25 }),
    life(910, T, "finalized", "yes", { on: 80_001.25 }),
  ];
  const options = { dataDir, changes: { gaps } };
  const first = await start(facts, options);
  await first.bot.place({ ...BTC, price: "0.5200", client_order_id: "takes" });
  await first.bot.place({ ...BTC, client_order_id: "rests" });
  const group = { contracts_limit: 5, exchange_index: 2 };
  await first.bot.call("POST", "/portfolio/order_groups/create", group);
  const seen: number[] = [];
  await until(async () => {
    seen.push(await first.tick(50));
    return (seen.at(-1) ?? 0) > START + 3_600_000 ? true : null;
  }, "the other side of the gap");
  // Nobody is shown a time within the gap.
  expect(seen.filter((at) => at >= START + 600_000 && at < START + 3_600_000)).toEqual([]);
  const look = async (bot: Bot): Promise<unknown> =>
    Promise.all(
      ["orders", "fills", "positions", "settlements", "order_groups"]
        .map((what) => bot.call("GET", `/portfolio/${what}`))
        .concat(bot.call("GET", "/markets")),
    );
  const before = await look(first.bot);
  expect(before).toMatchObject([
    { body: { orders: [{ status: "canceled" }, { status: "executed" }] } },
    {},
    {},
    { body: { settlements: [{ market_result: "yes", exchange_index: 2, revenue: 1_000 }] } },
    { body: { order_groups: [{ exchange_index: 2 }] } },
    { body: { markets: [{ status: "closed" }, { status: "finalized" }] } },
  ]);
  await first.exchange.close();
  const second = await start(facts, options);
  expect(await look(second.bot)).toEqual(before);
  expect(await second.tick(50)).toBeGreaterThanOrEqual(seen.at(-1) ?? 0);
});
