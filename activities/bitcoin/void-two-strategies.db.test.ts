/** More than one hold a void contract: the account has one average cost, our books have one a strategy. */
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { ClientOrderId } from "../../core/domain/order.ts";
import { countCenti, priceMicros } from "../../core/domain/units.ts";
import type { NewVenueOrder } from "../../core/domain/venue.ts";
import { cash, cashIdentity } from "../../schema/queries/ledger.ts";
import { openPositions, positionsOfOccasion } from "../../schema/queries/positions.ts";
import { settlementsOfOccasion } from "../../schema/queries/settlements.ts";
import { BTC_SHARD } from "../../sim/exchange/shards.ts";
import {
  at,
  openPaperContract,
  type PaperContract,
  PAPER_TICKER as TICKER,
  SILENT_THEN_YES,
} from "../../test/support/paper-contract.ts";

const MODE = "paper";
/** Three at 52 cents, and seven of another strategy at 53: 5.27 USD in the account. */
const BOUGHT = 5_270_000;
/** The first sells one: a tenth goes out of the account's cost, a third of its own out of ours. */
const RETURNED = 4_743_000;
const OWN = { "btc-edge": 1_040_000, "model-edge": 3_710_000 };
/** 4.743 USD by the cost of each: 1.04 / 4.75 of it is 1.038467368, cut. */
const SHARES = { "btc-edge": 1_038_467, "model-edge": 3_704_533 };

let on: PaperContract;
beforeEach(async () => {
  on = await openPaperContract(SILENT_THEN_YES);
});
afterEach(() => on.close());

it("shares out what the account was paid, to the micro-dollar, and corrects the whole of it", async () => {
  const { db } = on.clone;
  const { occasionId } = on.occasion;
  expect(await on.buy(300)).toMatchObject({ kind: "order", filledCenti: 300 });
  expect(await on.buy(700, "model-edge")).toMatchObject({ kind: "order", filledCenti: 700 });
  expect(await on.sell(100)).toMatchObject({ kind: "order", filledCenti: 100 });
  const held = await positionsOfOccasion(db, occasionId);
  expect(Object.fromEntries(held.map((row) => [row.strategy, row.cost_micros]))).toEqual(OWN);
  const fees = held.reduce((sum, row) => sum + row.fees_micros, 0);
  const traded = on.account().cash;
  expect(traded).toBe(1_000_000_000 - BOUGHT + 480_000 - fees);

  await on.desk.advanceTo(at(730));
  expect(await on.settlePosition()).toMatchObject({ revenueMicros: RETURNED });
  await expectBooked(traded + RETURNED, SHARES);

  // Two and seven contracts at a dollar.
  await on.desk.advanceTo(at(1_010));
  const { corrections } = await on.reconcile();
  expect(corrections.booked).toHaveLength(2);
  await expectBooked(traded + 9_000_000, { "btc-edge": 2_000_000, "model-edge": 7_000_000 });
});

it("books the cost of ours where others hold the contract too", async () => {
  const { db } = on.clone;
  const { venue } = on.desk.deps;
  expect(await on.buy(300)).toMatchObject({ kind: "order", filledCenti: 300 });
  const theirs: NewVenueOrder = {
    ...{ clientOrderId: randomUUID() as ClientOrderId, marketTicker: TICKER },
    side: "bid",
    timeInForce: "immediate_or_cancel",
    ...{ price: priceMicros(530_000), count: countCenti(700) },
    ...{ isPostOnly: false, isReduceOnly: false },
    selfTradePrevention: "taker_at_cross",
    ...{ expiresAtSeconds: null, orderGroupId: null, exchangeIndex: BTC_SHARD },
  };
  expect(await venue.createOrder(theirs, 5_000)).toMatchObject({ kind: "accepted" });
  const before = { account: on.account().cash, ledger: await cash(db, MODE) };

  await on.desk.advanceTo(at(730));
  expect(on.account().cash).toBe(before.account + BOUGHT);
  expect(await on.settlePosition()).toMatchObject({ revenueMicros: 1_560_000 });
  expect(await cash(db, MODE)).toBe(before.ledger + 1_560_000);
  const found = await on.reconcile();
  const kinds = found.differences.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind.includes("cash"))).toEqual([]);
});

async function expectBooked(expected: number, shares: Record<string, number>): Promise<void> {
  const { db } = on.clone;
  const found = await on.reconcile();
  expect(found.differences).toEqual([]);
  expect(found.cash).toEqual({ venue: expected, ledger: expected, foreign: 0 });
  expect(on.account().cash).toBe(expected);
  expect(await cash(db, MODE)).toBe(expected);
  expect(await cashIdentity(db, MODE)).toMatchObject({ difference: 0, imbalance: 0 });
  expect(await openPositions(db, MODE)).toEqual([]);
  const rows = await settlementsOfOccasion(db, on.occasion.occasionId);
  expect(Object.fromEntries(rows.map((row) => [row.strategy, row.revenue_micros]))).toEqual(shares);
}
