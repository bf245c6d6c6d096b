import { WorkflowNotFoundError } from "@temporalio/client";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Venue, VenueOrder } from "../core/domain/venue.ts";
import { countCenti, usdMicros } from "../core/domain/units.ts";
import { deposit } from "../schema/queries/ledger.ts";
import { applyOrderUpdate, findOrder, type OrderRow } from "../schema/queries/orders.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { addGame, approve, FEES, intentOf, NOW, proposalOf, RUN_ID } from "../test/db/night.ts";
import { NO_BREAKERS } from "../test/support/breakers.ts";
import { NO_HUB } from "../test/support/hub.ts";
import { NO_FEEDS } from "../test/support/feeds.ts";
import { ONE_NIGHT } from "../test/support/one-night.ts";
import { SILENT } from "../test/support/kalshi.ts";
import { workflowsSaid } from "../test/support/order-workflows.ts";
import { createReconcileActivities } from "./reconcile.ts";

let cloned: ClonedDatabase;
let games = 0;
let gameId = "";
beforeAll(async () => {
  cloned = await cloneDatabase();
  await addGame(cloned.db);
  await deposit(cloned.db, {
    mode: "paper",
    depositId: "opening-balance",
    amount: usdMicros(0),
    runId: RUN_ID,
    at: NOW,
  });
});
afterAll(() => cloned.drop());
beforeEach(async () => {
  games += 1;
  gameId = await addGame(cloned.db, `KXNBAGAME-26NOV20BOSNYK${games}`);
});

/** Reconciles with these orders at the venue; `describe` answers for every workflow. @returns what it canceled. */
async function reconcile(
  ...[resting, describe, change]: Parameters<typeof comparing>
): Promise<readonly string[]> {
  const { activities, canceled } = comparing(resting, describe, change);
  await activities.reconcile({ mode: "paper", runId: RUN_ID });
  return canceled;
}

function comparing(
  resting: VenueOrder[],
  describe: (workflowId: string) => Promise<{ status: { name: string } }>,
  change: Partial<Parameters<typeof createReconcileActivities>[0]> = {},
) {
  const canceled: string[] = [];
  const venue: Partial<Venue> = {
    order: (id) => Promise.resolve(resting.find((one) => one.venueOrderId === id) ?? null),
    orders: () => Promise.resolve(resting),
    fills: () => Promise.resolve([]),
    positions: () => Promise.resolve([]),
    settlements: () => Promise.resolve([]),
    transfers: () => Promise.resolve([]),
    balance: () => Promise.resolve({ cash: usdMicros(0), byShard: [] }),
    cancelOrder: ({ venueOrderId }) => {
      canceled.push(venueOrderId);
      return Promise.resolve({ kind: "not-found" });
    },
  };
  const activities = createReconcileActivities({
    db: cloned.db,
    venue: venue as Venue, // Test boundary: anything else would throw.
    clock: { now: () => NOW, speed: 60 },
    fees: { schedule: () => Promise.resolve(FEES) },
    alarms: { raise: () => undefined, clear: () => undefined, flush: () => Promise.resolve() },
    breakers: NO_BREAKERS,
    hub: NO_HUB,
    log: SILENT,
    feeds: NO_FEEDS,
    client: workflowsSaid(describe),
    ...ONE_NIGHT,
    ...change,
  });
  return { activities, canceled };
}

const gone = (): Promise<never> =>
  Promise.reject(new WorkflowNotFoundError("gone", "w", undefined));

/** An order that was written down, and for a minute and more nothing happened. */
async function oldOrder(): Promise<OrderRow> {
  const order = await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
  await sql`update orders set recorded_at = now() - interval '2 minutes'
    where client_order_id = ${order.client_order_id}`.execute(cloned.db);
  return order;
}

async function working(order: OrderRow): Promise<VenueOrder> {
  const { client_order_id: clientOrderId } = order;
  const resting = venueOrderOf(order);
  const { venueOrderId } = resting;
  const apply = { clientOrderId, at: NOW, sentWallMs: 1 };
  await applyOrderUpdate(cloned.db, { ...apply, update: { kind: "submitted" } });
  await applyOrderUpdate(cloned.db, { ...apply, update: { kind: "acknowledged", venueOrderId } });
  return resting;
}

/** The order as the venue shows it while it rests. */
function venueOrderOf(order: OrderRow): VenueOrder {
  const { client_order_id: clientOrderId, market_ticker: marketTicker } = order;
  const count = order.count_centi;
  return {
    venueOrderId: `v-${clientOrderId}`,
    clientOrderId,
    marketTicker,
    exchangeIndex: 0,
    side: "bid",
    price: order.price_micros,
    status: "resting",
    count,
    filled: countCenti(0),
    remaining: count,
    fees: usdMicros(0),
    createdAt: NOW,
    updatedAt: null,
  };
}

it("cancels a resting order that no workflow follows", async () => {
  const resting = await working(await oldOrder());
  expect(await reconcile([resting], gone)).toEqual([resting.venueOrderId]);
});

it("cancels nothing when it cannot ask who follows an order", async () => {
  const resting = await working(await oldOrder());
  const away = (): Promise<never> => Promise.reject(new Error("the server is away"));
  await expect(reconcile([resting], away)).rejects.toThrow("the server is away");
  const row = await findOrder(cloned.db, resting.clientOrderId ?? ("" as never));
  expect(row?.status).toBe("working");
});

it("keeps an order whose stamp of sending was lost with the database, and cancels it", async () => {
  const order = await oldOrder();
  const resting = venueOrderOf(order);
  expect(await reconcile([resting], gone)).not.toContain(resting.venueOrderId);
  expect(await findOrder(cloned.db, order.client_order_id)).toMatchObject({
    status: "working",
    venue_order_id: resting.venueOrderId,
  });
  await sql`update orders set updated_at = now() - interval '2 minutes'
    where client_order_id = ${order.client_order_id}`.execute(cloned.db);
  expect(await reconcile([resting], gone)).toContain(resting.venueOrderId);
});

it("ends an order that was never sent once nobody is left to send it", async () => {
  const order = await oldOrder();
  await reconcile([], () => Promise.resolve({ status: { name: "RUNNING" } }));
  expect(await findOrder(cloned.db, order.client_order_id)).toMatchObject({ status: "intended" });
  await reconcile([], gone);
  // Absence proves nothing before a request can no longer arrive.
  expect(await findOrder(cloned.db, order.client_order_id)).toMatchObject({ status: "unknown" });
  await sql`update orders set updated_at = now() - interval '1 minute'
    where client_order_id = ${order.client_order_id}`.execute(cloned.db);
  await reconcile([], gone);
  expect(await findOrder(cloned.db, order.client_order_id)).toMatchObject({
    status: "rejected",
    reject_code: "absent",
    reserved_micros: 0,
  });
});

describe("when the account is another than the ledger's", () => {
  const raised: string[] = [];
  const alarms = {
    raise: ({ code }: { readonly code: string }) => void raised.push(code),
    clear: () => undefined,
    flush: () => Promise.resolve(),
  };
  beforeEach(async () => {
    raised.length = 0;
    await deposit(cloned.db, {
      mode: "paper",
      depositId: `beyond-the-venue-${games}`,
      amount: usdMicros(1_000_000),
      runId: RUN_ID,
      at: NOW,
    });
  });

  it("says so", async () => {
    await reconcile([], gone, { alarms });
    expect(raised).toContain("reconciliation_difference");
  });

  it("says nothing of an account whose night no run has begun, but that it was not compared", async () => {
    const asked: string[] = [];
    const isBetweenNights = (mode: string): Promise<boolean> => {
      asked.push(mode);
      return Promise.resolve(true);
    };
    const { activities } = comparing([], gone, { alarms, isBetweenNights });
    const result = await activities.reconcile({ mode: "paper", runId: RUN_ID });
    expect(result).toMatchObject({ skipped: "other_night", differences: [], cash: null });
    // For the books that are compared, whichever mode the worker is of.
    expect(asked).toEqual(["paper"]);
    expect(raised).toEqual([]);
  });

  it("says nothing when the next night was loaded while it looked", async () => {
    const answers = [false, true];
    const isBetweenNights = (): Promise<boolean> => Promise.resolve(answers.shift() ?? true);
    const { activities } = comparing([], gone, { alarms, isBetweenNights });
    const result = await activities.reconcile({ mode: "paper", runId: RUN_ID });
    expect(result).toMatchObject({ skipped: "other_night", differences: [] });
    expect(answers).toEqual([]);
    expect(raised).toEqual([]);
  });
});

it("says which of both it was that nothing could be compared for, and that it compared", async () => {
  const { activities } = comparing([], gone);
  const without = await activities.reconcile({ mode: "shadow", runId: null });
  expect(without).toMatchObject({ skipped: "no_books", cash: null });
  const compared = await activities.reconcile({ mode: "paper", runId: RUN_ID });
  expect(compared).toMatchObject({ skipped: null, cash: { venue: 0 } });
});
