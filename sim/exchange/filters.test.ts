import { expect, it } from "vitest";
import type { Bot } from "./testing/bot.ts";
import { AWAY, BOOK, EVENT, HOME, level, print, START } from "./testing/hand-made.ts";
import { startWith } from "./testing/start.ts";

const S = START / 1_000;

/** A night that was played for so much wall time, at a standstill since. */
async function played(wallMs: number): Promise<Bot> {
  // AWAY's book is told once, HOME's again after half a minute.
  const facts = [
    ...BOOK,
    level(0, "no", 40, 50, AWAY),
    print(30, 60, 5, "bid"),
    level(90, "no", 41, 10),
  ];
  const { bot, tick } = await startWith(facts);
  if (wallMs > 0) await tick(wallMs);
  return bot;
}

async function tickersOf(bot: Bot, path: string): Promise<readonly unknown[]> {
  const { status, body } = await bot.call("GET", path);
  expect(status, JSON.stringify(body)).toBe(200);
  return (body["markets"] as Record<string, unknown>[]).map(({ ticker }) => ticker).sort();
}

it("finds markets by when they were created, and by whether they were updated later", async () => {
  const bot = await played(700);
  const tickers = (path: string) => tickersOf(bot, path);
  const both = [AWAY, HOME];
  expect(await tickers(`/markets?min_created_ts=${S}&max_created_ts=${S}`)).toEqual(both);
  expect(await tickers(`/markets?min_created_ts=${S}&status=open`)).toEqual(both);
  expect(await tickers(`/markets?min_created_ts=${S + 1}`)).toEqual([]);
  expect(await tickers(`/markets?max_created_ts=${S - 1}`)).toEqual([]);
  expect(await tickers(`/markets?min_updated_ts=${S - 1}`)).toEqual(both);
  expect(await tickers(`/markets?min_updated_ts=${S + 30}&mve_filter=exclude`)).toEqual([HOME]);
  expect(await tickers(`/markets?min_updated_ts=${S + 90}`)).toEqual([]);
});

it("has no market of several legs and no block trade", async () => {
  const bot = await played(700);
  expect(await tickersOf(bot, "/markets?mve_filter=only")).toEqual([]);
  expect(await tickersOf(bot, "/markets?mve_filter=exclude")).toEqual([AWAY, HOME]);
  const trades = async (filter: string): Promise<unknown> =>
    (await bot.call("GET", `/markets/trades${filter}`)).body["trades"];
  expect(await trades("")).toHaveLength(1);
  expect(await trades("?is_block_trade=false")).toHaveLength(1);
  expect(await trades("?is_block_trade=true")).toEqual([]);
});

it.each([
  ["/markets?min_created_ts=1&status=settled", "created times are of status unopened or open"],
  ["/markets?min_updated_ts=1&status=open", "updated times are of no status"],
  ["/markets?min_updated_ts=1&min_close_ts=1", "close and updated times exclude each other"],
  ["/markets?mve_filter=all", "mve_filter"],
  ["/events?min_updated_ts=1", "min_updated_ts"],
  ["/series?min_updated_ts=1", "min_updated_ts"],
  ["/series?category=Sports", "category"],
  ["/series?tags=Basketball", "tags"],
  [
    `/series/KXNBAGAME/markets/${HOME}/candlesticks?start_ts=0&end_ts=60&period_interval=1&include_latest_before_start=true`,
    "include_latest_before_start",
  ],
])("refuses %s by the filter's name instead of ignoring it", async (path, name) => {
  const bot = await played(0);
  const { status, body } = await bot.call("GET", path);
  expect(status).toBe(400);
  expect(body["error"]).toMatchObject({
    code: "invalid_parameters",
    details: expect.stringContaining(name) as string,
  });
});

it("gives candles of many markets, and of an event's, as of each", async () => {
  const bot = await played(700);
  const range = `start_ts=${S}&end_ts=${S + 120}&period_interval=1`;
  const one = async (ticker: string): Promise<unknown> =>
    (await bot.call("GET", `/series/KXNBAGAME/markets/${ticker}/candlesticks?${range}`)).body[
      "candlesticks"
    ];
  const [home, away] = [await one(HOME), await one(AWAY)];
  expect(home).toHaveLength(2);
  // As at the venue, one that is not there is left out.
  const names = `market_tickers=${HOME},KXNBAGAME-26NOV20BOSNYK-LAL,${AWAY}`;
  const many = await bot.call("GET", `/markets/candlesticks?${names}&${range}`);
  expect(many.body["markets"]).toEqual([
    { market_ticker: HOME, candlesticks: home },
    { market_ticker: AWAY, candlesticks: away },
  ]);
  const event = await bot.call("GET", `/series/KXNBAGAME/events/${EVENT}/candlesticks?${range}`);
  expect(event.body).toEqual({
    market_tickers: [HOME, AWAY],
    market_candlesticks: [home, away],
    adjusted_end_ts: S + 120,
  });
});

it.each([
  ["no ticker", "", 60, "market_tickers"],
  ["over 100 tickers", Array(101).fill(HOME).join(","), 60, "at most 100"],
  ["over 10,000 candles", HOME, 10_001 * 60, "10000"],
])("refuses candles of many markets for %s", async (_what, names, seconds, reason) => {
  const bot = await played(0);
  const range = `start_ts=0&end_ts=${seconds}&period_interval=1`;
  const path = `/markets/candlesticks?market_tickers=${names}&${range}`;
  const { status, body } = await bot.call("GET", path);
  expect(status).toBe(400);
  expect(JSON.stringify(body)).toContain(reason);
});
