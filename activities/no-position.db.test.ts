import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { type Occasion, occasionOfGame } from "../core/domain/occasion.ts";
import type { OrderIntent } from "../core/domain/order.ts";
import { priceMicros } from "../core/domain/units.ts";
import { cash, cashIdentity } from "../schema/queries/ledger.ts";
import { openPositions } from "../schema/queries/positions.ts";
import { settlementsOfOccasion } from "../schema/queries/settlements.ts";
import { taking } from "../scripts/crash-orders/intents.ts";
import { FINAL_AT, GAME, HOME } from "../scripts/crash-orders/game.ts";
import { closeOrderStages, openOrderStage, type OrderStage } from "../test/orders/open-stage.ts";
import { flattenOnce } from "./kill-flatten.ts";
import { createOrderActivities } from "./place-order.ts";

/** A contract of the stage's one market: how a contract is traded does not hang on what it is about. */
const OCCASION: Occasion = {
  ...occasionOfGame(GAME),
  occasionId: `btc-contract/paper/${HOME}`,
  domain: "btc",
};
const KILL = { killId: "k", mode: "paper", level: "flatten", reason: "test", by: "test" } as const;

let on: OrderStage;
beforeEach(async () => {
  on = await openOrderStage();
}, 60_000);
afterEach(() => on.close(), 60_000);
afterAll(closeOrderStages);

/** Sells ten YES that are not held at the 54 that is bid: ten NO at 46. */
async function buyTenNo(): Promise<void> {
  const price = priceMicros(540_000);
  const entry = taking(1_000);
  const intent: OrderIntent = {
    ...{ ...entry, strategy: "btc-edge", phase: "live", side: "ask" },
    ...{ limitPrice: price, fairValue: priceMicros(400_000) },
    plan: { ...entry.plan, price, expectedPrice: price },
  };
  const placed = await on.place(intent, { occasion: OCCASION });
  expect(placed).toMatchObject({ kind: "order", status: "filled", isFlat: false });
  expect(await openPositions(on.stage.db, "paper")).toMatchObject([
    { occasion_id: OCCASION.occasionId, position_centi: -1_000, cost_micros: 4_600_000 },
  ]);
}

/** Account and ledger agree, order by order and to the micro-dollar. */
async function expectEqual(): Promise<void> {
  const found = await on.reconcile();
  const ledger = await cash(on.stage.db, "paper");
  expect(found).toMatchObject({ differences: [], cash: { venue: ledger, ledger, foreign: 0 } });
  expect(await cashIdentity(on.stage.db, "paper")).toMatchObject({ difference: 0, imbalance: 0 });
}

it("buys NO at the exchange, which agrees with the ledger on position and cash", async () => {
  await buyTenNo();
  await expectEqual();
});

it("settles a NO by the venue's word when nobody else does, and needs no winner for it", async () => {
  await buyTenNo();
  await on.desk.advanceTo(FINAL_AT + 2_000);
  await expectEqual();
  expect(await settlementsOfOccasion(on.stage.db, OCCASION.occasionId)).toMatchObject([
    // Home wins: YES pays, and ten NO nothing.
    { strategy: "btc-edge", result: "yes", position_centi: -1_000, revenue_micros: 0 },
  ]);
  expect(await openPositions(on.stage.db, "paper")).toEqual([]);
});

it("flattens a NO by buying YES for a kill", async () => {
  await buyTenNo();
  const { deps } = on.desk;
  const { placeOrder: place } = createOrderActivities(deps);
  const settings = {
    ...{ flattenAttempts: 3, flattenPauseWallMs: 1, slippageMicros: 30_000 },
    maxLossMicros: 100_000_000,
  };
  const request = { ...KILL, attempt: 1 };
  await flattenOnce({ ...deps, settings, place }, request);
  expect(await flattenOnce({ ...deps, settings, place }, { ...request, attempt: 2 })).toEqual({
    ...{ isFlat: true, isOver: true, left: [], pauseMs: 0 },
  });
  expect(await openPositions(on.stage.db, "paper")).toEqual([]);
  await expectEqual();
});
