/** A contract whose position a kill sells before its settlement: by the real exchange and the tables. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { cash, cashIdentity } from "../../schema/queries/ledger.ts";
import { contractBars, EXITED } from "../../schema/queries/btc-orders.ts";
import { throwKill } from "../../schema/queries/kill.ts";
import { openPositions } from "../../schema/queries/positions.ts";
import { book, life } from "../../sim/exchange/testing/bitcoin.ts";
import {
  at,
  openPaperContract,
  type PaperContract,
  PAPER_TICKER as TICKER,
} from "../../test/support/paper-contract.ts";
import { flattenOnce } from "../kill-flatten.ts";
import { createOrderActivities } from "../place-order.ts";

const MODE = "paper";
const settings = {
  ...{ slippageMicros: 50_000, maxLossMicros: 1_000_000_000 },
  ...{ flattenAttempts: 4, flattenPauseWallMs: 1 },
};

let on: PaperContract;
beforeAll(async () => {
  const settled = life(126, TICKER, "finalized", "yes", { on: 80_000.01 });
  on = await openPaperContract([...book(0, TICKER), settled]);
});
afterAll(() => on.close());

const bars = () => contractBars(on.clone.db, MODE, [TICKER], 5);

it("is barred as left, no longer as held, and its settlement pays nothing", async () => {
  const { db } = on.clone;
  const { deps } = on.desk;
  await on.buy(1_000);
  expect(await bars()).toEqual(new Map([[TICKER, "position_open"]]));
  const kill = { killId: "k", mode: MODE, level: "flatten", reason: "drill", by: "test" } as const;
  await throwKill(db, kill);
  const { placeOrder: place } = createOrderActivities(deps);
  const attempt = (number: number) =>
    flattenOnce({ ...deps, settings, place }, { ...kill, attempt: number });
  expect(await attempt(1)).toMatchObject({ isFlat: false, left: [{ marketTicker: TICKER }] });
  expect(await attempt(2)).toMatchObject({ isFlat: true });
  expect(await openPositions(db, MODE)).toEqual([]);
  expect(await bars()).toEqual(new Map([[TICKER, EXITED]]));
  const sold = on.account().cash;

  await on.desk.advanceTo(at(130));
  await on.sweep();
  expect(await on.settlePosition()).toMatchObject({ revenueMicros: 0 });
  expect(on.account().cash).toBe(sold);
  expect(await cash(db, MODE)).toBe(sold);
  expect(await cashIdentity(db, MODE)).toMatchObject({ difference: 0, imbalance: 0 });
  expect(await bars()).toEqual(new Map([[TICKER, EXITED]]));
});
