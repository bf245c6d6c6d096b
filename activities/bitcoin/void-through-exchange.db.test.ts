/** A contract that was held and came to no result: by the real exchange, our client and the tables. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { VOID } from "../../core/domain/settlement.ts";
import { cash, cashIdentity } from "../../schema/queries/ledger.ts";
import { openPositions, positionsOfOccasion } from "../../schema/queries/positions.ts";
import { settlementsOfOccasion } from "../../schema/queries/settlements.ts";
import { unscoredContracts, unsettledContracts } from "../../schema/queries/btc-contracts.ts";
import { contractBars } from "../../schema/queries/btc-orders.ts";
import { insertWouldTrades } from "../../schema/queries/would-trades.ts";
import { cycleOf, wouldTrade, writeCycle } from "../../test/db/bitcoin.ts";
import {
  at,
  openPaperContract,
  type PaperContract,
  PAPER_TICKER as TICKER,
  SILENT_THEN_YES,
} from "../../test/support/paper-contract.ts";

const MODE = "paper";
/** Seven YES cost 3 at 52 and 4 at 53 cents: 3.68 USD. */
const BOUGHT = 3_680_000;
/** Of those 3.33 are sold again: 3.68 * 3.33 / 7 = 1.750628571 USD go out, and 1.929372 stay. */
const LEFT = 1_929_372;
const SOLD = 1_598_400; // 3.33 at 48 cents.

let on: PaperContract;
beforeAll(async () => {
  on = await openPaperContract(SILENT_THEN_YES);
});
afterAll(() => on.close());

it("returns what a void contract's position cost, closes the books on it, and corrects them if a result comes after all", async () => {
  const { db } = on.clone;
  const { cycle, quotes, edges } = cycleOf(at(10), 1, [TICKER], "KXBTC15M");
  await writeCycle(db, {
    quotes,
    cycle: { ...cycle, mode: MODE },
    edges: edges.map((edge) => ({ ...edge, mode: MODE })),
  });
  const decisionId = `${on.occasion.occasionId}#1`;
  const { runId: run_id } = on.occasion;
  const decision = wouldTrade(decisionId, { mode: MODE, run_id, market_ticker: TICKER });
  await insertWouldTrades(db, [decision]);
  expect(await on.buy(700)).toMatchObject({ kind: "order", filledCenti: 700 });
  expect(await on.sell(333)).toMatchObject({ kind: "order", filledCenti: 333 });
  const traded = on.account().cash;
  const [held] = await positionsOfOccasion(db, on.occasion.occasionId);
  expect(held).toMatchObject({ position_centi: 367, cost_micros: LEFT });
  const fees = held?.fees_micros ?? 0;
  expect(traded).toBe(1_000_000_000 - BOUGHT + SOLD - fees);

  // Its result may be late: nothing is paid, and nothing booked.
  await on.desk.advanceTo(at(200));
  expect(on.account().cash).toBe(traded);
  expect(await on.sweep()).toMatchObject({ settled: 0, waiting: 1 });
  await expect(on.settlePosition()).rejects.toThrow("VENUE_UNAVAILABLE");

  await on.desk.advanceTo(at(730));
  expect(on.account().cash).toBe(traded + LEFT);
  expect(await on.settlePosition()).toEqual({ revenueMicros: LEFT, word: VOID });
  await expectBooked({ cash: traded + LEFT, result: "void", revenue: LEFT, corrections: 0 });
  expect(await on.sweep()).toMatchObject({
    ...{ settled: 1, waiting: 0, scored: 0 },
    news: [{ marketTicker: TICKER, news: { facts: [{ kind: "voided" }] } }],
  });
  expect(await unsettledContracts(db, { since: null, until: at(730) })).toEqual([]);
  expect(await unscoredContracts(db, MODE, at(730))).toEqual([]);
  // What would have been bought gets its cost back and loses its fee: that of the purchase alone.
  expect(await trade(decisionId)).toEqual({ payout_micros: BOUGHT, lost_fee: true });
  expect(await scores()).toEqual([]);
  // It was held to its end: nobody left it.
  const bars = await contractBars(db, MODE, [TICKER], 5);
  expect(bars).toEqual(new Map([[TICKER, "position_open"]]));
  expect(await on.settlePosition()).toEqual({ revenueMicros: LEFT, word: VOID });
  await expectBooked({ cash: traded + LEFT, result: "void", revenue: LEFT, corrections: 0 });

  // 3.67 contracts at a dollar instead of their cost.
  await on.desk.advanceTo(at(1_010));
  const { corrections } = await on.reconcile();
  expect(corrections).toMatchObject({ booked: [{ change: 3_670_000 - LEFT }], refused: [] });
  await on.sweep();
  const paid = { cash: traded + 3_670_000, result: "yes", revenue: 3_670_000, corrections: 1 };
  await expectBooked(paid);
  expect(await trade(decisionId)).toMatchObject({ payout_micros: 7_000_000 });
  expect(await scores()).toEqual([{ payout_micros: 1_000_000 }]);
});

/** Account and ledger are equal to the micro-dollar, nothing is open, and the result is of what was paid. */
async function expectBooked(expected: {
  readonly cash: number;
  readonly result: string;
  readonly revenue: number;
  readonly corrections: number;
}): Promise<void> {
  const { db } = on.clone;
  const { occasionId } = on.occasion;
  const { result, revenue: revenue_micros, corrections } = expected;
  const found = await on.reconcile();
  expect(found.differences).toEqual([]);
  expect(found.cash).toEqual({ venue: expected.cash, ledger: expected.cash, foreign: 0 });
  expect(on.account().cash).toBe(expected.cash);
  expect(await cash(db, MODE)).toBe(expected.cash);
  expect(await cashIdentity(db, MODE)).toMatchObject({ difference: 0, imbalance: 0 });
  expect(await openPositions(db, MODE)).toEqual([]);
  expect(await settlementsOfOccasion(db, occasionId)).toMatchObject([
    { result, revenue_micros, corrections, position_centi: 367 },
  ]);
  const [position] = await positionsOfOccasion(db, occasionId);
  // Of the sale, and of the settlement: none where the cost came back.
  expect(position?.realized_micros).toBe(SOLD - (BOUGHT - LEFT) + revenue_micros - LEFT);
  expect(position?.realized_micros).toBe(on.account().positions.get(TICKER)?.realized);
}

function trade(decisionId: string) {
  return on.clone.db
    .selectFrom("would_trades")
    .select("payout_micros")
    .select((by) => by("pnl_micros", "=", by.neg(by.ref("fee_micros"))).as("lost_fee"))
    .where("decision_id", "=", decisionId)
    .executeTakeFirstOrThrow();
}

function scores() {
  return on.clone.db
    .selectFrom("kalshi_edge_snapshot_scores")
    .select("payout_micros")
    .where("market_ticker", "=", TICKER)
    .execute();
}
