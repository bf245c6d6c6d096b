import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { required } from "../core/domain/assert.ts";
import { occasionOfGame } from "../core/domain/occasion.ts";
import type { RiskLimits } from "../core/domain/risk.ts";
import { usdMicros } from "../core/domain/units.ts";
import { CONFIG } from "../core/strategies/testing/inputs.ts";
import { cashIdentity } from "../schema/queries/ledger.ts";
import { throwKill } from "../schema/queries/kill.ts";
import { liftKills } from "../test/db/lift-kills.ts";
import { openOrders } from "../schema/queries/orders.ts";
import { BASIS, IN_FORCE, intentOf, LIMITS } from "../test/db/night.ts";
import { type KillRig, startKillRig } from "../test/support/kill-rig.ts";
import { createDrillActivities, type DrillBid } from "./drill.ts";
import { follow, type FollowDeps } from "./follow-order.ts";
import { createIntentQueue } from "./intent-queue.ts";
import { createKillActivities, type RunningWorkflows } from "./kill.ts";
import { createOrderActivities, type PlaceResult } from "./place-order.ts";

const NOBODY: RunningWorkflows = {
  list: async function* () {},
  getHandle: () => ({ signal: () => Promise.reject(new Error("nobody runs")) }),
};

let rig: KillRig;
let drills = 0;
beforeAll(async () => {
  rig = await startKillRig(3);
}, 120_000);
afterEach(() => liftKills(rig.cloned.db, { mode: "paper", by: "test", reason: "over" }));
afterAll(() => rig.stop(), 120_000);

/** Plans and places as the workflow does. */
async function rest(
  limits: Partial<RiskLimits> = {},
): Promise<{ readonly bids: readonly DrillBid[]; readonly placed: readonly PlaceResult[] }> {
  drills += 1;
  const under = { ...LIMITS, ...limits };
  const { db } = rig.cloned;
  const intents = createIntentQueue(db, () => Promise.resolve(under));
  const orders = createOrderActivities({ ...rig.orderDeps, intents });
  const bids = await createDrillActivities(rig.orderDeps).planDrill({ mode: "paper" });
  const placed: PlaceResult[] = [];
  for (const [index, bid] of bids.entries()) {
    const intentKey = `drill-${drills}/${index + 1}`;
    const named = { intentKey, decisionId: intentKey, parentId: null };
    placed.push(await orders.placeOrder({ ...bid, ...named }));
  }
  return { bids, placed };
}

/** A book that no order of a strategy would rest in. */
const STALE = {
  view: () => ({ staleBecause: "silent", staleForMs: 60_000 }),
} as unknown as FollowDeps["books"]; // Test boundary: of a stale book no more is looked at.

/** How a look at each of them ends, as the workflow that follows it has it. */
async function followed(
  bids: readonly DrillBid[],
  placed: readonly PlaceResult[],
  books: FollowDeps["books"],
): Promise<readonly string[]> {
  const deps = { ...rig.deps, books, config: CONFIG, limits: IN_FORCE };
  const kinds: string[] = [];
  for (const [index, { occasion, intent }] of bids.entries()) {
    const result = placed[index];
    const { clientOrderId, at: placedAt } = required(result, "a bid that was placed");
    const order = { occasion, intent, clientOrderId, placedAt };
    const request = { ...order, replacements: 0, isCanceling: false, stopBecause: null };
    kinds.push((await follow(deps, request, AbortSignal.abort())).kind);
  }
  return kinds;
}

const ordersOf = (drill: number) =>
  rig.cloned.db
    .selectFrom("orders")
    .innerJoin("intents", "intents.client_order_id", "orders.client_order_id")
    .selectAll("orders")
    .select("intents.intent_key")
    .where("intents.intent_key", "like", `drill-${drill}/%`)
    .orderBy("intents.intent_key")
    .execute();

it("leaves an intent, a reservation and a request of each bid, and each ends canceled by the kill", async () => {
  const { bids, placed } = await rest();
  expect(placed).toHaveLength(5);
  expect(placed.map((one) => one.kind === "order" && one.status)).toEqual(
    placed.map(() => "working"),
  );
  const rows = await ordersOf(drills);
  const venue = await rig.venue.orders({ status: "resting" });
  expect(venue.map(({ clientOrderId }) => clientOrderId).sort()).toEqual(
    rows.map(({ client_order_id }) => client_order_id).sort(),
  );
  for (const row of rows) {
    expect(row).toMatchObject({ strategy: "drill", purpose: "entry", is_post_only: true });
    // A contract at 1 cent, and the taker's fee should it be met: rounded up to a cent.
    expect(row.reserved_micros).toBeGreaterThanOrEqual(10_000);
  }
  const requests = await rig.cloned.db
    .selectFrom("audit_log")
    .select("subject")
    .where("kind", "=", "order-request")
    .where("actor", "=", "drill")
    .execute();
  expect(requests).toHaveLength(rows.length);

  expect(await followed(bids, placed, STALE)).toEqual(placed.map(() => "chunk"));
  const kill = { killId: `drill-${drills}`, level: "cancel-all", reason: "drill" } as const;
  const request = { ...kill, mode: "paper", by: "test" } as const;
  await throwKill(rig.cloned.db, request);
  const { sweepVenue } = createKillActivities({ ...rig.deps, client: { workflow: NOBODY } });
  while (!(await sweepVenue(request)).isDone);
  expect(await followed(bids, placed, rig.deps.books)).toEqual(placed.map(() => "over"));
  expect((await ordersOf(drills)).map(({ status }) => status)).toEqual(rows.map(() => "canceled"));
  expect(await openOrders(rig.cloned.db, "paper")).toEqual([]);
  expect(await cashIdentity(rig.cloned.db, "paper")).toMatchObject({ difference: 0, imbalance: 0 });
});

it.each<[string, Partial<RiskLimits>]>([
  ["total_capital", { maxTotalCapital: usdMicros(0) }],
  ["exposure_cap", { exposureCap: usdMicros(0) }],
  ["trades_per_day", { maxTradesPerDay: 0 }],
])("sends nothing where %s leaves nothing: the intent says by which rule", async (code, limits) => {
  const sentBefore = (await rig.journaled()).length;
  const { placed } = await rest(limits);
  expect(placed.map((one) => one.kind === "refused" && one.code)).toEqual(placed.map(() => code));
  expect((await rig.journaled()).length).toBe(sentBefore);
  const kept = await rig.cloned.db
    .selectFrom("intents")
    .select("refusal_code")
    .where("intent_key", "like", `drill-${drills}/%`)
    .execute();
  expect(kept.map(({ refusal_code }) => refusal_code)).toEqual(placed.map(() => code));
  expect(placed).toHaveLength(5);
});

it("counts what a drill rests in the caps and throttles of every order that follows", async () => {
  const { placed } = await rest({ maxTradesPerDay: 7 });
  // Five bids of the first drill, and two of this one.
  expect(placed.map(({ kind }) => kind)).toEqual([
    "order",
    "order",
    ...placed.slice(2).map(() => "refused"),
  ]);
});

it("is no attempt of a strategy: a game with a drill's bids can be entered, before tip too", async () => {
  const { db } = rig.cloned;
  await db
    .updateTable("games")
    .set({ tip_at: new Date("2026-12-01") })
    .execute();
  await rest();
  const bids = await ordersOf(drills);
  expect(bids.map(({ phase, status }) => `${phase} ${status}`)).toEqual(
    bids.map(() => "pregame working"),
  );
  const shared = { ...LIMITS, positionScope: "shared", maxEntriesPerGame: 1 } as const;
  const intents = createIntentQueue(db, () => Promise.resolve(shared));
  const { placeOrder } = createOrderActivities({ ...rig.orderDeps, intents });
  const game = required(rig.games[0], "a game");
  const marketTicker = required(game.markets[0], "its home market").ticker;
  const pregame = { strategy: "pregame-anchored", phase: "pregame" } as const;
  const now = rig.orderDeps.clock.now();
  const entered = await placeOrder({
    occasion: occasionOfGame(game),
    intent: { ...intentOf(game.gameId, pregame), marketTicker, exchangeIndex: 3 },
    ...{ intentKey: "entry/1", decisionId: "entry/1", parentId: null },
    quote: { bidMicros: 500_000, askMicros: 510_000, receivedAt: now, receivedWallMs: 0 },
    basis: { ...BASIS, decidedAt: now, forecastKnownAt: now, modelKnownAt: now },
  });
  expect(entered).toMatchObject({ kind: "order" });
});

it("plans nothing where no night is played, and nothing near the market", async () => {
  const { orderDeps } = rig;
  const near = {
    ...orderDeps.venue,
    orderBook: async (ticker: string) => {
      const book = await orderDeps.venue.orderBook(ticker);
      return { ...book, yes: book.yes.map(([, size]) => [100_000 as never, size] as const) };
    },
  };
  const plan = createDrillActivities({ ...orderDeps, venue: near });
  expect(await plan.planDrill({ mode: "paper" })).toEqual([]);
  expect(await createDrillActivities(orderDeps).planDrill({ mode: "shadow" })).toEqual([]);
});
