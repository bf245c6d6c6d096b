import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Occasion } from "../core/domain/occasion.ts";
import type { OrderIntent } from "../core/domain/order.ts";
import { LINEAR_CENT } from "../core/domain/price-grid.ts";
import { countCenti, priceMicros } from "../core/domain/units.ts";
import type { Venue, VenueOrder } from "../core/domain/venue.ts";
import { CONFIG } from "../core/strategies/testing/inputs.ts";
import { applyOrderUpdate, type OrderRow } from "../schema/queries/orders.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import {
  addGame,
  approve,
  FEES,
  intentOf,
  LIMITS,
  NOW,
  proposalOf,
  RUN_ID,
} from "../test/db/night.ts";
import { NO_BREAKERS } from "../test/support/breakers.ts";
import { SILENT } from "../test/support/kalshi.ts";
import { follow, type FollowDeps } from "./follow-order.ts";
import { MarketHub } from "./market-hub.ts";

const clock = { now: () => NOW, speed: 60 };
const cents = (value: number) => priceMicros(value * 10_000);

let cloned: ClonedDatabase;
let games = 0;
let gameId = "";
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop());
beforeEach(async () => {
  games += 1;
  gameId = await addGame(cloned.db, `KXNBAGAME-26NOV20BOSNYK${games}`);
});

/** What rests at 47 and may pay 48, worth 54. */
function resting(): OrderIntent {
  return intentOf(gameId, {
    limitPrice: cents(48),
    fairValue: cents(54),
    edgeMicros: 65_641,
    plan: {
      price: cents(47),
      timeInForce: "good_till_canceled",
      isPostOnly: true,
      expectedFillProbability: 0.5,
      expectedPrice: cents(47),
    },
    mayTakeFallback: true,
  });
}

/** An order that the venue has, and has not filled. */
async function working(intent: OrderIntent): Promise<OrderRow> {
  const { client_order_id: clientOrderId } = await approve(cloned.db, proposalOf(gameId, intent));
  const venueOrderId = `v-${clientOrderId}`;
  const update = { kind: "acknowledged", venueOrderId } as const;
  await applyOrderUpdate(cloned.db, { clientOrderId, update: { kind: "submitted" }, at: NOW });
  return await applyOrderUpdate(cloned.db, { clientOrderId, update, at: NOW });
}

/** Test boundary: the venue is asked for an order by its id, and for nothing else. */
const venue = {
  order: (venueOrderId: string) =>
    Promise.resolve({ venueOrderId, status: "resting", filled: countCenti(0) } as VenueOrder),
} as Venue;

/** What one look says at a market with this bid and ask, so long after the intent was placed. */
async function lookAt(
  row: OrderRow,
  intent: OrderIntent,
  at: { bid: number; ask: number; elapsedMs: number; minEdgeMicros: number },
) {
  const size = countCenti(100_000);
  const [bid, ask] = [cents(at.bid), cents(at.ask)];
  const quote = {
    marketTicker: row.market_ticker,
    bid,
    bidSize: size,
    ask,
    askSize: size,
    quotedAt: NOW,
    receivedAt: NOW,
  };
  const view = { quote, grid: LINEAR_CENT, fees: FEES, staleBecause: null, recentVolume: null };
  const limits = { ...LIMITS, minEdgeMicros: at.minEdgeMicros };
  const stream = { subscribe: () => () => undefined, resync: () => undefined };
  const deps: FollowDeps = {
    db: cloned.db,
    ...{ venue, clock, breakers: NO_BREAKERS, log: SILENT },
    fees: { schedule: () => Promise.resolve(FEES) },
    alarms: { raise: () => undefined, clear: () => undefined, flush: () => Promise.resolve() },
    hub: new MarketHub({ stream, clock, log: SILENT }),
    books: { learn: () => undefined, view: () => ({ ...view, staleForMs: 0 }) },
    config: CONFIG,
    limits: { ofRun: () => Promise.resolve({ hash: "test", limits }) },
  };
  const occasion: Occasion = {
    ...{ occasionId: gameId, runId: RUN_ID, mode: "paper", domain: "nba" },
    ...{ eventTicker: intent.eventTicker, tradingDate: "2026-11-20", markets: [] },
  };
  const asked = { occasion, intent, clientOrderId: row.client_order_id };
  const state = { replacements: 0, isCanceling: false, stopBecause: null };
  const placedAt = NOW - at.elapsedMs;
  return await follow(deps, { ...asked, ...state, placedAt }, AbortSignal.abort());
}

it("follows what crossed as what it is: an order that does not rest, however long the venue calls it working", async () => {
  const intent = resting();
  const plan = { ...intent.plan, price: cents(48), expectedPrice: cents(48) };
  const took = { ...plan, timeInForce: "immediate_or_cancel", isPostOnly: false } as const;
  const row = await working({ ...intent, plan: took });
  // The workflow goes on to carry the intent as it began.
  const late = { bid: 46, ask: 47, elapsedMs: 120_000, minEdgeMicros: 10_000 };
  expect(await lookAt(row, intent, late)).toMatchObject({ kind: "chunk" });
});

it("renews an order with the plan that it was placed with, not the intent's first", async () => {
  const intent = resting();
  const plan = { ...intent.plan, price: cents(48), expectedPrice: cents(48) };
  const row = await working({ ...intent, plan: { ...plan, expectedFillProbability: 0.25 } });
  const placedAt = NOW - CONFIG.execution.restingExpiryMs;
  await cloned.db
    .updateTable("orders")
    .set({ intended_at: new Date(placedAt) })
    .where("client_order_id", "=", row.client_order_id)
    .execute();
  const early = { bid: 47, ask: 49, elapsedMs: 1_000, minEdgeMicros: 10_000 };
  expect(await lookAt(row, intent, early)).toMatchObject({
    advice: "renew",
    plan: { ...plan, expectedFillProbability: 0.25 },
  });
});

it("crosses by the limits in force where these ask for more than the strategy does", async () => {
  const intent = resting();
  const row = await working(intent);
  const late = { bid: 47, ask: 48, elapsedMs: 60_000 };
  // The strategy asks for 1 cent: at 48, with the taker's fee, 4.25 are left.
  const loose = await lookAt(row, intent, { ...late, minEdgeMicros: 10_000 });
  expect(loose).toMatchObject({ advice: "cross", plan: { price: 480_000 } });
  const strict = await lookAt(row, intent, { ...late, minEdgeMicros: 50_000 });
  expect(strict).toMatchObject({ advice: "cancel", why: "patience_over", plan: null });
});
