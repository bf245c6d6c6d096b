import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import type { RiskLimits } from "../core/domain/risk.ts";
import { usdMicros } from "../core/domain/units.ts";
import { foreignExposureOf } from "../schema/queries/account.ts";
import { openAlarms } from "../schema/queries/alarms.ts";
import { cash, cashIdentity } from "../schema/queries/ledger.ts";
import { resting, taking } from "../scripts/crash-orders/intents.ts";
import { GAME, HOME } from "../scripts/crash-orders/game.ts";
import { proposalOf, record } from "../test/db/night.ts";
import {
  closeOrderStages,
  idOf,
  openOrderStage,
  type OrderStage,
} from "../test/orders/open-stage.ts";
import { watchUnknownOrders } from "./alerts/standing.ts";

let on: OrderStage;
beforeEach(async () => {
  on = await openOrderStage();
}, 60_000);
afterEach(() => on.close(), 60_000);
afterAll(closeOrderStages);

const taker = () => ({ ...taking(1_000), strategy: "model-edge", phase: "live" }) as const;

async function transfer(amountUsd: number): Promise<void> {
  const response = await fetch(`${on.stage.exchange.url}/sim/v1/transfer`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ amountUsd }),
  });
  expect(response.status).toBe(200);
}

async function openCodes(): Promise<readonly string[]> {
  return (await openAlarms(on.stage.db)).map(({ code }) => code);
}

it("finds a manual order, counts it in the capital limit, tells it, and leaves it alone", async () => {
  const { body } = await on.owner.place({ ticker: HOME, price: "0.5000", count: "10.00" });
  const found = await on.reconcile();
  // 10 contracts at 50 cents, and the dearest fee they may cost: 0.07 * 10 * 0.25 = 0.175.
  expect(found).toMatchObject({
    differences: [],
    foreign: [{ marketTicker: HOME, position: 0, restingOrders: 1, atRisk: 5_175_000 }],
  });
  expect(await foreignExposureOf(on.stage.db, "paper")).toMatchObject([
    { at_risk_micros: 5_175_000 },
  ]);
  expect(await openCodes()).toEqual(["foreign_exposure"]);
  const still = await on.desk.deps.venue.order(String(body["order_id"]));
  expect(still?.status).toBe("resting");
  // An entry of 6.36 fits under 11 dollars, but not beside the owner's 5.175.
  const proposal = proposalOf(GAME.gameId, taker(), { runId: GAME.runId });
  const limits = { maxTotalCapital: usdMicros(11_000_000) };
  const outcome = await record(on.stage.db, proposal, limits);
  expect(outcome).toMatchObject({ kind: "refused", code: "total_capital" });
});

it("counts a manual order in its market, its game and its night", async () => {
  await on.owner.place({ ticker: HOME, price: "0.5000", count: "10.00" });
  await on.reconcile();
  // As above: 6.36 beside the owner's 5.175.
  const limit = usdMicros(11_000_000);
  const code = async (limits: Partial<RiskLimits>) => {
    const outcome = await record(
      on.stage.db,
      proposalOf(GAME.gameId, taker(), { runId: GAME.runId }),
      limits,
    );
    return outcome.kind === "refused" ? outcome.code : outcome.kind;
  };
  expect(await code({ maxLossPerMarket: limit })).toBe("market_loss");
  expect(await code({ maxLossPerGame: limit })).toBe("game_loss");
  expect(await code({ maxLossPerSlate: limit })).toBe("slate_loss");
  expect(await code({ maxOpenPositions: 1 })).toBe("open_positions");
  expect(await code({ maxPositionSize: limit })).toBe("approved");
});

it("clears the alarm, and the limit, once the owner has taken the order back", async () => {
  const { body } = await on.owner.place({ ticker: HOME, price: "0.5000", count: "10.00" });
  await on.reconcile();
  await on.owner.cancel(body["order_id"]);
  expect(await on.reconcile()).toMatchObject({ differences: [], foreign: [] });
  expect(await foreignExposureOf(on.stage.db, "paper")).toEqual([]);
  expect(await openCodes()).toEqual([]);
});

it("keeps our positions and cash apart from what the owner trades in the same market", async () => {
  await on.place(taker());
  // The owner sells 6 contracts at 54 that the account holds: ours, by the venue's netting.
  await on.owner.place({
    ticker: HOME,
    side: "ask",
    price: "0.5400",
    count: "6.00",
    time_in_force: "immediate_or_cancel",
  });
  const found = await on.reconcile();
  expect(found.differences).toEqual([]);
  expect(found.foreign).toMatchObject([{ marketTicker: HOME, position: -600, restingOrders: 0 }]);
  // 6 short at 54 are 6 NO at 46 cents: 2.76 dollars at risk.
  expect(found.foreign[0]?.atRisk).toBe(2_760_000);
  const ledger = await cash(on.stage.db, "paper");
  expect(found.cash).toMatchObject({ ledger, venue: ledger + (found.cash?.foreign ?? 0) });
});

it("still agrees after a market with both our contracts and the owner's has settled", async () => {
  await on.place(taker());
  await on.owner.place({
    ticker: HOME,
    price: "0.6200",
    count: "7.00",
    time_in_force: "immediate_or_cancel",
  });
  expect((await on.reconcile()).foreign).toMatchObject([{ position: 700 }]);
  await on.settle();
  expect(await on.reconcile()).toMatchObject({ differences: [], foreign: [] });
});

it("books a deposit and a withdrawal once, on the venue's evidence, so that the identity holds", async () => {
  await transfer(250);
  await transfer(-50);
  const before = await cash(on.stage.db, "paper");
  expect(await on.reconcile()).toMatchObject({ differences: [], transfersBooked: 2 });
  expect((await cash(on.stage.db, "paper")) - before).toBe(200_000_000);
  expect(await cashIdentity(on.stage.db, "paper")).toMatchObject({ difference: 0, imbalance: 0 });
  expect(await openCodes()).toEqual(["account_transfer"]);
  expect(await on.reconcile()).toMatchObject({ differences: [], transfersBooked: 0 });
  expect(await openCodes()).toEqual([]);
});

it("compares cash while orders rest", async () => {
  await on.place(resting(20));
  expect(await on.reconcile()).toMatchObject({ ordersFollowed: 1, differences: [] });
});

it("calls cash that nothing explains a difference, and clears its alarm once it is gone", async () => {
  const account = on.stage.exchange.nights.night?.engine.account;
  account?.deposit(usdMicros(3_000_000));
  const { differences } = await on.reconcile();
  expect(differences).toMatchObject([{ kind: "cash" }]);
  expect(await openCodes()).toEqual(["reconciliation_difference"]);
  account?.deposit(usdMicros(-3_000_000));
  expect((await on.reconcile()).differences).toEqual([]);
  expect(await openCodes()).toEqual([]);
});

it("leaves the alarm of an order in doubt to the supervisor's desk", async () => {
  on.fault("timeout-after-accept", "POST");
  await on.place(taker());
  on.heal();
  on.fault("empty-list", "/orders");
  await on.stage.db
    .updateTable("orders")
    .set(({ eb }) => ({ sent_wall_ms: eb("sent_wall_ms", "-", 61_000) }))
    .execute();
  await on.reconcile();
  expect(await openCodes()).not.toContain("order_unknown");
  await watchUnknownOrders(on.stage.db, 60_000);
  await on.reconcile();
  expect(await openCodes()).toContain("order_unknown");
  on.heal();
  await on.reconcile();
  expect(await on.row(idOf(1))).toMatchObject({ status: "filled" });
  expect(await openCodes()).toEqual(["order_unknown"]);
  await watchUnknownOrders(on.stage.db, 60_000);
  expect(await openCodes()).toEqual([]);
});
