import { expect, it } from "vitest";
import { AWAY, BOOK, HOME, level, print, START, status } from "./testing/hand-made.ts";
import { type Answer, until } from "./testing/bot.ts";
import { startWith } from "./testing/start.ts";

const MINUTE = 60_000;
const LAGS = { markets: MINUTE, trades: MINUTE, orders: MINUTE, positions: MINUTE };
const FACTS = [
  ...BOOK,
  level(0, "no", 40, 50, AWAY),
  print(2, 60, 1, "bid"),
  status(10, "closed", null, null, AWAY),
  status(12, "determined", "no", null, AWAY),
  status(14, "finalized", "no", null, AWAY),
  print(80, 60, 1, "bid"),
];

const idsOf = ({ body }: Answer, list: string, id: string): unknown =>
  (body[list] as Record<string, unknown>[]).map((one) => one[id]);

it("shows what is over before the cutoff in the archive alone, everything else live alone", async () => {
  const { bot, tick } = await startWith(FACTS, { archive: LAGS });
  const taken = await bot.place({ count: "10.00", price: "0.6000" });
  const lost = await bot.place({ ticker: AWAY, count: "5.00", price: "0.6000" });
  const rests = await bot.place({ count: "10.00", price: "0.1000" });
  const [takenId, lostId, restsId] = [taken, lost, rests].map(({ body }) => body["order_id"]);
  const ask = (path: string): Promise<Answer> => bot.call("GET", path);
  const orders = async (folder: string) =>
    idsOf(await ask(`/${folder}/orders`), "orders", "order_id");
  const tickers = async (path: string, list: string) => idsOf(await ask(path), list, "ticker");
  const candles = (path: string) =>
    ask(
      `${path}/candlesticks?start_ts=${START / 1_000}&end_ts=${START / 1_000 + 600}&period_interval=1`,
    );

  // Nothing is older than a minute yet.
  expect(await orders("portfolio")).toEqual([restsId, lostId, takenId]);
  for (const [path, list] of [
    ["orders", "orders"],
    ["fills", "fills"],
    ["positions", "market_positions"],
    ["markets", "markets"],
    ["trades", "trades"],
  ]) {
    expect((await ask(`/historical/${path ?? ""}`)).body[list ?? ""], path).toEqual([]);
  }
  expect((await ask(`/historical/markets/${AWAY}`)).status).toBe(404);

  await until(async () => ((await tick(50)) > START + 85_000 ? true : null), "85 seconds");
  const { body: cutoff } = await ask("/historical/cutoff");
  const borders = Object.values(cutoff).map((text) => Date.parse(String(text)));
  expect(Object.keys(cutoff)).toEqual([
    "market_settled_ts",
    "trades_created_ts",
    "orders_updated_ts",
    "market_positions_last_updated_ts",
  ]);
  for (const at of borders) expect(at).toBeGreaterThan(START + 25_000);

  // What rests and what is held is not over, however old it is.
  expect(await orders("portfolio")).toEqual([restsId]);
  expect(await orders("historical")).toEqual([lostId, takenId]);
  expect((await ask(`/portfolio/orders/${String(takenId)}`)).status).toBe(404);
  expect((await ask(`/portfolio/orders/${String(restsId)}`)).status).toBe(200);
  expect(await tickers("/portfolio/positions", "market_positions")).toEqual([HOME]);
  expect(await tickers("/historical/positions", "market_positions")).toEqual([AWAY]);
  expect((await ask("/portfolio/fills")).body["fills"]).toEqual([]);
  expect(idsOf(await ask("/historical/fills"), "fills", "order_id")).toEqual([lostId, takenId]);
  expect(await tickers("/markets", "markets")).toEqual([HOME]);
  expect(await tickers("/historical/markets", "markets")).toEqual([AWAY]);
  expect((await ask(`/markets/${AWAY}`)).status).toBe(404);
  expect((await ask(`/historical/markets/${HOME}`)).status).toBe(404);
  expect((await ask(`/historical/markets/${AWAY}`)).body["market"]).toMatchObject({
    status: "finalized",
    result: "no",
  });
  expect((await ask("/markets/trades")).body["trades"]).toMatchObject([{ trade_id: "trade-80" }]);
  const { body: printed } = await ask("/historical/trades");
  expect(idsOf({ body: printed } as Answer, "trades", "trade_id")).toContain("trade-2");
  expect(idsOf({ body: printed } as Answer, "trades", "trade_id")).not.toContain("trade-80");
  expect((await candles(`/series/KXNBAGAME/markets/${AWAY}`)).status).toBe(404);
  expect((await candles(`/historical/markets/${AWAY}`)).status).toBe(200);
});

it("lets weeks pass, as the venue does, before anything moves", async () => {
  const { bot } = await startWith(BOOK);
  const { body } = await bot.call("GET", "/historical/cutoff");
  const daysAgo = (text: unknown): number => (START - Date.parse(String(text))) / 86_400_000;
  expect(daysAgo(body["market_settled_ts"])).toBeCloseTo(60, 2);
  expect(daysAgo(body["orders_updated_ts"])).toBeCloseTo(14, 2);
});
