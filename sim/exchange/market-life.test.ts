import { expect, it } from "vitest";
import { instant } from "../../core/domain/units.ts";
import { openSource } from "./sources.ts";
import { type Bot, until } from "./testing/bot.ts";
import { AWAY, BOOK, HOME, nightOf, START, status } from "./testing/hand-made.ts";
import { startWith } from "./testing/start.ts";

async function marketOf(bot: Bot, ticker: string): Promise<Record<string, unknown>> {
  const { body } = await bot.call("GET", `/markets/${ticker}`);
  return body["market"] as Record<string, unknown>;
}

it("lists a market before it opens, takes orders from then on, and settles it", async () => {
  const facts = [
    ...BOOK,
    status(30, "active"),
    status(300, "closed"),
    status(310, "determined", "yes"),
    status(320, "finalized", "yes"),
  ];
  const plain = nightOf(facts);
  const games = plain.manifest.games.map((game) => ({
    ...game,
    marketsOpenAt: instant(START + 30_000),
  }));
  const source = { ...plain, manifest: { ...plain.manifest, games } };
  const { bot, tick } = await startWith(facts, { openSource: () => Promise.resolve(source) });
  const comesTo = (wanted: string): Promise<boolean> =>
    until(async () => {
      await tick(50);
      return (await marketOf(bot, HOME))["status"] === wanted ? true : null;
    }, wanted);
  const stream = await bot.stream();
  stream.send("subscribe", { channels: ["market_lifecycle_v2"] });
  await stream.wait("subscribed");

  expect(await marketOf(bot, HOME)).toMatchObject({
    status: "initialized",
    open_time: "2026-11-20T23:00:30.000Z",
    yes_bid_dollars: "0.0000",
    yes_ask_dollars: "1.0000",
  });
  const { body: unopened } = await bot.call("GET", "/markets?status=unopened");
  expect(unopened["markets"]).toMatchObject([{ ticker: HOME }]);
  expect(await bot.place()).toMatchObject({
    status: 400,
    body: { error: { code: "MARKET_INACTIVE" } },
  });

  await comesTo("active");
  expect((await bot.place()).body).toMatchObject({ fill_count: "10.00" });
  await comesTo("finalized");
  const frames = await stream.wait("market_lifecycle_v2", 3);
  // The venue tells no opening: it happens by the clock.
  expect(frames.map(({ msg }) => [msg["market_ticker"], msg["event_type"]])).toEqual([
    [HOME, "close_date_updated"],
    [HOME, "determined"],
    [HOME, "settled"],
  ]);
  expect((await marketOf(bot, AWAY))["status"]).toBe("active");
});

it("settles a world's game that is called off at its fair price", {
  timeout: 120_000,
}, async () => {
  const load = { source: "world:7", games: 1, scalarGame: 0 };
  const { bot } = await startWith([], { openSource, load, isFreeRunning: true });
  const { body: open } = await bot.call("GET", "/markets?status=open");
  const [market] = open["markets"] as { ticker: string }[];
  const ticker = market?.ticker ?? "";
  const bought = { ticker, price: "0.9900", time_in_force: "immediate_or_cancel" };
  expect((await bot.place(bought)).body).toMatchObject({ fill_count: "10.00" });
  const { body } = await until(
    async () => {
      const page = await bot.call("GET", "/portfolio/settlements");
      return (page.body["settlements"] as object[]).length > 0 ? page : null;
    },
    "the settlement",
    110_000,
  );
  const [row] = body["settlements"] as { value: number }[];
  const value = row?.value ?? 0;
  expect(value).toBeGreaterThan(0);
  expect(value).toBeLessThan(100);
  // Ten contracts at a value in cents each.
  expect(row).toMatchObject({
    ticker,
    market_result: "scalar",
    yes_count_fp: "10.00",
    revenue: 10 * value,
  });
  expect(await marketOf(bot, ticker)).toMatchObject({
    status: "finalized",
    result: "scalar",
    settlement_value_dollars: (value / 100).toFixed(4),
  });
});

it("refuses to call off a game that the night has not", async () => {
  const wrong = { source: "world:7", speed: 1, startingCashUsd: 1, games: 2, scalarGame: 2 };
  await expect(openSource(wrong)).rejects.toMatchObject({ code: "invalid_parameters" });
});
