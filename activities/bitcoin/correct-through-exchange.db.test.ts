/** A contract that was held, paid, and corrected: by the real exchange, our client and the tables. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { unscoredContracts } from "../../schema/queries/btc-contracts.ts";
import { cash, cashIdentity } from "../../schema/queries/ledger.ts";
import { book, life } from "../../sim/exchange/testing/bitcoin.ts";
import {
  at,
  openPaperContract,
  type PaperContract,
  PAPER_TICKER as TICKER,
} from "../../test/support/paper-contract.ts";
import { readAccount } from "../account-view.ts";
import { bookCorrections, type Corrections } from "../correct-settlements.ts";

const MODE = "paper";

let on: PaperContract;
beforeAll(async () => {
  on = await openPaperContract([
    ...book(0, TICKER),
    life(126, TICKER, "finalized", "yes", { on: 80_000.01 }),
    life(160, TICKER, "finalized", "no", { on: 79_999.99 }),
    life(200, TICKER, "finalized", "scalar", { on: 79_999.99, value: 0.37 }),
  ]);
});
afterAll(() => on.close());

it("pays what was held by the last word, once a word, and has its contract scored by it", async () => {
  const { deps } = on.desk;
  const { db } = on.clone;
  expect(await on.buy(1_000)).toMatchObject({ kind: "order", filledCenti: 1_000 });
  const bought = on.account().cash;
  const look = async (): Promise<Corrections> => {
    const times = { openedAt: at(0), recent: at(0) };
    return await bookCorrections(deps, MODE, await readAccount(deps.venue, times));
  };
  // Ten contracts: 10 USD by the first word, nothing by the second, 3.70 USD by the third.
  const words = [
    { from: 130, result: "yes", revenue: 10_000_000, corrections: 0, booked: [] },
    { from: 165, result: "no", revenue: 0, corrections: 1, booked: [{ change: -10_000_000 }] },
    { from: 205, result: "scalar", revenue: 3_700_000, corrections: 2, booked: [{ number: 2 }] },
  ];
  for (const { from, result, revenue, corrections, booked } of words) {
    await on.desk.advanceTo(at(from));
    if (corrections === 0) await on.sweep();
    if (corrections === 0) await on.settlePosition();
    expect(await look()).toMatchObject({ booked, refused: [] });
    expect(await look()).toEqual({ booked: [], refused: [] });
    expect(await on.settlePosition()).toMatchObject({ revenueMicros: revenue, word: { result } });
    expect(on.account().cash).toBe(bought + revenue);
    expect(await cash(db, MODE)).toBe(bought + revenue);
    expect(await cashIdentity(db, MODE)).toMatchObject({ difference: 0, imbalance: 0 });
    expect(await contract()).toEqual({ outcome: result, corrections });
    // The sweep finds by itself what is to be scored anew.
    expect(await unscoredContracts(db, MODE, at(from))).toEqual(corrections > 0 ? [TICKER] : []);
    await on.sweep();
    expect(await unscoredContracts(db, MODE, at(from))).toEqual([]);
  }
});

function contract() {
  return on.clone.db
    .selectFrom("kalshi_contracts")
    .select(["outcome", "corrections"])
    .where("market_ticker", "=", TICKER)
    .executeTakeFirstOrThrow();
}
