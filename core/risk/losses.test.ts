import { expect, it } from "vitest";
import { marksAt } from "../domain/marking.ts";
import type { Holding } from "../domain/risk.ts";
import { positionCenti, usdMicros } from "../domain/units.ts";
import { marketLoss } from "./exposure.ts";
import { measureLosses } from "./losses.ts";
import { AWAY, clear, HOME, holding } from "./testing/fixtures.ts";

/** Of 100 bought at 50 cents 90 were sold at 49: 0.90 USD lost. Fees of both sides are 3.4243. */
const rest = holding({ fees: usdMicros(3_424_300), realized: usdMicros(-900_000) });
const AT_30 = marksAt({ bid: 300_000, ask: 310_000 });
const losses = (...holdings: readonly Holding[]) =>
  measureLosses({
    account: { ...clear.account, realizedToday: usdMicros(-4_324_300) },
    holdings,
    marks: { [HOME]: AT_30, [AWAY]: AT_30 },
  });

it("counts in a trade's loss what was lost on the part already sold", () => {
  // 10 left at 50 cents, bid at 30: 2 USD. 2 + 3.4243 + 0.90.
  expect(losses(rest).worstTrade).toBe(6_324_300);
  const gained = { ...rest, realized: usdMicros(900_000) };
  expect(losses(gained).worstTrade).toBe(4_524_300);
});

it("counts a sold part once in the loss of the day", () => {
  // Realised result and fees of the day, 4.3243, and the 2 USD that are open.
  expect(losses(rest).daily).toBe(6_324_300);
});

it("counts in a trade's loss its other market, though nothing is left there", () => {
  const sold = holding({
    ...{ marketTicker: AWAY, count: positionCenti(0), cost: usdMicros(0) },
    ...{ fees: usdMicros(100_000), realized: usdMicros(-1_000_000) },
  });
  // 2 USD and 0.175 of fees in the one; 1 USD and 0.10 of fees in the other.
  expect(losses(holding(), sold).worstTrade).toBe(3_275_000);
  // What is lost there is lost for good: it is no worst case of what is held here.
  expect(marketLoss({ ...clear, holdings: [holding(), sold] }, HOME)).toBe(5_175_000);
});

it("leaves a trade of which nothing is left to the closed ones", () => {
  const over = { ...rest, count: positionCenti(0), cost: usdMicros(0) };
  expect(losses(over).worstTrade).toBe(0);
});
