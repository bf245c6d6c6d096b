import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { KalshiStream } from "../clients/kalshi/stream-port.ts";
import { required } from "../core/domain/assert.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import { occasionOfGame } from "../core/domain/occasion.ts";
import type { OrderIntent } from "../core/domain/order.ts";
import type { OwnOrderNews } from "../core/domain/own-orders.ts";
import { countCenti, priceMicros } from "../core/domain/units.ts";
import type { CreateOutcome, Venue } from "../core/domain/venue.ts";
import { CONFIG } from "../core/strategies/testing/inputs.ts";
import { wallNow } from "../runtime/wall.ts";
import { BASIS, IN_FORCE, intentOf } from "../test/db/night.ts";
import { until } from "../test/support/kalshi.ts";
import { type KillRig, startKillRig } from "../test/support/kill-rig.ts";
import { openHub } from "../test/support/limits-stage.ts";
import { syncOrder, tellOpenOrders } from "./account.ts";
import { type FollowDeps, type FollowResult, follow } from "./follow-order.ts";
import type { MarketHub } from "./market-hub.ts";
import { createOrderActivities, type OrderActivities, type PlaceRequest } from "./place-order.ts";

const cents = (value: number) => priceMicros(value * 10_000);

let rig: KillRig;
let stream: KalshiStream;
let hub: MarketHub;
let orders: OrderActivities;
let games = 0;
let game: GameRef;
let ticker: string;
beforeAll(async () => {
  rig = await startKillRig(6, {
    // 48 bid, and 51 asked.
    change: (fact) =>
      fact.kind === "level" && fact.outcome === "yes" ? { ...fact, price: cents(48) } : fact,
  });
  ({ stream, hub } = await openHub(rig));
  orders = createOrderActivities({ ...rig.orderDeps, hub });
}, 60_000);
afterAll(async () => {
  stream.close();
  await rig.stop();
}, 60_000);
beforeEach(() => {
  game = required(rig.games[games], "a game");
  ticker = required(game.markets[0], "its market").ticker;
  games += 1;
});

/** Ten contracts that rest at 49 and may pay 50, worth 60. */
const restingAt49 = (): OrderIntent => ({
  ...intentOf(game.gameId),
  ...{ marketTicker: ticker, exchangeIndex: 3, limitPrice: cents(50), fairValue: cents(60) },
  plan: {
    price: cents(49),
    timeInForce: "good_till_canceled",
    isPostOnly: true,
    expectedFillProbability: 0.5,
    expectedPrice: cents(49),
  },
});

/** What one look says of an order that was placed twenty seconds ago. */
async function lookAt(clientOrderId: string, intent: OrderIntent): Promise<FollowResult> {
  const books = rig.deps.books;
  const { grid } = required(await rig.venue.market(ticker), "the market");
  const fees = await rig.orderDeps.fees.schedule(game.eventTicker);
  const view: FollowDeps["books"]["view"] = () => ({
    ...{ grid, fees },
    ...required(hub.view(ticker), "a quote"),
  });
  const deps = { ...rig.deps, hub, books: { ...books, view }, config: CONFIG, limits: IN_FORCE };
  const placedAt = rig.orderDeps.clock.now() - 20_000;
  await rig.cloned.db
    .updateTable("orders")
    .set({ intended_at: new Date(placedAt) })
    .where("client_order_id", "=", clientOrderId as never) // Test boundary: an id as a workflow has it.
    .execute();
  const order = { occasion: occasionOfGame(game), intent, clientOrderId, placedAt };
  const request = { ...order, replacements: 0, isCanceling: false, stopBecause: null };
  return await follow(deps, request, AbortSignal.abort());
}

/** A proposal of the game, under a key of its own. */
function requestOf(intent: OrderIntent): PlaceRequest {
  const now = rig.orderDeps.clock.now();
  const key = `${game.gameId}/${randomUUID()}`;
  return {
    ...{ occasion: occasionOfGame(game), intent, parentId: null },
    ...{ intentKey: key, decisionId: `${key}#1` },
    quote: { bidMicros: 480_000, askMicros: 510_000, receivedAt: now, receivedWallMs: wallNow() },
    basis: { ...BASIS, decidedAt: now, forecastKnownAt: now, modelKnownAt: now },
  };
}

/** What others rest at a price of YES, told by the exchange. */
function others(price: number, contracts: number): void {
  const at = rig.orderDeps.clock.now();
  required(rig.exchange.nights.night, "a night").engine.apply({
    ...{ kind: "level", marketTicker: ticker, outcome: "yes", sourceTime: at, receivedAt: at },
    ...{ price: cents(price), size: countCenti(contracts * 100) },
  });
}

/** The highest bid as the venue shows it to everybody. */
async function bidAtVenue(): Promise<number> {
  const { yes } = await rig.venue.orderBook(ticker);
  return Math.max(...yes.map(([price]) => price));
}

it("replaces what rests downwards when the others have fallen, though the venue shows it as the best bid", async () => {
  const intent = restingAt49();
  const first = await rig.place(game, intent);
  expect(await lookAt(first.clientOrderId, intent)).toMatchObject({ kind: "chunk" });
  others(48, 0);
  others(40, 1_000);
  await until(() => hub.quote(ticker)?.bid === 400_000);
  expect(await bidAtVenue()).toBe(490_000);
  expect(hub.marks()[ticker]).toMatchObject({ yes: 400_000 });

  const advice = await lookAt(first.clientOrderId, intent);
  expect(advice).toMatchObject({ advice: "replace", why: "market_fell", plan: { price: 410_000 } });
  await orders.cancelOrder({ clientOrderId: first.clientOrderId });
  const plan = required(advice.kind === "advice" ? advice.plan : null, "a plan");
  const second = await orders.placeOrder({
    ...{ occasion: occasionOfGame(game), intent: { ...intent, plan }, quote: null },
    ...{ intentKey: `${game.gameId}/lower`, parentId: first.clientOrderId },
    decisionId: `${game.gameId}#lower`,
  });
  expect(second).toMatchObject({ kind: "order", status: "working" });
  expect(await bidAtVenue()).toBe(410_000);
  expect(hub.quote(ticker)?.bid).toBe(400_000);
  expect(await lookAt(second.clientOrderId, { ...intent, plan })).toMatchObject({ kind: "chunk" });
  // Others come to our price: they alone are the market.
  others(41, 7);
  await until(() => hub.quote(ticker)?.bid === 410_000);
  expect(hub.quote(ticker)?.bidSize).toBe(700);
});

it("knows after a restart of the worker what rests of ours", async () => {
  const { clientOrderId } = await rig.place(game, restingAt49());
  const later = await openHub(rig);
  await tellOpenOrders(rig.cloned.db, "paper", later.hub);
  expect([await bidAtVenue(), later.hub.quote(ticker)?.bid]).toEqual([490_000, 480_000]);
  // What becomes of it is heard of by the stream, before anybody asks the account.
  await rig.venue.cancelAll(5_000);
  others(49, 3);
  await until(() => later.hub.quote(ticker)?.bidSize === 300);
  await syncOrder({ ...rig.orderDeps, hub: later.hub }, clientOrderId);
  expect(later.hub.quote(ticker)).toMatchObject({ bid: 490_000, bidSize: 300 });
  later.stream.close();
});

it("takes its order for nobody else's while the venue's answer is on its way", async () => {
  const seen: unknown[] = [];
  const createOrder: Venue["createOrder"] = async (...asked) => {
    const answer = await rig.venue.createOrder(...asked);
    await until(() => hub.displayed(ticker)?.yes[0]?.[0] === 490_000);
    seen.push(hub.quote(ticker)?.bid, hub.marks()[ticker]?.yes);
    return answer;
  };
  const venue = { ...rig.venue, createOrder };
  const placed = await createOrderActivities({ ...rig.orderDeps, hub, venue }).placeOrder(
    requestOf(restingAt49()),
  );
  expect(placed).toMatchObject({ kind: "order", status: "working" });
  expect([...seen, hub.quote(ticker)?.bid]).toEqual([480_000, 480_000, 480_000]);
});

it("takes back what it told of an order that was not sent or not taken, and nothing else", async () => {
  const rejected = (code: string): CreateOutcome => ({ kind: "rejected", code, message: "no" });
  const unknown: CreateOutcome = { kind: "unknown", reason: "no answer" };
  expect(await toldOf(rejected("insufficient_balance"))).toEqual(["sent 1000", "answered 0"]);
  expect(await toldOf(rejected("not_sent"))).toEqual(["sent 1000", "answered 0"]);
  expect(await toldOf(rejected("not_sent"), { isKilled: true })).toEqual([
    ...["sent 1000", "answered 0"],
  ]);
  // It may be there: nobody takes it for another's until that is known.
  expect(await toldOf(unknown)).toEqual(["sent 1000", "sent 1000"]);
});

/** What the hub is told of an order whose sending ends in this way; `isKilled`: by a file KILL, at the last moment. */
async function toldOf(outcome: CreateOutcome, { isKilled = false } = {}): Promise<string[]> {
  const told: string[] = [];
  const ownOrder = ({ said, left }: OwnOrderNews) => void told.push(`${said} ${left}`);
  let isThere = false;
  const killFile: typeof rig.orderDeps.brakes.killFile = () =>
    isThere
      ? { level: "cancel-all", reason: "by hand", by: "file", killId: "k", tellingId: "t" }
      : null;
  const createOrder: Venue["createOrder"] = (_order, _timeoutMs, sending) => {
    isThere = isKilled;
    sending?.maySend();
    return Promise.resolve(outcome);
  };
  const deps = { ...rig.orderDeps, hub: { ownOrder }, venue: { ...rig.venue, createOrder } };
  const brakes = { ...rig.orderDeps.brakes, killFile };
  await createOrderActivities({ ...deps, brakes }).placeOrder(requestOf(restingAt49()));
  return told;
}

it("looks for an order where its owner moved it, as many as he left, after a restart too", async () => {
  const { clientOrderId } = await rig.place(game, restingAt49());
  const row = await syncOrder({ ...rig.orderDeps, hub }, clientOrderId);
  const orderId = required(row.venue_order_id, "the venue's id");
  const night = required(rig.exchange.nights.night, "a night");
  await night.submit({ kind: "decrease", orderId, remaining: countCenti(400) });
  others(49, 3);
  await until(() => hub.quote(ticker)?.bidSize === 300);
  const later = await openHub(rig);
  await tellOpenOrders(rig.cloned.db, "paper", later.hub);
  await syncOrder({ ...rig.orderDeps, hub: later.hub }, clientOrderId);
  expect(later.hub.quote(ticker)).toMatchObject({ bid: 490_000, bidSize: 300 });

  const moved = { price: cents(50), count: countCenti(400), clientOrderId: null };
  await night.submit({ kind: "amend", orderId, ...moved });
  await until(() => hub.displayed(ticker)?.yes[0]?.[0] === 500_000);
  await until(() => hub.quote(ticker)?.bid === 490_000);
  expect(hub.quote(ticker)).toMatchObject({ bid: 490_000, bidSize: 300 });
  const last = await openHub(rig);
  await tellOpenOrders(rig.cloned.db, "paper", last.hub);
  await syncOrder({ ...rig.orderDeps, hub: last.hub }, clientOrderId);
  expect(last.hub.quote(ticker)).toMatchObject({ bid: 490_000, bidSize: 300 });
  for (const each of [later, last]) each.stream.close();
});

it("sells past the bid that another strategy rests, which the venue cancels", async () => {
  await rig.buy(game, "home", 10);
  const entry = restingAt49();
  const rests = await rig.place(game, { ...entry, strategy: "mean-reversion" });
  const sale = intentOf(game.gameId, {
    ...{ purpose: "exit", exitType: "stop-loss", side: "ask", isReduceOnly: true, edgeMicros: 0 },
    ...{ marketTicker: ticker, exchangeIndex: 3, limitPrice: cents(48) },
  });
  expect(await rig.place(game, sale)).toMatchObject({
    ...{ kind: "order", status: "filled", filledCenti: 1_000, isFlat: true },
  });
  expect(await syncOrder(rig.orderDeps, rests.clientOrderId)).toMatchObject({
    ...{ status: "canceled", filled_centi: 0, reserved_micros: 0 },
  });
  expect(await bidAtVenue()).toBe(480_000);
  expect(rig.alarms).toEqual([]);
  // An entry never takes another strategy's order off the market.
  const { orders: sent } = required(rig.exchange.nights.night, "a night").engine.account;
  const ofMarket = [...sent.values()].filter(({ terms }) => terms.marketTicker === ticker);
  expect(ofMarket.map(({ terms }) => terms.selfTradePrevention)).toEqual([
    ...["taker_at_cross", "taker_at_cross", "maker"],
  ]);
});
