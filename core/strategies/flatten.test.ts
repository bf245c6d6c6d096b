import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LINEAR_CENT } from "../domain/price-grid.ts";
import { countCenti, priceMicros } from "../domain/units.ts";
import { allIn } from "./execution.ts";
import { type FlattenMarket, type HeldPosition, planFlatten } from "./flatten.ts";

const FEES = { kind: "quadratic_with_maker_fees", multiplierMilli: 1_000 } as const;
const BOUNDS = { slippageMicros: 30_000, maxLossMicros: 100_000_000 } as const;
const cents = (value: number) => priceMicros(value * 10_000);
const held: HeldPosition = {
  strategy: "model-edge",
  marketTicker: "T",
  eventTicker: "E",
  exchangeIndex: 3,
  phase: "live",
  outcome: "yes",
  count: countCenti(10_000),
};
const market = (bid: number | null, ask: number | null): FlattenMarket => ({
  quote: {
    bid: bid === null ? null : cents(bid),
    bidSize: countCenti(5_000),
    ask: ask === null ? null : cents(ask),
    askSize: countCenti(2_500),
  },
  grid: LINEAR_CENT,
  fees: FEES,
  isTradable: true,
});

describe("planFlatten", () => {
  it("sells all that is held at the bid less the slippage, reduce-only and immediate", () => {
    const plan = planFlatten(held, market(50, 52), BOUNDS);
    expect(plan).toMatchObject({
      kind: "close",
      intent: {
        purpose: "exit",
        exitType: "kill",
        side: "ask",
        isReduceOnly: true,
        count: 10_000,
        limitPrice: 470_000,
        plan: { price: 470_000, timeInForce: "immediate_or_cancel", expectedPrice: 500_000 },
      },
    });
  });

  it("sells no more at once than may be lost at once", () => {
    // Worth 51, sold at 47 less 1.7437 of fee: 5.7437 cents a contract; 2 USD allow 34.82 contracts.
    const plan = planFlatten(held, market(50, 52), { ...BOUNDS, maxLossMicros: 2_000_000 });
    expect(plan.kind === "close" && plan.intent.count).toBe(3_482);
  });

  it("waits where nobody bids, where nothing trades, and where a hundredth would lose too much", () => {
    expect(planFlatten(held, market(null, 52), BOUNDS)).toEqual({ kind: "wait", why: "no_bid" });
    const closed = { ...market(50, 52), isTradable: false };
    expect(planFlatten(held, closed, BOUNDS)).toEqual({ kind: "wait", why: "market_not_active" });
    const strict = { ...BOUNDS, maxLossMicros: 1 };
    expect(planFlatten(held, market(50, 52), strict)).toEqual({ kind: "wait", why: "loss_bound" });
  });

  it("takes the bid for the limit at the end of the grid", () => {
    const plan = planFlatten(held, market(1, 3), BOUNDS);
    expect(plan.kind === "close" && plan.intent.limitPrice).toBe(10_000);
  });

  it("never plans more than is held, nor a loss beyond its bound, whatever the market shows", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 98 }),
        fc.option(fc.integer({ min: 2, max: 99 }), { nil: null }),
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 0, max: 500_000_000 }),
        fc.integer({ min: 0, max: 500_000 }),
        (bid, ask, count, maxLossMicros, slippageMicros) => {
          const position = { ...held, count: countCenti(count) };
          const bounds = { maxLossMicros, slippageMicros };
          const plan = planFlatten(position, market(bid, ask), bounds);
          if (plan.kind === "wait") return;
          const { intent } = plan;
          const worth = ask === null ? bid * 10_000 : (bid + ask) * 5_000;
          const loss = worth - allIn("ask", intent.limitPrice, "taker", FEES);
          expect(intent.count).toBeLessThanOrEqual(count);
          expect(intent.limitPrice).toBeLessThanOrEqual(cents(bid));
          expect((loss * intent.count) / 100).toBeLessThanOrEqual(Math.max(0, maxLossMicros));
        },
      ),
    );
  });

  it("closes a NO by buying YES at the ask and the slippage, reduce-only and immediate", () => {
    const no: HeldPosition = { ...held, outcome: "no" };
    expect(planFlatten(no, market(50, 52), BOUNDS)).toMatchObject({
      kind: "close",
      intent: {
        ...{ purpose: "exit", exitType: "kill", side: "bid", isReduceOnly: true, count: 10_000 },
        limitPrice: 550_000,
        // 25 of 100 contracts are offered.
        plan: { timeInForce: "immediate_or_cancel", expectedFillProbability: 0.25 },
      },
    });
    expect(planFlatten(no, market(50, null), BOUNDS)).toEqual({ kind: "wait", why: "no_ask" });
    // Of a contract 4 cents are lost to the mid, and the fee at 55 cents: 1.7325.
    const bounds = { ...BOUNDS, maxLossMicros: 573_250 };
    expect(planFlatten(no, market(50, 52), bounds)).toMatchObject({ intent: { count: 1_000 } });
  });
});
