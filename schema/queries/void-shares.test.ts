import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { StrategyName } from "../../core/domain/order.ts";
import { VOID } from "../../core/domain/settlement.ts";
import { instant, usdMicros } from "../../core/domain/units.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { addGame, approve, FEES, fillOf, intentOf, NOW, proposalOf } from "../../test/db/night.ts";
import { recordFills } from "./fills.ts";
import { cash, cashIdentity } from "./ledger.ts";
import { positionsOfOccasion } from "./positions.ts";
import { correctSettlement } from "./settlement-corrections.ts";
import { settlementsOfOccasion, settleMarket } from "./settlements.ts";

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

/** Ten contracts at 50 cents: 5 USD, and a taker's fee of 17.5 cents. */
async function bought(strategy: StrategyName = "model-edge"): Promise<void> {
  const order = await approve(cloned.db, proposalOf(gameId, intentOf(gameId, { strategy })));
  const fills = [fillOf(order, `f-${order.client_order_id}`, 1_000, 175_000)];
  const { client_order_id: clientOrderId } = order;
  await recordFills(cloned.db, { clientOrderId, fills, fees: FEES, at: NOW });
}

async function expectBalanced(): Promise<void> {
  const identity = await cashIdentity(cloned.db, "paper");
  expect(identity).toMatchObject({ difference: 0, imbalance: 0 });
}

it("returns the cost of a void position once, and corrects from void and back to it", async () => {
  await bought();
  const { marketTicker } = intentOf(gameId);
  const key = { occasionId: gameId, strategy: "model-edge", marketTicker } as const;
  const before = await cash(cloned.db, "paper");
  const settled = () => settleMarket(cloned.db, { ...key, ...VOID, at: NOW });
  // Ten contracts at 50 cents.
  expect(await settled()).toEqual({ kind: "settled", revenue: 5_000_000, pnl: 0 });
  expect(await settled()).toEqual({ kind: "exists", revenue: 5_000_000 });
  await expectBalanced();
  const yes = { result: "yes", value: usdMicros(1_000_000) } as const;
  const told = (word: typeof yes | typeof VOID, seconds: number) =>
    correctSettlement(cloned.db, {
      ...{ ...key, ...word, toldAt: instant(NOW + seconds * 1_000), at: NOW },
    });
  expect(await told(VOID, 1)).toEqual({ kind: "exists" });
  expect(await told(yes, 2)).toEqual({ kind: "corrected", number: 1, change: 5_000_000 });
  expect(await told(VOID, 3)).toEqual({ kind: "corrected", number: 2, change: -5_000_000 });
  expect(await told(VOID, 4)).toEqual({ kind: "exists" });
  expect(await settlementsOfOccasion(cloned.db, gameId)).toMatchObject([
    { result: "void", value_micros: null, revenue_micros: 5_000_000, corrections: 2 },
  ]);
  expect((await cash(cloned.db, "paper")) - before).toBe(5_000_000);
  const [position] = await positionsOfOccasion(cloned.db, gameId);
  expect(position).toMatchObject({ position_centi: 0, cost_micros: 0, realized_micros: 0 });
  await expectBalanced();
});

it("shares what a void market returned among two, and the same whenever it is told", async () => {
  await bought();
  await bought("mean-reversion");
  const { marketTicker } = intentOf(gameId);
  const before = await cash(cloned.db, "paper");
  const strategies = ["model-edge", "mean-reversion"] as const;
  const of = (strategy: StrategyName) => ({
    ...{ occasionId: gameId, strategy, marketTicker, at: NOW },
  });
  const yes = { result: "yes", value: usdMicros(1_000_000) } as const;
  const back = { ...VOID, returned: usdMicros(9_000_001) };
  const correct = async (word: typeof yes | typeof back, seconds: number) => {
    const toldAt = instant(NOW + seconds * 1_000);
    for (const strategy of strategies) {
      const outcome = await correctSettlement(cloned.db, { ...of(strategy), ...word, toldAt });
      expect(outcome.kind).toBe("corrected");
    }
  };
  const shares = async () =>
    (await settlementsOfOccasion(cloned.db, gameId)).map((row) => [
      row.strategy,
      row.revenue_micros,
    ]);
  const expected = [
    ["mean-reversion", 4_500_000],
    ["model-edge", 4_500_001],
  ];
  // The second is settled when the first is out of the books.
  for (const strategy of strategies) await settleMarket(cloned.db, { ...of(strategy), ...back });
  expect(await shares()).toEqual(expected);
  await correct(yes, 1);
  expect((await cash(cloned.db, "paper")) - before).toBe(20_000_000);
  await correct(back, 2);
  expect(await shares()).toEqual(expected);
  expect((await cash(cloned.db, "paper")) - before).toBe(9_000_001);
  await expectBalanced();
});
