import type pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { GameRef } from "../core/domain/game-ref.ts";
import { type ClientOrderId, isTerminal, type OrderIntent } from "../core/domain/order.ts";
import { countCenti, instant } from "../core/domain/units.ts";
import type { CreateOutcome, Venue, VenueOrder } from "../core/domain/venue.ts";
import { wallNow } from "../runtime/wall.ts";
import { openPool } from "../schema/database.ts";
import { CONFIG } from "../core/strategies/testing/inputs.ts";
import { executionFacts } from "../schema/queries/breaker-facts.ts";
import { throwKill } from "../schema/queries/kill.ts";
import { liftKills } from "../test/db/lift-kills.ts";
import {
  applyOrderUpdate,
  findOrder,
  type OrderRow,
  updatesOfOrder,
} from "../schema/queries/orders.ts";
import { slateView } from "../schema/queries/slate-view.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import {
  addGame,
  BASIS,
  FEES,
  IN_FORCE,
  inputsOf,
  intentOf,
  LIMITS,
  NOW,
  proposalOf,
  record,
  RUN_ID,
} from "../test/db/night.ts";
import { NO_BREAKERS } from "../test/support/breakers.ts";
import { NO_HUB } from "../test/support/hub.ts";
import { SILENT } from "../test/support/kalshi.ts";
import { syncOrder } from "./account.ts";
import { clientOrderIdOf } from "./client-order-id.ts";
import { follow } from "./follow-order.ts";
import { createIntentQueue } from "./intent-queue.ts";
import { MarketHub } from "./market-hub.ts";
import { createOrderActivities, type OrderDeps, type PlaceRequest } from "./place-order.ts";
import { occasionOfGame } from "../core/domain/occasion.ts";

const BRAKES: OrderDeps["brakes"] = {
  expiresAfterMs: 300_000,
  orderGroup: () => Promise.resolve("group"),
  killFile: () => null,
};
const clock = { now: () => NOW, speed: 60 };

let cloned: ClonedDatabase;
let senders: pg.Pool;
let onlySender: pg.Pool;
let games = 0;
let game: GameRef;
beforeAll(async () => {
  cloned = await cloneDatabase();
  const onConnectionLost = (): void => undefined;
  senders = openPool({ url: cloned.url, poolSize: 4, name: "send", onConnectionLost });
  onlySender = openPool({ url: cloned.url, poolSize: 1, name: "send", onConnectionLost });
});
afterAll(async () => {
  await senders.end();
  await onlySender.end();
  await cloned.drop();
});
beforeEach(async () => {
  games += 1;
  const eventTicker = `KXNBAGAME-26NOV20BOSNYK${games}`;
  game = {
    gameId: await addGame(cloned.db, eventTicker),
    runId: RUN_ID,
    mode: "paper",
    eventTicker,
    home: "NYK",
    away: "BOS",
    tradingDate: "2026-11-20",
    tipAt: NOW,
    espnEventId: null,
    nbaGameId: null,
    markets: [{ ticker: `${eventTicker}-NYK`, team: "home", exchangeIndex: 0 }],
  };
});

/** A venue that knows what was sent to it, and answers a create as the test says. */
class ToldVenue {
  readonly orders: VenueOrder[] = [];
  sent = 0;
  answer: (order: VenueOrder) => Promise<CreateOutcome> = (order) => this.take(order);

  /** Whether the venue's rate budget allows an order. */
  isPaid = true;

  take(order: VenueOrder): Promise<CreateOutcome> {
    if (this.orders.some((one) => one.clientOrderId === order.clientOrderId)) {
      return Promise.resolve({ kind: "duplicate" });
    }
    this.orders.push(order);
    const { venueOrderId, filled, remaining } = order;
    return Promise.resolve({ kind: "accepted", venueOrderId, filled, remaining, isClosed: false });
  }

  /** Only what placing an order asks of a venue. */
  asVenue(): Venue {
    type Asked =
      | "payForOrder"
      | "createOrder"
      | "order"
      | "orders"
      | "fills"
      | "positions"
      | "settlements";
    const part: Pick<Venue, Asked> = {
      payForOrder: () => Promise.resolve(this.isPaid),
      createOrder: ({ clientOrderId, count, ...order }) => {
        this.sent += 1;
        return this.answer({
          ...order,
          venueOrderId: `v-${clientOrderId}`,
          clientOrderId,
          status: "resting",
          count,
          filled: countCenti(0),
          remaining: count,
          fees: 0 as VenueOrder["fees"],
          createdAt: NOW,
          updatedAt: null,
        });
      },
      order: (id) => Promise.resolve(this.orders.find((one) => one.venueOrderId === id) ?? null),
      orders: () => Promise.resolve(this.orders),
      fills: () => Promise.resolve([]),
      positions: () => Promise.resolve([]),
      settlements: () => Promise.resolve([]),
    };
    return part as Venue; // Test boundary: anything else would throw.
  }
}

function depsOf(venue: ToldVenue): OrderDeps {
  return {
    db: cloned.db,
    senders,
    venue: venue.asVenue(),
    clock,
    fees: { schedule: () => Promise.resolve(FEES) },
    alarms: { raise: () => undefined, clear: () => undefined, flush: () => Promise.resolve() },
    breakers: NO_BREAKERS,
    hub: NO_HUB,
    intents: createIntentQueue(cloned.db, () => Promise.resolve(LIMITS)),
    limits: IN_FORCE,
    mode: "paper",
    readInputs: (_game, intent) => Promise.resolve(inputsOf(intent)),
    brakes: BRAKES,
    log: SILENT,
  };
}

function requestOf(intent: OrderIntent): PlaceRequest {
  return {
    occasion: occasionOfGame(game),
    intent,
    intentKey: `${game.gameId}/1`,
    parentId: null,
    decisionId: `${game.gameId}#1`,
    quote: { bidMicros: 490_000, askMicros: 500_000, receivedAt: NOW, receivedWallMs: wallNow() },
    basis: BASIS,
  };
}

function anEntry(): OrderIntent {
  const intent = intentOf(game.gameId);
  return { ...intent, plan: { ...intent.plan, timeInForce: "good_till_canceled" } };
}

/** An order that a process had handed to the wire when it died, so many milliseconds ago. */
async function submittedBefore(wallMs: number): Promise<ClientOrderId> {
  const { intentKey, intent } = requestOf(anEntry());
  const clientOrderId = clientOrderIdOf(intentKey);
  await record(cloned.db, proposalOf(game.gameId, intent, { clientOrderId, intentKey }));
  await applyOrderUpdate(cloned.db, {
    clientOrderId,
    update: { kind: "submitted" },
    at: NOW,
    sentWallMs: wallNow() - wallMs,
  });
  return clientOrderId;
}

async function rowOf(clientOrderId: string): Promise<OrderRow | null> {
  return await findOrder(cloned.db, clientOrderId as ClientOrderId); // Test boundary.
}

it("does not call an order absent while its request is on the wire", async () => {
  const venue = new ToldVenue();
  const deps = depsOf(venue);
  const clientOrderId = clientOrderIdOf(`${game.gameId}/1`);
  let meanwhile: OrderRow | null = null;
  venue.answer = async (order) => {
    // Reconciliation looks just now, and the venue does not know the order yet.
    meanwhile = await syncOrder(deps, clientOrderId);
    return await venue.take(order);
  };
  const placed = await createOrderActivities(deps).placeOrder(requestOf(anEntry()));
  expect(meanwhile).toMatchObject({ status: "submitted" });
  expect(placed).toMatchObject({ kind: "order", status: "working", isOver: false });
  expect(await rowOf(clientOrderId)).toMatchObject({ status: "working" });
});

it("sends again, under the same id, what was cut off a moment ago and is not at the venue", async () => {
  const venue = new ToldVenue();
  const clientOrderId = await submittedBefore(1_000);
  const placed = await createOrderActivities(depsOf(venue)).placeOrder(requestOf(anEntry()));
  expect(venue.sent).toBe(1);
  expect(placed).toMatchObject({ kind: "order", clientOrderId, status: "working" });
});

it("sends no entry that was intended long ago: it counts until it is proven absent", async () => {
  const venue = new ToldVenue();
  const deps = depsOf(venue);
  const { intentKey, intent } = requestOf(anEntry());
  const clientOrderId = clientOrderIdOf(intentKey);
  await record(cloned.db, proposalOf(game.gameId, intent, { clientOrderId, intentKey }));
  const set = (times: Partial<OrderRow>) =>
    cloned.db
      .updateTable("orders")
      .set(times)
      .where("client_order_id", "=", clientOrderId)
      .execute();
  const anHourAgo = new Date(Date.now() - 3_600_000);
  await set({ intended_at: new Date(NOW - 3_600_000), recorded_at: anHourAgo });
  const placed = await createOrderActivities(deps).placeOrder(requestOf(anEntry()));
  expect(placed).toMatchObject({ kind: "order", clientOrderId, status: "unknown", isOver: false });
  expect((await rowOf(clientOrderId))?.reserved_micros).toBeGreaterThan(0);
  await set({ updated_at: anHourAgo });
  expect(await syncOrder(deps, clientOrderId)).toMatchObject({ reject_code: "absent" });
  expect(venue.sent).toBe(0);
});

it("does not take the refusal of a second request for proof that the first never came", async () => {
  const venue = new ToldVenue();
  const clientOrderId = await submittedBefore(1_000);
  venue.answer = () =>
    Promise.resolve({ kind: "rejected", code: "insufficient_balance", message: "no cash is left" });
  const placed = await createOrderActivities(depsOf(venue)).placeOrder(requestOf(anEntry()));
  expect(placed).toMatchObject({ kind: "order", status: "unknown", isOver: false });
  expect((await rowOf(clientOrderId))?.reserved_micros).toBeGreaterThan(0);
});

it("starts anew, with a second request, the time in which absence proves nothing", async () => {
  const venue = new ToldVenue();
  const clientOrderId = await submittedBefore(4_000);
  const before = await rowOf(clientOrderId);
  venue.answer = () => Promise.reject(new Error("the process dies here"));
  const placing = createOrderActivities(depsOf(venue)).placeOrder(requestOf(anEntry()));
  await expect(placing).rejects.toThrow("dies here");
  const after = await rowOf(clientOrderId);
  expect(after?.status).toBe("submitted");
  expect((after?.sent_wall_ms ?? 0) - (before?.sent_wall_ms ?? 0)).toBeGreaterThan(3_000);
});

it("calls an order absent once its request can no longer arrive", async () => {
  const clientOrderId = await submittedBefore(6_000);
  const row = await syncOrder(depsOf(new ToldVenue()), clientOrderId);
  expect(row).toMatchObject({ status: "rejected", reject_code: "absent" });
});

it("does not send what another attempt brought to its end while this one waited", async () => {
  const venue = new ToldVenue();
  const deps = depsOf(venue);
  const { intentKey, intent } = requestOf(anEntry());
  const clientOrderId = clientOrderIdOf(intentKey);
  await record(cloned.db, proposalOf(game.gameId, intent, { clientOrderId, intentKey }));
  // The sender's only connection is taken; by the time it is free, the order is over.
  const taken = await onlySender.connect();
  const activities = createOrderActivities({ ...deps, senders: onlySender });
  const placing = activities.placeOrder(requestOf(anEntry()));
  while (onlySender.waitingCount === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const update = { kind: "rejected", code: "kill_switch" } as const;
  await applyOrderUpdate(cloned.db, { clientOrderId, update, at: NOW });
  taken.release();
  const placed = await placing;
  expect(venue.sent).toBe(0);
  expect(placed).toMatchObject({ kind: "order", status: "rejected", isOver: true });
});

it("counts in full what was sent before a kill and may still arrive", async () => {
  const venue = new ToldVenue();
  const clientOrderId = await submittedBefore(1_000);
  const kill = { killId: `kill-${games}`, mode: "paper", level: "cancel-all" } as const;
  await throwKill(cloned.db, { ...kill, reason: "test", by: "test" });
  const placed = await createOrderActivities(depsOf(venue)).placeOrder(requestOf(anEntry()));
  await liftKills(cloned.db, { mode: "paper", by: "test", reason: "test" });
  expect(venue.sent).toBe(0);
  expect(placed).toMatchObject({ kind: "order", status: "unknown", isOver: false });
  const row = await rowOf(clientOrderId);
  expect(row !== null && !isTerminal(row.status) && row.reserved_micros > 0).toBe(true);
});

it("counts in full what an earlier attempt may have sent though its stamp is lost, once a kill stands", async () => {
  const venue = new ToldVenue();
  const { intentKey, intent } = requestOf(anEntry());
  const clientOrderId = clientOrderIdOf(intentKey);
  await record(cloned.db, proposalOf(game.gameId, intent, { clientOrderId, intentKey }));
  const kill = { killId: `kill-lost-${games}`, mode: "paper", level: "cancel-all" } as const;
  await throwKill(cloned.db, { ...kill, reason: "test", by: "test" });
  const placed = await createOrderActivities(depsOf(venue)).placeOrder(requestOf(anEntry()));
  await liftKills(cloned.db, { mode: "paper", by: "test", reason: "test" });
  expect(venue.sent).toBe(0);
  expect(placed).toMatchObject({ kind: "order", status: "unknown", isOver: false });
});

it("sends nothing that the budget does not pay in time, and counts in full what may have been sent before", async () => {
  const venue = new ToldVenue();
  venue.isPaid = false;
  const placed = await createOrderActivities(depsOf(venue)).placeOrder(requestOf(anEntry()));
  expect(placed).toMatchObject({ kind: "order", status: "rejected", isOver: true });
  const again = requestOf(anEntry());
  const { intentKey, intent } = { ...again, intentKey: `${again.intentKey}/again` };
  const clientOrderId = clientOrderIdOf(intentKey);
  await record(cloned.db, proposalOf(game.gameId, intent, { clientOrderId, intentKey }));
  const repeated = await createOrderActivities(depsOf(venue)).placeOrder({ ...again, intentKey });
  expect(repeated).toMatchObject({ kind: "order", status: "unknown", isOver: false });
  expect(venue.sent).toBe(0);
});

it("leaves no trace of a sending on an order that our client kept back after it was stamped", async () => {
  const venue = new ToldVenue();
  const message = "not sent in time: budget spent";
  const { orders: before } = await slateView(cloned.db, RUN_ID);
  venue.answer = () => Promise.resolve({ kind: "rejected", code: "not_sent", message });
  const placed = await createOrderActivities(depsOf(venue)).placeOrder(requestOf(anEntry()));
  expect(await rowOf(placed.clientOrderId)).toMatchObject({
    ...{ status: "rejected", reject_code: "not_sent", submitted_at: null, sent_wall_ms: null },
    reserved_micros: 0,
  });
  expect((await slateView(cloned.db, RUN_ID)).orders).toBe(before);
  const breaks = await executionFacts(cloned.db, "paper", { from: instant(NOW - 1), to: NOW });
  venue.answer = () => Promise.resolve({ kind: "rejected", code: "invalid_order", message: "no" });
  const { intentKey, decisionId, ...request } = requestOf(anEntry());
  const other = { intentKey: `${intentKey}/other`, decisionId: `${decisionId}/other` };
  const refused = await createOrderActivities(depsOf(venue)).placeOrder({ ...request, ...other });
  expect(await rowOf(refused.clientOrderId)).toMatchObject({ submitted_at: new Date(NOW) });
  // Only the venue's own refusal counts as a failure of the venue.
  const after = await executionFacts(cloned.db, "paper", { from: instant(NOW - 1), to: NOW });
  expect(after.rejected - breaks.rejected).toBe(1);
  expect((await slateView(cloned.db, RUN_ID)).orders).toBe(before + 1);
});

it("stamps the order before its request leaves", async () => {
  const venue = new ToldVenue();
  let atTheWire: OrderRow | null = null;
  venue.answer = async (order) => {
    atTheWire = await rowOf(order.clientOrderId ?? "");
    return await venue.take(order);
  };
  const placed = await createOrderActivities(depsOf(venue)).placeOrder(requestOf(anEntry()));
  expect(atTheWire).toMatchObject({ status: "submitted", submitted_at: new Date(NOW) });
  const updates = await updatesOfOrder(cloned.db, placed.clientOrderId as ClientOrderId);
  expect(updates.map(({ kind }) => kind)).toEqual(["submitted", "acknowledged"]);
});

it("asks to cancel what still rests while a kill stands, though nobody told its workflow", async () => {
  const venue = new ToldVenue();
  const deps = depsOf(venue);
  const intent = anEntry();
  const { clientOrderId } = await createOrderActivities(deps).placeOrder(requestOf(intent));
  const kill = { killId: `kill-${games}`, mode: "paper", level: "no-entries" } as const;
  await throwKill(cloned.db, { ...kill, reason: "test", by: "test" });
  const books = { learn: () => undefined, view: () => null };
  const stream = { subscribe: () => () => undefined, resync: () => undefined };
  const hub = new MarketHub({ stream, clock, log: SILENT });
  const request = {
    occasion: occasionOfGame(game),
    intent,
    clientOrderId,
    placedAt: NOW,
    replacements: 0,
  };
  const advice = await follow(
    { ...deps, books, hub, config: CONFIG, limits: IN_FORCE },
    { ...request, isCanceling: false, stopBecause: null },
    AbortSignal.abort(),
  );
  await liftKills(cloned.db, { mode: "paper", by: "test", reason: "test" });
  expect(advice).toMatchObject({ kind: "advice", advice: "cancel", plan: null });
});
