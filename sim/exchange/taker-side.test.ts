import { expect, it } from "vitest";
import { countCenti, instant, priceMicros, usdMicros } from "../../core/domain/units.ts";
import { Engine } from "./engine.ts";
import type { Fact } from "../facts.ts";
import { HOME, level, nightOf, OPENING, print, START } from "./testing/hand-made.ts";
import { likelyTaker } from "./taker-side.ts";

const cents = (price: number) => priceMicros(price * 10_000);

it.each([
  ["at the ask, bought", 52, "bid"],
  ["beyond the ask, bought", 55, "bid"],
  ["at the bid, sold", 48, "ask"],
  ["nearer to the bid, sold", 49, "ask"],
  ["nearer to the ask, bought", 51, "bid"],
] as const)("a print of an unknown taker is, by the book: %s", (_what, price, side) => {
  const last = { price: cents(90), takerSide: side === "bid" ? "ask" : "bid" } as const;
  expect(likelyTaker(cents(price), { bid: cents(48), ask: cents(52) }, last)).toBe(side);
});

it.each([
  ["above the last, bought", 51, { price: cents(50), takerSide: "ask" }, "bid"],
  ["below the last, sold", 49, { price: cents(50), takerSide: "bid" }, "ask"],
  ["at the last, as that was", 50, { price: cents(50), takerSide: "ask" }, "ask"],
  ["the first of all, bought", 50, undefined, "bid"],
] as const)("without a nearer quote it is, by the tape: %s", (_what, price, last, side) => {
  expect(likelyTaker(cents(price), { bid: null, ask: null }, last)).toBe(side);
  const around = { bid: cents(price - 2), ask: cents(price + 2) };
  expect(likelyTaker(cents(price), around, last)).toBe(side);
});

it("by a book of one side it met that side", () => {
  expect(likelyTaker(cents(50), { bid: cents(48), ask: null }, undefined)).toBe("ask");
});

it("the tape states the derived side, and who rests at that price is not filled for it", () => {
  const engine = new Engine(nightOf([]).manifest, usdMicros(1e9));
  for (const fact of [...OPENING, level(1, "yes", 48, 100), level(1, "no", 48, 100)]) {
    engine.apply(fact);
  }
  engine.place(
    {
      ...{ orderId: "rests", clientOrderId: "rests", marketTicker: HOME, side: "bid" },
      ...{ price: cents(48), count: countCenti(1_000), timeInForce: "good_till_canceled" },
      ...{ isPostOnly: false, isReduceOnly: false, selfTradePrevention: "maker" },
      ...{ expiresAt: null, isCanceledOnPause: false, orderGroupId: null },
    },
    instant(START + 2_000),
  );
  const printed = (seconds: number, price: number, takerSide: "ask" | null): Fact => ({
    ...print(seconds, price, 200, "ask"),
    ...{ kind: "trade", marketTicker: HOME, tradeId: `${seconds}`, takerSide },
    ...{ price: cents(price), count: countCenti(20_000) },
  });
  engine.apply(printed(3, 48, null));
  engine.apply(printed(4, 52, null));
  expect(engine.listing(HOME).tape.map(({ takerSide }) => takerSide)).toEqual(["ask", "bid"]);
  expect(engine.account.order("rests").status).toBe("resting");
  // As it is by one whose side is known.
  engine.apply(printed(5, 48, "ask"));
  expect(engine.account.order("rests").status).toBe("executed");
});
