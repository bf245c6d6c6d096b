import fc from "fast-check";
import { expect, it } from "vitest";
import { tradeFee } from "../../core/domain/fees.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../../core/domain/units.ts";
import { Engine } from "./engine.ts";
import { NBA_FEES } from "./series.ts";
import { ApiError } from "./errors.ts";
import type { OrderTerms } from "./order.ts";
import { AWAY, HOME, level, nightOf, OPENING, print, status } from "./testing/hand-made.ts";

const START_CASH = usdMicros(200_000_000);

const cents = fc.integer({ min: 1, max: 99 });
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("level" as const),
      outcome: fc.constantFrom("yes" as const, "no" as const),
      cents,
      size: fc.integer({ min: 0, max: 300 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("print" as const),
      cents,
      size: fc.integer({ min: 1, max: 100 }),
      taker: fc.constantFrom("bid" as const, "ask" as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("place" as const),
      side: fc.constantFrom("bid" as const, "ask" as const),
      cents,
      centi: fc.integer({ min: 1, max: 9_999 }),
      tif: fc.constantFrom(
        "good_till_canceled" as const,
        "immediate_or_cancel" as const,
        "fill_or_kill" as const,
      ),
      reduce: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cancel" as const), nth: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("amend" as const),
      nth: fc.nat(20),
      cents,
      centi: fc.integer({ min: 1, max: 9_999 }),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function terms(n: number, one: Extract<Step, { kind: "place" }>): OrderTerms {
  return {
    orderId: `order-${n}`,
    clientOrderId: `client-${n}`,
    marketTicker: HOME,
    side: one.side,
    price: priceMicros(one.cents * 10_000),
    count: countCenti(one.centi),
    timeInForce: one.reduce ? "immediate_or_cancel" : one.tif,
    isPostOnly: false,
    isReduceOnly: one.reduce,
    selfTradePrevention: n % 2 === 0 ? "maker" : "taker_at_cross",
    expiresAt: null,
    isCanceledOnPause: false,
    orderGroupId: null,
  };
}

function run(engine: Engine, steps: readonly Step[]): void {
  for (const [n, one] of steps.entries()) {
    const at = instant(engine.listing(HOME).openAt + n);
    const resting = [...engine.account.resting.keys()];
    try {
      if (one.kind === "level") engine.apply(level(n, one.outcome, one.cents, one.size));
      if (one.kind === "print") engine.apply(print(n, one.cents, one.size, one.taker));
      if (one.kind === "place") engine.place(terms(n, one), at);
      if (one.kind === "cancel" || one.kind === "amend") {
        const orderId = resting[one.nth % Math.max(1, resting.length)] ?? "none";
        if (one.kind === "cancel") engine.cancel(orderId, at);
        else {
          const price = priceMicros(one.cents * 10_000);
          const change = { price, count: countCenti(one.centi), clientOrderId: null };
          engine.amend(orderId, change, at);
        }
      }
    } catch (error) {
      // A refusal is an answer; anything else is a bug.
      if (!(error instanceof ApiError)) throw error;
    }
  }
}

function newEngine(): Engine {
  const engine = new Engine(nightOf([]).manifest, START_CASH);
  for (const fact of OPENING) engine.apply(fact);
  return engine;
}

it("keeps cash = deposits + fills + settlements - fees, to the micro-dollar", () => {
  const results = fc.constantFrom(
    ["yes", 1_000_000] as const,
    ["no", 0] as const,
    ["scalar", 370_000] as const,
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), results, (steps, [result, value]) => {
      const engine = newEngine();
      run(engine, steps);
      const position = engine.account.position(HOME);
      engine.apply(status(90, "closed"));
      engine.apply(status(91, "finalized", result, usdMicros(value)));
      const { account } = engine;
      // What YES contracts are worth if each is bought and sold outright: a rule apart from netting.
      let expected: number = START_CASH;
      for (const { side, price, count, fee } of account.fills) {
        expected += (side === "bid" ? -1 : 1) * ((price * count) / 100) - fee;
      }
      expected += (position * value) / 100;
      expect(Math.abs(account.cash - expected)).toBeLessThanOrEqual(1);
      expect(account.resting.size).toBe(0);
      expect(account.position(HOME)).toBe(0);
    }),
    { numRuns: 300 },
  );
});

it("fills no order beyond its count or its limit, and never leaves cash below zero", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const engine = newEngine();
      run(engine, steps);
      const { account } = engine;
      for (const order of account.orders.values()) {
        const fills = account.fills.filter(({ orderId }) => orderId === order.terms.orderId);
        const filled = fills.reduce((total, { count }) => total + count, 0);
        expect(filled).toBe(order.filled);
        expect(order.filled + order.remaining).toBeLessThanOrEqual(order.terms.count);
        const fees = fills.reduce((total, { fee }) => total + fee, 0);
        expect(fees).toBe(order.takerFees + order.makerFees);
      }
      expect(account.cash).toBeGreaterThanOrEqual(0);
      // Rounding of fees, at most 0.0001 USD an order, is all that may be missing.
      expect(account.available()).toBeGreaterThanOrEqual(-100 * account.orders.size);
    }),
    { numRuns: 300 },
  );
});

it("settles a scalar at its value, once, and each market by itself", () => {
  const engine = newEngine();
  engine.apply(level(0, "no", 40, 100));
  const buy = {
    kind: "place",
    side: "bid",
    cents: 60,
    centi: 1_000,
    tif: "good_till_canceled",
    reduce: false,
  } as const;
  engine.place(terms(1, buy), engine.listing(HOME).openAt);
  const fee = tradeFee(NBA_FEES, "taker", priceMicros(600_000), countCenti(1_000));
  engine.apply(status(10, "determined", "scalar", usdMicros(370_000)));
  expect(engine.account.settlements).toEqual([]);
  for (const seconds of [11, 12]) {
    engine.apply(status(seconds, "finalized", "scalar", usdMicros(370_000)));
    engine.apply(status(seconds, "finalized", "scalar", usdMicros(630_000), AWAY));
  }
  expect(engine.account.settlements).toMatchObject([{ marketTicker: HOME, revenue: 3_700_000 }]);
  expect(engine.account.cash).toBe(START_CASH - 6_000_000 - fee + 3_700_000);
});

it("lets each held contract cover one order only", () => {
  const engine = newEngine();
  const { openAt } = engine.listing(HOME);
  engine.apply(level(0, "no", 40, 10));
  engine.apply(level(0, "yes", 55, 10));
  const one = { kind: "place", tif: "good_till_canceled", reduce: false, centi: 1_000 } as const;
  engine.place(terms(1, { ...one, side: "bid", cents: 60 }), openAt);
  const cash = engine.account.available();
  engine.place(terms(2, { ...one, side: "ask", cents: 70 }), openAt);
  // The ten held cover the first sale; the second is ten NO at 30 cents and the maker's fee.
  expect(engine.account.available()).toBe(cash);
  engine.place(terms(3, { ...one, side: "ask", cents: 70 }), openAt);
  const fee = tradeFee(NBA_FEES, "maker", priceMicros(700_000), countCenti(1_000));
  expect(engine.account.available()).toBe(cash - 3_000_000 - fee);
  const reduce = terms(4, { ...one, side: "ask", cents: 55, reduce: true });
  expect(() => engine.place(reduce, openAt)).toThrow(ApiError);
});

it("comes to the same state when the same facts and commands are played again", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const [one, two] = [newEngine(), newEngine()];
      run(one, steps);
      run(two, steps);
      expect(two.account.fills).toEqual(one.account.fills);
      expect(two.listing(HOME).book.state()).toEqual(one.listing(HOME).book.state());
    }),
    { numRuns: 100 },
  );
});
