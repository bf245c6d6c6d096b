import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { required } from "../core/domain/assert.ts";
import type { OrderIntent } from "../core/domain/order.ts";
import { usdMicros } from "../core/domain/units.ts";
import { openAlarms } from "../schema/queries/alarms.ts";
import { findGame } from "../schema/queries/games.ts";
import { cash, cashIdentity } from "../schema/queries/ledger.ts";
import { openPositions } from "../schema/queries/positions.ts";
import { settlementsOfOccasion } from "../schema/queries/settlements.ts";
import { taking } from "../scripts/crash-orders/intents.ts";
import { FINAL_AT, GAME, HOME } from "../scripts/crash-orders/stage.ts";
import { closeOrderStages, openOrderStage, type OrderStage } from "../test/orders/open-stage.ts";

let on: OrderStage;
beforeEach(async () => {
  on = await openOrderStage();
}, 60_000);
afterEach(() => on.close(), 60_000);
afterAll(closeOrderStages);

/** Buys ten contracts of home, which wins. */
async function buyTen(): Promise<void> {
  const intent: OrderIntent = { ...taking(1_000), strategy: "model-edge", phase: "live" };
  await on.place(intent);
  expect(await openPositions(on.stage.db, "paper")).toMatchObject([{ position_centi: 1_000 }]);
}

/** The venue takes back what it paid: home has lost after all. */
function correctToNo(): void {
  const account = required(on.stage.exchange.nights.night, "a night").engine.account;
  const at = account.settlements.findIndex(({ marketTicker }) => marketTicker === HOME);
  const paid = required(account.settlements[at], "the settlement");
  const revenue = usdMicros(0);
  account.settlements[at] = { ...paid, result: "no", value: usdMicros(0), revenue };
  account.deposit(usdMicros(0 - paid.revenue));
}

/** What every comparison must find once all is settled. */
async function expectBooked(): Promise<void> {
  const { db } = on.stage;
  const found = await on.reconcile();
  const ledger = await cash(db, "paper");
  expect(found).toMatchObject({ differences: [], cash: { venue: ledger, ledger, foreign: 0 } });
  expect(await cashIdentity(db, "paper")).toMatchObject({ difference: 0, imbalance: 0 });
  expect(await openPositions(db, "paper")).toEqual([]);
  expect(await settlementsOfOccasion(db, GAME.gameId)).toMatchObject([
    // Ten contracts at a dollar.
    { market_ticker: HOME, strategy: "model-edge", revenue_micros: 10_000_000 },
  ]);
  expect(await findGame(db, GAME.gameId)).toMatchObject({ result: "home" });
}

it("books the settlement of a game that was stopped, and the books are equal", async () => {
  await buyTen();
  await on.desk.advanceTo(FINAL_AT + 2_000);
  await expectBooked();
});

it("books a settlement once, whether the game or a comparison comes first", async () => {
  await buyTen();
  await on.desk.advanceTo(FINAL_AT + 2_000);
  await on.reconcile();
  const once = await cash(on.stage.db, "paper");
  await on.settle();
  expect(await cash(on.stage.db, "paper")).toBe(once);
  await expectBooked();
});

it("settles nothing before the venue's final word", async () => {
  await buyTen();
  const before = await cash(on.stage.db, "paper");
  expect(await on.reconcile()).toMatchObject({ differences: [] });
  expect(await cash(on.stage.db, "paper")).toBe(before);
  expect(await settlementsOfOccasion(on.stage.db, GAME.gameId)).toEqual([]);
});

it("calls cash a difference that the venue corrects after we have settled, and rewrites no book", async () => {
  await buyTen();
  await on.desk.advanceTo(FINAL_AT + 2_000);
  await expectBooked();
  const { db } = on.stage;
  const booked = [await cash(db, "paper"), await settlementsOfOccasion(db, GAME.gameId)];
  correctToNo();
  for (let turn = 0; turn < 2; turn += 1) {
    // The ten dollars were taken back.
    expect((await on.reconcile()).differences).toMatchObject([
      { kind: "ledger-cash", venue: Number(booked[0]) - 10_000_000, ledger: booked[0] },
    ]);
  }
  expect(await openAlarms(db)).toMatchObject([
    { code: "reconciliation_difference", severity: "critical" },
  ]);
  expect([await cash(db, "paper"), await settlementsOfOccasion(db, GAME.gameId)]).toEqual(booked);
  expect(await cashIdentity(db, "paper")).toMatchObject({ difference: 0, imbalance: 0 });
});

it("calls cash a difference that the venue has paid and that cannot be booked", async () => {
  await buyTen();
  await on.desk.advanceTo(FINAL_AT + 2_000);
  on.fault("500", `/markets/${HOME}`);
  expect((await on.reconcile()).differences).toMatchObject([{ kind: "ledger-cash" }]);
  on.heal();
  await expectBooked();
});
