import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { tradeFee } from "../../core/domain/fees.ts";
import type { Fill, StrategyName } from "../../core/domain/order.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../../core/domain/units.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import {
  addGame,
  approve,
  FEES,
  fillOf,
  intentOf,
  NOW,
  proposalOf,
  record,
  saleOf,
} from "../../test/db/night.ts";
import { fillsOfOrder, recordFills } from "./fills.ts";
import { balances, cash, cashIdentity, deposit } from "./ledger.ts";
import { applyOrderUpdate, findOrder, type OrderRow, updatesOfOrder } from "./orders.ts";
import { openPositions, positionsOfOccasion } from "./positions.ts";
import { correctSettlement } from "./settlement-corrections.ts";
import { settlementsOfOccasion, settleMarket } from "./settlements.ts";

let cloned: ClonedDatabase;
let games = 0;
let gameId = "";
beforeAll(async () => {
  cloned = await cloneDatabase(20);
});
afterAll(() => cloned.drop());
beforeEach(async () => {
  games += 1;
  gameId = await addGame(cloned.db, `KXNBAGAME-26NOV20BOSNYK${games}`);
});

/** 10 contracts at 0.50: 5 USD, taker fee 0.175 USD. */
const FEE = 175_000;

async function bought(strategy: StrategyName = "model-edge"): Promise<OrderRow> {
  const order = await approve(cloned.db, proposalOf(gameId, intentOf(gameId, { strategy })));
  const fills = [fillOf(order, `f-${order.client_order_id}`, 1_000, FEE)];
  const { client_order_id: clientOrderId } = order;
  return (await recordFills(cloned.db, { clientOrderId, fills, fees: FEES, at: NOW })).order;
}

async function expectBalanced(): Promise<void> {
  const identity = await cashIdentity(cloned.db, "paper");
  expect(identity).toMatchObject({ difference: 0, imbalance: 0 });
}

it("books a deposit once, however often it is told", async () => {
  const before = await cash(cloned.db, "paper");
  const amount = usdMicros(10_000_000_000);
  const given = { mode: "paper", depositId: "d-1", amount, runId: null, at: NOW } as const;
  const told = await Promise.all(Array.from({ length: 10 }, () => deposit(cloned.db, given)));
  expect(told.filter(Boolean)).toHaveLength(1);
  expect((await cash(cloned.db, "paper")) - before).toBe(amount);
  await expectBalanced();
});

it("books a fill with its ledger, position, order state and reservation together", async () => {
  const before = await cash(cloned.db, "paper");
  const order = await bought();
  expect(order).toMatchObject({ status: "filled", filled_centi: 1_000, reserved_micros: 0 });
  const [position] = await positionsOfOccasion(cloned.db, gameId);
  expect(position).toMatchObject({
    position_centi: 1_000,
    cost_micros: 5_000_000,
    fees_micros: FEE,
  });
  expect((await cash(cloned.db, "paper")) - before).toBe(-5_000_000 - FEE);
  await expectBalanced();
});

it("dates a position from what is held now, not from what was held before", async () => {
  const order = await bought();
  const sale = await approve(cloned.db, proposalOf(gameId, saleOf(gameId, "model-edge", 1_000)));
  const again = await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
  const openedAt = async (): Promise<number | undefined> =>
    (await positionsOfOccasion(cloned.db, gameId))[0]?.opened_at?.getTime();
  expect(await openedAt()).toBe(NOW);
  const fill = async (of: OrderRow, count: number, afterMs: number): Promise<void> => {
    const { client_order_id: clientOrderId } = of;
    const fills = [fillOf(of, `${clientOrderId}-${afterMs}`, count, 0)];
    await recordFills(cloned.db, { clientOrderId, fills, fees: FEES, at: instant(NOW + afterMs) });
  };
  await fill(sale, 1_000, 60_000);
  await fill(again, 400, 120_000);
  await fill(again, 600, 180_000);
  expect(await openedAt()).toBe(NOW + 120_000);
  expect(order.status).toBe("filled");
});

it("counts a fill once, however often and in how many batches it comes at once", async () => {
  const order = await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
  const { client_order_id: clientOrderId } = order;
  const first = fillOf(order, `a-${clientOrderId}`, 300, 52_500);
  const second = fillOf(order, `b-${clientOrderId}`, 200, 35_000);
  const batches = [[first], [second], [first, second], [second, first, first], [first]];
  const results = await Promise.all(
    batches.map((fills) => recordFills(cloned.db, { clientOrderId, fills, fees: FEES, at: NOW })),
  );
  expect(results.reduce((total, { recorded }) => total + recorded, 0)).toBe(2);
  expect(await fillsOfOrder(cloned.db, clientOrderId)).toHaveLength(2);
  const stored = await findOrder(cloned.db, clientOrderId);
  // Half of the 5.175 USD stays reserved for the 5 contracts that may still fill.
  expect(stored).toMatchObject({
    status: "working",
    filled_centi: 500,
    reserved_micros: 2_587_500,
  });
  await expectBalanced();
});

it("keeps a fill that arrives after the cancel, and does not reopen the order", async () => {
  const order = await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
  const { client_order_id: clientOrderId } = order;
  await applyOrderUpdate(cloned.db, {
    clientOrderId,
    update: { kind: "closed", reason: "canceled" },
    at: NOW,
  });
  const fills = [fillOf(order, `late-${clientOrderId}`, 400, 70_000)];
  const { order: after } = await recordFills(cloned.db, {
    clientOrderId,
    fills,
    fees: FEES,
    at: NOW,
  });
  expect(after).toMatchObject({ status: "canceled", filled_centi: 400, reserved_micros: 0 });
  const [position] = await positionsOfOccasion(cloned.db, gameId);
  expect(position?.position_centi).toBe(400);
});

it("learns the venue's id from a fill that comes before the acknowledgement", async () => {
  const order = await bought();
  expect(order.venue_order_id).toBe(`v-${order.client_order_id}`);
});

it("names a fee that is not what our own model says", async () => {
  const order = await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
  const { client_order_id: clientOrderId } = order;
  const fills = [fillOf(order, `fee-${clientOrderId}`, 1_000, FEE + 100)];
  const result = await recordFills(cloned.db, { clientOrderId, fills, fees: FEES, at: NOW });
  expect(result.feeDifferences).toEqual([
    { fillId: `fee-${clientOrderId}`, expected: FEE, charged: FEE + 100 },
  ]);
});

it("writes nothing of a batch that exceeds the order", async () => {
  const order = await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
  const { client_order_id: clientOrderId } = order;
  const fills = [
    fillOf(order, `x-${clientOrderId}`, 900, 0),
    fillOf(order, `y-${clientOrderId}`, 200, 0),
  ];
  await expect(
    recordFills(cloned.db, { clientOrderId, fills, fees: FEES, at: NOW }),
  ).rejects.toThrow("filled <= order.count");
  expect(await fillsOfOrder(cloned.db, clientOrderId)).toHaveLength(0);
});

it("appends each change of an order once, and a repeat not at all", async () => {
  const order = await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
  const { client_order_id: clientOrderId } = order;
  const acknowledged = { kind: "acknowledged", venueOrderId: `v-${clientOrderId}` } as const;
  for (const update of [
    { kind: "submitted" },
    { kind: "submitted" },
    acknowledged,
    acknowledged,
  ] as const) {
    await applyOrderUpdate(cloned.db, { clientOrderId, update, at: NOW, sentWallMs: 12.5 });
  }
  const updates = await updatesOfOrder(cloned.db, clientOrderId);
  expect(updates.map(({ kind, status }) => [kind, status])).toEqual([
    ["submitted", "submitted"],
    ["acknowledged", "working"],
  ]);
});

it("lets an exit sell what is held and never more, with twenty exits at once", async () => {
  await bought();
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, () =>
      record(cloned.db, proposalOf(gameId, saleOf(gameId, "model-edge", 400))),
    ),
  );
  const refused = outcomes.filter((outcome) => outcome.kind === "refused");
  expect(outcomes.filter(({ kind }) => kind === "approved")).toHaveLength(2);
  expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(["exit_reduces"]));
});

it("refuses re-entry once a strategy has left its position whole", async () => {
  await bought();
  const sale = await approve(cloned.db, proposalOf(gameId, saleOf(gameId, "model-edge", 1_000)));
  const fills = [fillOf(sale, `s-${sale.client_order_id}`, 1_000, FEE)];
  const { client_order_id: clientOrderId } = sale;
  await recordFills(cloned.db, { clientOrderId, fills, fees: FEES, at: NOW });
  expect(await record(cloned.db, proposalOf(gameId, intentOf(gameId)))).toMatchObject({
    kind: "refused",
    code: "no_reentry",
  });
  // Another strategy of the same game is not concerned.
  const other = intentOf(gameId, { strategy: "mean-reversion" });
  expect((await record(cloned.db, proposalOf(gameId, other))).kind).toBe("approved");
  await expectBalanced();
});

it("settles each position exactly once, with ten settlers at once", async () => {
  await bought();
  const before = await cash(cloned.db, "paper");
  const marketTicker = intentOf(gameId).marketTicker;
  const key = { occasionId: gameId, strategy: "model-edge", marketTicker } as const;
  const value = usdMicros(1_000_000);
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, () =>
      settleMarket(cloned.db, { ...key, result: "yes", value, at: NOW }),
    ),
  );
  expect(outcomes.filter(({ kind }) => kind === "settled")).toEqual([
    { kind: "settled", revenue: 10_000_000, pnl: 5_000_000 },
  ]);
  expect(outcomes.filter(({ kind }) => kind === "exists")).toHaveLength(9);
  expect((await cash(cloned.db, "paper")) - before).toBe(10_000_000);
  expect(await settlementsOfOccasion(cloned.db, gameId)).toHaveLength(1);
  const held = await openPositions(cloned.db, "paper");
  expect(held.filter((position) => position.occasion_id === gameId)).toEqual([]);
  await expectBalanced();
});

it("settles a scalar result at the value the venue states", async () => {
  await bought();
  const marketTicker = intentOf(gameId).marketTicker;
  const outcome = await settleMarket(cloned.db, {
    occasionId: gameId,
    strategy: "model-edge",
    marketTicker,
    result: "scalar",
    value: usdMicros(333_300),
    at: NOW,
  });
  // 10 contracts at 0.3333 USD.
  expect(outcome).toEqual({ kind: "settled", revenue: 3_333_000, pnl: -1_667_000 });
  await expectBalanced();
});

it("does not settle while an order of the position may still fill", async () => {
  const order = await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
  const outcome = await settleMarket(cloned.db, {
    occasionId: gameId,
    strategy: "model-edge",
    marketTicker: order.market_ticker,
    result: "no",
    value: usdMicros(0),
    at: NOW,
  });
  expect(outcome).toEqual({ kind: "orders-open", clientOrderIds: [order.client_order_id] });
});

it("keeps what happened: ledger, fills and settlements cannot be rewritten", async () => {
  await bought();
  await expect(
    cloned.db
      .updateTable("ledger_entries")
      .set({ amount_micros: usdMicros(1) })
      .execute(),
  ).rejects.toThrow("append-only");
  await expect(cloned.db.deleteFrom("fills").execute()).rejects.toThrow("append-only");
});

it("refuses entries that do not sum to zero", async () => {
  const rows = cloned.db.transaction().execute(async (tx) => {
    const { transaction_id } = await tx
      .insertInto("ledger_transactions")
      .values({ mode: "paper", kind: "deposit", reference: "crooked", happened_at: new Date() })
      .returning("transaction_id")
      .executeTakeFirstOrThrow();
    await tx
      .insertInto("ledger_entries")
      .values({ transaction_id, account: "cash", amount_micros: usdMicros(1) })
      .execute();
  });
  await expect(rows).rejects.toThrow("does not balance");
});

it("corrects a settlement once a word, with ten who tell it at once, and by no older word", async () => {
  await bought();
  const { marketTicker } = intentOf(gameId);
  const key = { occasionId: gameId, strategy: "model-edge", marketTicker } as const;
  const yes = { result: "yes", value: usdMicros(1_000_000) } as const;
  const no = { result: "no", value: usdMicros(0) } as const;
  const told = (word: typeof yes | typeof no, seconds: number) =>
    correctSettlement(cloned.db, {
      ...{ ...key, ...word, toldAt: instant(NOW + seconds * 1_000), at: NOW },
    });
  expect(await told(no, 1)).toEqual({ kind: "unsettled" });
  await settleMarket(cloned.db, { ...key, ...yes, at: NOW });
  const before = await cash(cloned.db, "paper");
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => told(no, 2)));
  // Ten contracts at a dollar are taken back.
  const once = { kind: "corrected", number: 1, change: -10_000_000 };
  expect(outcomes.filter(({ kind }) => kind === "corrected")).toEqual([once]);
  expect(outcomes.filter(({ kind }) => kind === "exists")).toHaveLength(9);
  expect(await told(yes, 1)).toEqual({ kind: "outdated" });
  expect((await cash(cloned.db, "paper")) - before).toBe(-10_000_000);
  const [position] = await positionsOfOccasion(cloned.db, gameId);
  expect(position).toMatchObject({
    position_centi: 0,
    cost_micros: 0,
    realized_micros: -5_000_000,
  });
  await expectBalanced();
  const rewriting = cloned.db.deleteFrom("settlement_corrections").execute();
  await expect(rewriting).rejects.toThrow("append-only");
});

it("balances to the micro-dollar over any sequence of buys, sales, settlement and corrections", async () => {
  const trade = fc.record({
    // Dearer ones leave less than the least edge of the limits: nobody may enter there.
    cents: fc.integer({ min: 1, max: 97 }),
    count: fc.integer({ min: 1, max: 5_000 }),
    share: fc.integer({ min: 1, max: 100 }),
    fills: fc.integer({ min: 1, max: 4 }),
  });
  const night = fc.record({
    trades: fc.array(trade, { minLength: 1, maxLength: 5 }),
    value: fc.integer({ min: 0, max: 1_000_000 }),
    corrections: fc.array(fc.integer({ min: 0, max: 1_000_000 }), { maxLength: 3 }),
  });
  let fillNo = 0;
  const fillUp = async (order: OrderRow, pieces: number): Promise<void> => {
    const sizes = split(order.count_centi, pieces);
    const fills = sizes.map((count): Fill => {
      fillNo += 1;
      const fee = tradeFee(FEES, "taker", order.price_micros, countCenti(count));
      return { ...fillOf(order, `p-${fillNo}`, count, fee), at: instant(NOW + fillNo) };
    });
    const { client_order_id: clientOrderId } = order;
    for (const fill of [...fills, ...fills.toReversed()]) {
      await recordFills(cloned.db, { clientOrderId, fills: [fill], fees: FEES, at: NOW });
    }
  };
  await fc.assert(
    fc.asyncProperty(night, async ({ trades, value, corrections }) => {
      games += 1;
      gameId = await addGame(cloned.db, `KXNBAGAME-26NOV20BOSNYK${games}`);
      let held = 0;
      for (const { cents, count, share, fills } of trades) {
        const limitPrice = priceMicros(cents * 10_000);
        const buy = intentOf(gameId, { limitPrice, count: countCenti(count) });
        await fillUp(await approve(cloned.db, proposalOf(gameId, buy)), fills);
        held += count;
        // Never the last contract: leaving whole ends a strategy's game.
        const sold = Math.min(held - 1, Math.ceil((held * share) / 100));
        if (sold === 0) continue;
        const sale = { ...saleOf(gameId, "model-edge", sold), limitPrice };
        const plan = { ...sale.plan, price: limitPrice };
        await fillUp(await approve(cloned.db, proposalOf(gameId, { ...sale, plan })), fills);
        held -= sold;
      }
      const { marketTicker } = intentOf(gameId);
      const [position] = await positionsOfOccasion(cloned.db, gameId);
      expect(position?.position_centi).toBe(held);
      const before = await cash(cloned.db, "paper");
      const key = { occasionId: gameId, strategy: "model-edge", marketTicker } as const;
      const word = (paid: number) =>
        ({ result: "scalar", value: usdMicros(paid), at: NOW }) as const;
      await settleMarket(cloned.db, { ...key, ...word(value) });
      for (const paid of corrections) {
        await correctSettlement(cloned.db, { ...key, ...word(paid), toldAt: NOW });
      }
      await expectBalanced();
      // Whatever was said before: what is paid is by the last word.
      const paid = Math.floor(((corrections.at(-1) ?? value) * held) / 100);
      expect((await cash(cloned.db, "paper")) - before).toBe(paid);
      const accounts = await balances(cloned.db, "paper");
      expect(accounts.get(`position:${gameId}:model-edge:${marketTicker}`) ?? 0).toBe(0);
    }),
    { numRuns: 15 },
  );
}, 120_000);

/** Splits a count into at most `pieces` parts that sum to it. */
function split(count: number, pieces: number): readonly number[] {
  const each = Math.max(1, Math.floor(count / pieces));
  const sizes: number[] = [];
  for (let left = count; left > 0; left -= sizes.at(-1) ?? left) {
    sizes.push(sizes.length === pieces - 1 ? left : Math.min(each, left));
  }
  return sizes;
}
