/** An order whose answer was lost, found after its contract's last word: by the real exchange and the tables. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import { insertWouldTrades } from "../../schema/queries/would-trades.ts";
import { book, life } from "../../sim/exchange/testing/bitcoin.ts";
import { wouldTrade } from "../../test/db/bitcoin.ts";
import {
  at,
  openPaperContract,
  type PaperContract,
  PAPER_TICKER as TICKER,
} from "../../test/support/paper-contract.ts";
import { syncOrder } from "../account.ts";

let on: PaperContract;
beforeAll(async () => {
  const settled = life(126, TICKER, "finalized", "yes", { on: 80_000.01 });
  on = await openPaperContract([...book(0, TICKER), settled]);
});
afterAll(() => on.close());

it("tells its decision what it filled, and pays it", async () => {
  const { db } = on.clone;
  const { occasionId, runId } = on.occasion;
  // The first order of the desk.
  const decisionId = `${occasionId}#1`;
  const decided = { mode: "paper", run_id: runId, market_ticker: TICKER } as const;
  await insertWouldTrades(db, [wouldTrade(decisionId, decided)]);
  const trade = () =>
    db
      .selectFrom("would_trades")
      .select(["fill_status", "filled_centi", "payout_micros", "pnl_micros"])
      .where("decision_id", "=", decisionId)
      .executeTakeFirstOrThrow();
  expect(await on.buyUnheard(1_000)).toMatchObject({ status: "unknown", filledCenti: 0 });
  const bought = on.account().cash;

  await on.desk.advanceTo(at(130));
  expect(await on.sweep()).toMatchObject({ settled: 1 });
  expect(await trade()).toMatchObject({ fill_status: null, filled_centi: 0, pnl_micros: null });
  await expect(on.settlePosition()).rejects.toThrow("VENUE_UNAVAILABLE");
  const [order] = await db.selectFrom("orders").select("client_order_id").execute();
  await syncOrder(on.desk.deps, required(order, "the order").client_order_id);
  expect(await on.settlePosition()).toMatchObject({ revenueMicros: 10_000_000 });
  const { fill_cost_micros: cost, fee_micros: fee } = await db
    .selectFrom("would_trades")
    .select(["fill_cost_micros", "fee_micros"])
    .executeTakeFirstOrThrow();
  const paid = required(cost, "a cost") + required(fee, "a fee");
  // Ten YES pay 10 USD; what they cost is what left the account, and what it began with was 1,000 USD.
  expect(paid).toBe(1_000_000_000 - bought);
  expect(await trade()).toEqual({
    ...{ fill_status: "filled", filled_centi: 1_000 },
    ...{ payout_micros: 10_000_000, pnl_micros: 10_000_000 - paid },
  });
});
