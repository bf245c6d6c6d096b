import { expect, it } from "vitest";
import { countCenti, instant, priceMicros, usdMicros } from "../../core/domain/units.ts";
import { Engine } from "./engine.ts";
import type { OrderTerms } from "./order.ts";
import { BTC_SHARD, NBA_SHARD, Shards } from "./shards.ts";
import { BOOK, HOME, nightOf, OPENING } from "./testing/hand-made.ts";
import { startWith, temporaryFolder } from "./testing/start.ts";

const at = (text: string) => instant(Date.parse(text));

it("pauses trading, not cancels, on Thursdays from three to five Eastern", () => {
  // In November Eastern is five hours behind UTC, in October four.
  for (const [from, last, to] of [
    ["2026-11-26T08:00:00Z", "2026-11-26T09:59:59Z", "2026-11-26T10:00:00Z"],
    ["2026-10-22T07:00:00Z", "2026-10-22T08:59:59Z", "2026-10-22T09:00:00Z"],
  ] as const) {
    const shards = new Shards(instant(at(from) - 3 * 86_400_000));
    expect(shards.pass(instant(at(from) - 1))).toBeNull();
    shards.check("place", NBA_SHARD, instant(at(from) - 1));
    expect(shards.pass(at(last))).toBe(at(from));
    expect(shards.pass(at(last))).toBeNull();
    expect(shards.pausedUntil(at(last))).toBe(at(to));
    expect(() => {
      shards.check("place", NBA_SHARD, at(last));
    }).toThrow("trading is paused");
    shards.check("cancel", BTC_SHARD, at(last));
    expect(shards.pass(at(to))).toBeNull();
    shards.check("place", NBA_SHARD, at(to));
    expect(shards.pass(instant(at(from) + 7 * 86_400_000))).not.toBeNull();
  }
});

it("cancels at the Thursday pause the orders that ask for it", () => {
  const { manifest } = nightOf([]);
  const engine = new Engine({ ...manifest, startAt: at("2026-11-26T05:00:00Z") }, usdMicros(1e8));
  for (const fact of [...OPENING, ...BOOK]) engine.apply(fact);
  const terms = (orderId: string, isCanceledOnPause: boolean): OrderTerms => ({
    orderId,
    clientOrderId: null,
    marketTicker: HOME,
    side: "bid",
    price: priceMicros(500_000),
    count: countCenti(100),
    timeInForce: "good_till_canceled",
    isPostOnly: false,
    isReduceOnly: false,
    selfTradePrevention: "taker_at_cross",
    expiresAt: null,
    isCanceledOnPause,
    orderGroupId: null,
  });
  engine.place(terms("goes", true), at("2026-11-26T07:00:00Z"));
  engine.place(terms("stays", false), at("2026-11-26T07:00:00Z"));
  engine.pass(at("2026-11-26T08:30:00Z"));
  expect(engine.account.order("goes")).toMatchObject({
    status: "canceled",
    updatedAt: at("2026-11-26T08:00:00Z"),
  });
  expect(engine.account.order("stays").status).toBe("resting");
});

it("shows and keeps a shard as the control side sets it, through a restart", async () => {
  const dataDir = await temporaryFolder();
  const first = await startWith(BOOK, { dataDir });
  const set = async (url: string, activity: object): Promise<number> => {
    const response = await fetch(`${url}/sim/v1/shard`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(activity),
    });
    return response.status;
  };
  const refused = (code: string): object => ({ status: 409, body: { error: { code } } });
  const stays = await first.bot.place({ price: "0.5000" });
  const goes = await first.bot.place({ price: "0.5000", cancel_order_on_pause: true });
  expect(await set(first.exchange.url, { exchangeIndex: 4 })).toBe(404);
  expect(await set(first.exchange.url, { isTradingActive: false })).toBe(200);
  expect(await first.bot.place()).toMatchObject(refused("trading_is_paused"));
  await first.exchange.close();

  const { bot, exchange } = await startWith(BOOK, { dataDir });
  const { body } = await bot.call("GET", "/exchange/status");
  const rows = body["exchange_index_statuses"] as object[];
  expect(body).toMatchObject({ exchange_active: true, trading_active: true });
  expect(rows[NBA_SHARD]).toMatchObject({ exchange_active: true, trading_active: false });
  const { body: page } = await bot.call("GET", "/portfolio/orders?status=resting");
  expect(page["orders"]).toMatchObject([{ order_id: stays.body["order_id"] }]);
  expect(goes.status).toBe(201);
  expect(await bot.place()).toMatchObject(refused("trading_is_paused"));

  await set(exchange.url, { isExchangeActive: false });
  expect(await bot.cancel(stays.body["order_id"])).toMatchObject(refused("exchange_is_paused"));
  expect(await bot.call("DELETE", "/portfolio/events/orders")).toMatchObject(
    refused("exchange_is_paused"),
  );
  await set(exchange.url, { isTradingActive: false });
  expect((await bot.cancel(stays.body["order_id"])).status).toBe(200);
  await set(exchange.url, {});
  expect((await bot.place()).status).toBe(201);
});
