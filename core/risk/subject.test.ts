import { describe, expect, it } from "vitest";
import type { FeeSchedule } from "../domain/market.ts";
import type { OrderPlan, OwnedIntent } from "../domain/order.ts";
import { countCenti, priceMicros } from "../domain/units.ts";
import { subjectOf } from "./subject.ts";
import { buy, GAME } from "./testing/fixtures.ts";

const FEES: FeeSchedule = { kind: "quadratic_with_maker_fees", multiplierMilli: 1_000 };
const cents = (value: number) => priceMicros(value * 10_000);

const RESTS: OrderPlan = {
  price: cents(48),
  timeInForce: "good_till_canceled",
  isPostOnly: true,
  expectedFillProbability: 0.5,
  expectedPrice: cents(48),
};
const TAKES: OrderPlan = { ...RESTS, timeInForce: "immediate_or_cancel", isPostOnly: false };
/** A maker's entry at 48, worth 54: its edge after the maker's fee is 5.56 cents. */
const ENTRY: OwnedIntent = {
  ...buy(cents(48), countCenti(1_000)),
  fairValue: cents(54),
  edgeMicros: 55_632,
  plan: RESTS,
};
const edgeOf = (intent: OwnedIntent): number =>
  subjectOf(
    { occasionId: GAME, domain: "nba", intent, fees: FEES },
    { slate: "2026-11-20", replaces: "canceled" },
  ).edgeMicros;

describe("the edge that an order is judged by", () => {
  it("is the intent's while the plan is the one that it was priced for", () => {
    expect(edgeOf(ENTRY)).toBe(55_632);
  });

  it("is what the replacement leaves: a taker's fee, or a worse price, takes from it", () => {
    // 54 less 48 less a fee of 7 % of 0.48 x 0.52.
    expect(edgeOf({ ...ENTRY, plan: TAKES })).toBe(42_528);
    const worse = { ...RESTS, price: cents(49), expectedPrice: cents(49) };
    expect(edgeOf({ ...ENTRY, plan: worse })).toBe(45_626);
  });

  it("never becomes more than the intent said", () => {
    const better = { ...RESTS, price: cents(40), expectedPrice: cents(40) };
    expect(edgeOf({ ...ENTRY, plan: better })).toBe(55_632);
  });

  it("takes an entry that sells YES for the NO that it buys", () => {
    // NO worth 54, bought at 48.
    const plan = { ...TAKES, price: cents(52), expectedPrice: cents(52) };
    const sells = { ...ENTRY, side: "ask", fairValue: cents(46), limitPrice: cents(52), plan };
    expect(edgeOf(sells as OwnedIntent)).toBe(42_528);
  });

  it("is left as it is for an exit, which gains against holding", () => {
    const exit = { ...ENTRY, purpose: "exit", exitType: "lock", edgeMicros: -3, plan: TAKES };
    expect(edgeOf(exit as OwnedIntent)).toBe(-3);
  });
});
