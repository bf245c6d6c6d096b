import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import type { OrderIntent } from "../core/domain/order.ts";
import { countCenti, priceMicros } from "../core/domain/units.ts";
import { cash } from "../schema/queries/ledger.ts";
import { resting, taking } from "../scripts/crash-orders/intents.ts";
import type { ArchiveLags } from "../sim/exchange/http/archive.ts";
import { FILLED_AT, HOME } from "../scripts/crash-orders/game.ts";
import {
  ARCHIVED_AT_ONCE,
  closeOrderStages,
  idOf,
  openOrderStage,
  type OrderStage,
} from "../test/orders/open-stage.ts";

const ORDERS = "/orders";
const FILLS = "/fills";
const POST = "POST";

let on: OrderStage;
beforeEach(async () => {
  on = await openOrderStage();
}, 60_000);
afterEach(() => on.close(), 60_000);
afterAll(closeOrderStages);

/** Another stage in place of the first. */
async function reopen(archive: ArchiveLags): Promise<void> {
  await on.close();
  on = await openOrderStage(archive);
}

/** Takes ten contracts in three fills. */
const taker = (): OrderIntent => ({ ...taking(1_000), strategy: "model-edge", phase: "live" });
const maker = (): OrderIntent => resting(20);

async function venueCash(): Promise<number> {
  return (await on.desk.deps.venue.balance()).cash;
}

/** Our books and the account are the same, to the micro-dollar and fill by fill. */
async function expectAgreement(): Promise<void> {
  expect(await on.reconcile()).toMatchObject({ differences: [], foreign: [] });
  expect(await cash(on.stage.db, "paper")).toBe(await venueCash());
}

it.each([
  "timeout-after-accept",
  "500-after-accept",
  "empty-after-accept",
  "reset-after-accept",
] as const)("counts an order in full after %s, and finds the one there is", async (kind) => {
  on.fault(kind, POST);
  const placed = await on.place(taker());
  expect(placed).toMatchObject({ kind: "order", status: "unknown", isOver: false });
  expect((await on.row(idOf(1))).reserved_micros).toBeGreaterThanOrEqual(6_200_000);
  on.heal();
  // Its fills came before anybody acknowledged it.
  expect(await on.sync(idOf(1))).toMatchObject({ status: "filled", filled_centi: 1_000 });
  expect(await on.placedAtExchange(idOf(1))).toBe(1);
  await expectAgreement();
});

it.each(["500", "429", "hang", "html", "reset", "409"] as const)(
  "counts an order in full after %s until the whole account proves that it never came",
  async (kind) => {
    on.fault(kind, POST);
    expect(await on.place(taker())).toMatchObject({ status: "unknown", isOver: false });
    on.heal();
    // Its request may still be on its way: nothing found proves nothing yet.
    expect(await on.sync(idOf(1))).toMatchObject({ status: "unknown" });
    expect((await on.row(idOf(1))).reserved_micros).toBeGreaterThan(0);
    await on.age(idOf(1));
    expect(await on.sync(idOf(1))).toMatchObject({
      status: "rejected",
      reject_code: "absent",
      reserved_micros: 0,
    });
    expect(await on.placedAtExchange(idOf(1))).toBe(0);
    await expectAgreement();
  },
);

it("takes 409 order_already_exists for sent, however long the account hides the order", async () => {
  const order = { ...maker(), isPostOnly: true };
  await on.desk.deps.venue.createOrder(
    {
      clientOrderId: idOf(1),
      marketTicker: HOME,
      exchangeIndex: order.exchangeIndex,
      side: "bid",
      price: order.plan.price,
      count: order.count,
      timeInForce: "good_till_canceled",
      isPostOnly: true,
      isReduceOnly: false,
      selfTradePrevention: "taker_at_cross",
      expiresAtSeconds: null,
      orderGroupId: null,
    },
    2_000,
  );
  on.fault("empty-list", ORDERS);
  expect(await on.place(maker())).toMatchObject({ status: "unknown", isOver: false });
  await on.age(idOf(1));
  expect(await on.sync(idOf(1))).toMatchObject({ status: "unknown", is_known_sent: true });
  on.heal();
  expect(await on.sync(idOf(1))).toMatchObject({ status: "working" });
  expect(await on.placedAtExchange(idOf(1))).toBe(1);
});

it("takes 409 of a killed fill-or-kill for rejected: nothing of it lives", async () => {
  const intent = taker();
  const plan = { ...intent.plan, timeInForce: "fill_or_kill" } as const;
  const placed = await on.place({ ...intent, count: countCenti(90_000), plan });
  expect(placed).toMatchObject({ status: "rejected", isOver: true });
  expect((await on.row(idOf(1))).reject_code).toBe("fill_or_kill_insufficient_resting_volume");
  await expectAgreement();
});

it("asks the archive, the fills and the position before it calls an order absent", async () => {
  await reopen(ARCHIVED_AT_ONCE);
  on.fault("timeout-after-accept", POST);
  await on.place(taker());
  on.heal();
  await on.age(idOf(1));
  // No list of orders shows it: its fills belong to nobody that is known.
  on.fault("empty-list", ORDERS);
  expect(await on.sync(idOf(1))).toMatchObject({ status: "unknown" });
  // No list of fills either: the position is one that nothing explains.
  on.fault("empty-list", FILLS);
  expect(await on.sync(idOf(1))).toMatchObject({ status: "unknown" });
  on.heal();
  // Only the archive has it.
  expect((await on.owner.call("GET", "/portfolio/orders")).body["orders"]).toEqual([]);
  expect(await on.sync(idOf(1))).toMatchObject({ status: "filled" });
  on.heal();
  await expectAgreement();
});

it("finds an order in the archive when its own address no longer knows it", async () => {
  await reopen(ARCHIVED_AT_ONCE);
  await on.place(maker());
  const { venue_order_id: venueOrderId } = await on.row(idOf(1));
  await on.owner.cancel(venueOrderId);
  const path = `/portfolio/orders/${venueOrderId ?? ""}`;
  expect((await on.owner.call("GET", path)).status).toBe(404);
  expect(await on.sync(idOf(1))).toMatchObject({ status: "canceled" });
});

it("does not take 404 on a cancel for gone: the order lives until the account says otherwise", async () => {
  await on.place(maker());
  on.fault("404", "DELETE");
  await on.cancel(idOf(1));
  expect(await on.row(idOf(1))).toMatchObject({ status: "working" });
  on.heal();
  await on.cancel(idOf(1));
  expect(await on.row(idOf(1))).toMatchObject({ status: "canceled", reserved_micros: 0 });
  await expectAgreement();
});

it("waits for fills that the venue counts and does not show yet", async () => {
  on.fault("empty-list", FILLS);
  expect(await on.place(taker())).toMatchObject({ status: "working", filledCenti: 0 });
  expect((await on.row(idOf(1))).reserved_micros).toBeGreaterThan(0);
  on.heal();
  expect(await on.sync(idOf(1))).toMatchObject({ status: "filled", filled_centi: 1_000 });
  await expectAgreement();
});

it.each(["doubled", "reversed"] as const)(
  "books each fill once though the list is %s",
  async (kind) => {
    on.fault(kind, FILLS);
    await on.place(taker());
    const fills = await on.stage.db.selectFrom("fills").select("count_centi").execute();
    expect(fills.map((fill) => fill.count_centi).sort()).toEqual([300, 300, 400]);
    expect(await on.row(idOf(1))).toMatchObject({ status: "filled" });
    on.heal();
    await expectAgreement();
  },
);

it("keeps what filled before a cancel, and gives back the rest", async () => {
  await on.place(maker());
  await on.desk.advanceTo(FILLED_AT);
  await on.cancel(idOf(1));
  expect(await on.row(idOf(1))).toMatchObject({
    status: "canceled",
    filled_centi: 500,
    reserved_micros: 0,
  });
  await expectAgreement();
});

it("books fills that the venue tells only after the cancel", async () => {
  await on.place(maker());
  await on.desk.advanceTo(FILLED_AT);
  on.fault("uncounted-fills", ORDERS);
  await on.cancel(idOf(1));
  expect(await on.row(idOf(1))).toMatchObject({ status: "canceled", filled_centi: 0 });
  on.heal();
  await expectAgreement();
  expect(await on.row(idOf(1))).toMatchObject({ status: "canceled", filled_centi: 500 });
});

it("takes late fills into the settlement", async () => {
  await on.place(maker());
  await on.desk.advanceTo(FILLED_AT);
  on.fault("uncounted-fills", ORDERS);
  await on.cancel(idOf(1));
  on.heal();
  await on.settle();
  const settled = await on.stage.db.selectFrom("settlements").selectAll().execute();
  expect(settled.map((row) => [row.market_ticker, row.position_centi])).toEqual([[HOME, 500]]);
  await expectAgreement();
});

it("attributes fills without our client id by the venue's order id", async () => {
  await on.place(taker());
  const fills = await on.desk.deps.venue.fills({});
  expect(fills.length).toBe(3);
  expect(fills.every(({ clientOrderId }) => clientOrderId === null)).toBe(true);
  const booked = await on.stage.db.selectFrom("fills").select("client_order_id").execute();
  expect(new Set(booked.map((fill) => fill.client_order_id))).toEqual(new Set([idOf(1)]));
});

it("ends an order that its owner made smaller once the venue calls it executed", async () => {
  await on.place(maker());
  const { venue_order_id: venueOrderId } = await on.row(idOf(1));
  const path = `/portfolio/events/orders/${venueOrderId ?? ""}/decrease`;
  await on.owner.call("POST", path, { reduce_to: "5.00", exchange_index: 3 });
  await on.desk.advanceTo(FILLED_AT);
  expect(await on.sync(idOf(1))).toMatchObject({
    status: "canceled",
    filled_centi: 500,
    reserved_micros: 0,
  });
  await expectAgreement();
});

it("cancels what the venue rests of ours although we had called it over", async () => {
  on.fault("500", POST);
  await on.place(maker());
  await on.age(idOf(1));
  on.heal();
  await on.sync(idOf(1));
  // The request comes after all, later than any request may.
  await on.desk.deps.venue.createOrder(
    {
      clientOrderId: idOf(1),
      marketTicker: HOME,
      exchangeIndex: 3,
      side: "bid",
      price: priceMicros(550_000),
      count: countCenti(2_000),
      timeInForce: "good_till_canceled",
      isPostOnly: true,
      isReduceOnly: false,
      selfTradePrevention: "taker_at_cross",
      expiresAtSeconds: null,
      orderGroupId: null,
    },
    2_000,
  );
  await on.reconcile();
  expect(await on.desk.deps.venue.orders({ status: "resting" })).toEqual([]);
});
