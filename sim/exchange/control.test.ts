import type { FactSource } from "../facts.ts";
import { expect, it } from "vitest";
import { nightOf, EVENT, HOME, BOOK, level, print, START, status } from "./testing/hand-made.ts";
import { until } from "./testing/bot.ts";
import { LOAD, startWith, temporaryFolder } from "./testing/start.ts";

async function ask(
  url: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${url}/sim/v1/${path}`, {
    method,
    ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  // The control side always answers an object.
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

it("stands still without a lease, goes on under one, and stops when it runs out", async () => {
  const { exchange, tick } = await startWith(BOOK);
  expect(await ask(exchange.url, "GET", "clock")).toMatchObject({
    body: { nowMs: START, speed: 240, isRunning: false, isDone: false },
  });
  const renewed = await ask(exchange.url, "POST", "lease", { holder: "me", ttlMs: 100 });
  expect(renewed.body["isRunning"]).toBe(true);
  const later = await tick(100);
  expect(later).toBeGreaterThan(START);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await ask(exchange.url, "GET", "clock")).body["nowMs"]).toBe(later);
});

it("resumes its night by itself, at or beyond anything it showed", async () => {
  const dataDir = await temporaryFolder();
  const first = await startWith(BOOK, { dataDir });
  const shown = await first.tick(100);
  await first.exchange.close();
  const second = await startWith(BOOK, { dataDir });
  const { body } = await ask(second.exchange.url, "GET", "state");
  expect(body).toMatchObject({ loaded: "world:1", isDone: false, resting: 0 });
  expect(body["nowMs"]).toBeGreaterThanOrEqual(shown);
});

it("loads the same night twice as once, and refuses another while it is unfinished", async () => {
  const { exchange, tick } = await startWith(BOOK);
  const shown = await tick(60);
  const again = await ask(exchange.url, "POST", "load", { ...LOAD, speed: 10 });
  expect(again).toMatchObject({ status: 200, body: { clock: { speed: 10 } } });
  expect((await ask(exchange.url, "GET", "clock")).body["nowMs"]).toBeGreaterThanOrEqual(shown);
  const other = await ask(exchange.url, "POST", "load", { ...LOAD, source: "world:2" });
  expect(other).toMatchObject({ status: 409, body: { error: { code: "night_unfinished" } } });
  const bad = await ask(exchange.url, "POST", "load", { ...LOAD, speed: 241 });
  expect(bad.status).toBe(400);
});

it("says for whose books a night was loaded, and takes the other mode's for another night", async () => {
  const { exchange, tick } = await startWith(BOOK, { load: { mode: "paper" } });
  const shown = await tick(60);
  const load = (mode: object) => ask(exchange.url, "POST", "load", { ...LOAD, ...mode });
  // One that names none means what is loaded.
  for (const same of [{ mode: "paper" }, {}]) expect((await load(same)).status).toBe(200);
  expect((await ask(exchange.url, "GET", "clock")).body["nowMs"]).toBeGreaterThanOrEqual(shown);
  expect(await load({ mode: "shadow" })).toMatchObject({
    ...{ status: 409, body: { error: { code: "night_unfinished" } } },
  });
  expect((await load({ mode: "shadow", isAnew: true })).status).toBe(200);
  expect((await ask(exchange.url, "GET", "state")).body).toMatchObject({
    ...{ loaded: "world:1", request: { mode: "shadow" }, nowMs: START },
  });
});

it("goes on with a night of before it was said for whose books it is, whoever loads it", async () => {
  const dataDir = await temporaryFolder();
  const first = await startWith(BOOK, { dataDir });
  const shown = await first.tick(60);
  await first.exchange.close();
  const second = await startWith(BOOK, { dataDir, load: { mode: "paper" } });
  const { body } = await ask(second.exchange.url, "GET", "state");
  expect(body["nowMs"]).toBeGreaterThanOrEqual(shown);
  expect(body["request"]).not.toHaveProperty("mode");
});

it("leaves a night that is unfinished for one that is to begin anew, once it holds nothing", async () => {
  const { exchange, bot, tick } = await startWith(BOOK);
  const placed = await bot.place({ price: "0.4000" });
  await tick(60);
  const anew = { ...LOAD, source: "world:2", isAnew: true };
  expect(await ask(exchange.url, "POST", "load", anew)).toMatchObject({
    status: 409,
    body: {
      error: {
        code: "night_unfinished",
        details: expect.stringContaining("holds orders or positions") as string,
      },
    },
  });
  await bot.cancel(placed.body["order_id"]);
  expect((await ask(exchange.url, "POST", "load", anew)).status).toBe(200);
  expect((await ask(exchange.url, "GET", "state")).body).toMatchObject({
    ...{ loaded: "world:2", nowMs: START },
  });
  await tick(60);
  // Asked for again it goes on; to begin anew it is at its start.
  await ask(exchange.url, "POST", "load", { ...anew, isAnew: false });
  expect((await ask(exchange.url, "GET", "clock")).body["nowMs"]).toBeGreaterThan(START);
  await ask(exchange.url, "POST", "load", anew);
  expect((await ask(exchange.url, "GET", "clock")).body["nowMs"]).toBe(START);
});

it("begins another night, with its own account, once one is done", async () => {
  const openSource = (): Promise<FactSource> => Promise.resolve(nightOf(BOOK, 10));
  const { exchange, bot, tick } = await startWith(BOOK, { openSource });
  await bot.place();
  expect((await ask(exchange.url, "GET", "state")).body["isDone"]).toBe(false);
  await tick(120);
  expect((await ask(exchange.url, "GET", "state")).body["isDone"]).toBe(true);
  const loaded = await ask(exchange.url, "POST", "load", { ...LOAD, source: "world:2" });
  expect(loaded.status).toBe(200);
  const { body } = await ask(exchange.url, "GET", "state");
  expect(body).toMatchObject({ loaded: "world:2", nowMs: START, isDone: false });
  expect((await bot.call("GET", "/portfolio/fills")).body["fills"]).toEqual([]);
  expect((await bot.call("GET", "/portfolio/balance")).body["balance_dollars"]).toBe("100.0000");
});

it("shows on REST what was played, from the market's quote to its result", async () => {
  const facts = [
    ...BOOK,
    print(30, 60, 5, "bid"),
    level(90, "no", 41, 10),
    status(120, "closed"),
    status(125, "determined", "yes"),
    status(130, "finalized", "yes"),
  ];
  const { bot, exchange, tick } = await startWith(facts);
  const market = async (): Promise<unknown> =>
    (await bot.call("GET", `/markets/${HOME}`)).body["market"];
  expect(await market()).toMatchObject({
    status: "active",
    yes_bid_dollars: "0.5800",
    yes_ask_dollars: "0.6000",
    yes_ask_size_fp: "50.00",
    result: "",
    exchange_index: 3,
    expected_expiration_time: "2026-11-21T02:30:00.000Z",
  });
  await bot.place();
  await tick(700);
  expect(await market()).toMatchObject({
    status: "finalized",
    result: "yes",
    settlement_value_dollars: "1.0000",
    close_time: "2026-11-20T23:02:00.000Z",
    expiration_value: "New York",
  });
  const range = `start_ts=${START / 1_000}&end_ts=${START / 1_000 + 600}&period_interval=1`;
  const candles = await bot.call("GET", `/series/KXNBAGAME/markets/${HOME}/candlesticks?${range}`);
  // Ten of our own at 60 and the five printed, in the first minute.
  expect((candles.body["candlesticks"] as unknown[])[0]).toMatchObject({
    end_period_ts: START / 1_000 + 60,
    volume_fp: "15.00",
    price: { open_dollars: "0.6000", close_dollars: "0.6000" },
  });
  const settled = await bot.call("GET", "/portfolio/settlements");
  expect(settled.body["settlements"]).toMatchObject([
    {
      ticker: HOME,
      event_ticker: EVENT,
      market_result: "yes",
      yes_count_fp: "10.00",
      revenue: 1_000,
    },
  ]);
  // 100 - 6.00 - fee 0.1680 + 10.00.
  expect((await bot.call("GET", "/portfolio/balance")).body["balance_dollars"]).toBe("103.8320");
  const open = await bot.call("GET", "/events?status=settled&series_ticker=KXNBAGAME");
  expect(open.body["events"]).toMatchObject([{ event_ticker: EVENT }]);
  const paused = await ask(exchange.url, "POST", "speed", { speed: 3 });
  expect(paused.body["speed"]).toBe(3);
});

it("walks every page once, while new trades come in", async () => {
  const trades = Array.from({ length: 57 }, (_, n) => print(n / 10, 60, 1, "bid"));
  const { bot, tick } = await startWith([...BOOK, ...trades, print(60, 60, 1, "bid")]);
  // A busy disk may hold time back: the first page is asked for once all but one are on the tape.
  await until(async () => ((await tick(60)) >= START + 6_000 ? true : null), "the prints");
  const seen: string[] = [];
  let cursor = "";
  for (let page = 0; page < 20; page += 1) {
    const { body } = await bot.call(
      "GET",
      `/markets/trades?ticker=${HOME}&limit=10&cursor=${cursor}`,
    );
    seen.push(...(body["trades"] as { trade_id: string }[]).map((trade) => trade.trade_id));
    cursor = String(body["cursor"]);
    if (cursor === "") break;
    await tick(60);
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(trades.every((trade) => trade.kind === "trade" && seen.includes(trade.tradeId))).toBe(
    true,
  );
});

it("takes an order and hides it, when a fault says so", async () => {
  const { bot, exchange } = await startWith(BOOK);
  const fault = { target: "kalshi", match: "POST /trade-api/v2/portfolio/events/orders" };
  const orders = async (): Promise<unknown[]> =>
    (await bot.call("GET", "/portfolio/orders")).body["orders"] as unknown[];
  await ask(exchange.url, "POST", "fault", { ...fault, kind: "500-after-accept" });
  expect((await bot.place({ client_order_id: "a", count: "1.00" })).status).toBe(500);
  expect(await orders()).toHaveLength(1);
  await ask(exchange.url, "DELETE", "fault");
  await ask(exchange.url, "POST", "fault", { ...fault, kind: "500" });
  expect((await bot.place({ client_order_id: "b", count: "1.00" })).status).toBe(500);
  expect(await orders()).toHaveLength(1);
  await ask(exchange.url, "DELETE", "fault");
  await ask(exchange.url, "POST", "fault", { ...fault, kind: "empty-after-accept" });
  expect(await bot.place({ client_order_id: "c", count: "1.00" })).toEqual({
    status: 200,
    body: {},
  });
  await ask(exchange.url, "DELETE", "fault");
  await ask(exchange.url, "POST", "fault", { ...fault, kind: "timeout-after-accept" });
  const lost = await Promise.race([
    bot.place({ client_order_id: "d", count: "1.00" }).catch(() => "hung up"),
    new Promise((resolve) => setTimeout(resolve, 300, "no answer")),
  ]);
  expect(lost).toBe("no answer");
  expect(await orders()).toHaveLength(3);
});

it("spoils a book in the way that was asked for, and is well again afterwards", async () => {
  const { bot, exchange } = await startWith(BOOK);
  const path = `/markets/${HOME}/orderbook`;
  const book = async (kind: string): Promise<string> => {
    await ask(exchange.url, "POST", "fault", { target: "kalshi", kind, match: "/orderbook" });
    const { body } = await bot.call("GET", path);
    await ask(exchange.url, "DELETE", "fault");
    return JSON.stringify(body);
  };
  expect(await book("nan")).toContain("NaN");
  expect(await book("off-grid")).toContain('"0.5837"');
  expect(await book("crossed")).toContain('[["0.9900","100.00"]');
  expect(await book("missing-field")).not.toContain('"orderbook_fp"');
  expect(await book("swapped")).toContain('"yes_dollars":[["0.3800"');
  expect((await bot.call("GET", path)).body["orderbook_fp"]).toMatchObject({
    yes_dollars: [["0.5800", "100.00"]],
  });
});

it("matches an order only after the latency, on the run's clock", async () => {
  const facts = [...BOOK, level(10, "no", 40, 0), level(10, "no", 38, 0)];
  // The offers go at 10 s; an order that needs 20 s comes too late for them.
  const { bot, tick } = await startWith(facts, { latencyMs: 20_000 });
  // Run time passes all the while, long before the wall's own limit on waiting for it.
  const [, placed] = await Promise.all([
    tick(2_000),
    bot.place({ time_in_force: "immediate_or_cancel" }),
  ]);
  expect(placed.body["fill_count"]).toBe("0.00");
});

it("serves the feeds beside the venue, from the same night", async () => {
  const { exchange } = await startWith(BOOK);
  const path = "/espn/apis/site/v2/sports/basketball/nba/scoreboard?dates=20261120";
  const response = await fetch(`${exchange.url}${path}`);
  expect(response.status).toBe(200);
  const refused = await fetch(
    `${exchange.url}/nba/static/json/liveData/scoreboard/todaysScoreboard_00.json`,
  );
  expect(refused.status).toBe(403);
});
