import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OrderIntent } from "../domain/order.ts";
import { OrderBook } from "../domain/order-book.ts";
import { LINEAR_CENT, TAPERED_DECI_CENT } from "../domain/price-grid.ts";
import { type CountCenti, countCenti, instant, priceMicros } from "../domain/units.ts";
import {
  allIn,
  type BookView,
  followUp,
  type FollowedOrder,
  highestBid,
  planRest,
  planTake,
} from "./execution.ts";
import { CONFIG, marketOf } from "./testing/inputs.ts";

const FEES = { kind: "quadratic_with_maker_fees", multiplierMilli: 1_000 } as const;
const { execution } = CONFIG;
const book = (
  bid: number | null,
  ask: number | null,
  changes: Partial<BookView> = {},
): BookView => ({
  quote: marketOf("home", bid, ask).quote,
  grid: LINEAR_CENT,
  fees: FEES,
  staleBecause: null,
  recentVolume: countCenti(60_000),
  ...changes,
});
const cents = (value: number) => priceMicros(value * 10_000);

/** The book of others around a bid of ours, as an order's follower has it: the venue shows both in one. */
function bookAround(ours: { cents: number; contracts: number }, bid: number | null, ask: number) {
  const shown = new OrderBook("T");
  const [own, hundred] = [countCenti(ours.contracts * 100), countCenti(10_000)];
  const both = bid === ours.cents ? countCenti(own + hundred) : own;
  const yes: [ReturnType<typeof cents>, CountCenti][] = [[cents(ours.cents), both]];
  if (bid !== null && bid !== ours.cents) yes.push([cents(bid), hundred]);
  shown.applySnapshot({ yes, no: [[cents(100 - ask), hundred]] });
  expect(shown.isCrossed()).toBe(false);
  const at = instant(0);
  const rests = { side: "bid", price: cents(ours.cents), left: own, shownBefore: null } as const;
  const quote = shown.quote(at, at, [rests]);
  expect([quote.bid, quote.ask]).toEqual([bid === null ? null : cents(bid), cents(ask)]);
  return { ...book(null, null), quote };
}

const resting: FollowedOrder = {
  intent: {
    strategy: "model-edge",
    purpose: "entry",
    exitType: null,
    phase: "live",
    marketTicker: "T",
    eventTicker: "E",
    exchangeIndex: 3,
    side: "bid",
    count: countCenti(10_000),
    isReduceOnly: false,
    limitPrice: cents(52),
    fairValue: cents(54),
    edgeMicros: 30_000,
    plan:
      planRest(
        { book: book(49, 51), limitPrice: cents(52), count: countCenti(100), patienceMs: 1 },
        execution,
      ) ?? fail(),
    mayTakeFallback: true,
  } satisfies OrderIntent,
  plan: {
    price: cents(50),
    timeInForce: "good_till_canceled",
    isPostOnly: true,
    expectedFillProbability: 0.5,
    expectedPrice: cents(50),
  },
  remaining: countCenti(10_000),
  replacements: 0,
  elapsedMs: 20_000,
  sinceReplacedMs: 20_000,
};

function fail(): never {
  throw new Error("a plan is made");
}

describe("planRest", () => {
  const request = (bid: number | null, ask: number | null, limit: number) => ({
    book: book(bid, ask),
    limitPrice: cents(limit),
    count: countCenti(10_000),
    patienceMs: 60_000,
  });

  it("improves on the bid where the spread has room", () => {
    expect(planRest(request(49, 51, 52), execution)).toMatchObject({
      price: 500_000,
      isPostOnly: true,
    });
  });

  it("joins the bid where it has none, or the limit forbids more", () => {
    expect(planRest(request(49, 50, 52), execution)?.price).toBe(490_000);
    expect(planRest(request(49, 52, 49), execution)?.price).toBe(490_000);
  });

  it("makes no plan above its limit, or where nobody bids", () => {
    expect(planRest(request(50, 52, 49), execution)).toBeNull();
    expect(planRest(request(null, 52, 49), execution)).toBeNull();
  });

  it("expects to fill behind the queue in proportion to what prints", () => {
    // Half of 600 contracts a minute meets the bids: 300, for 500 ahead and 100 of ours.
    expect(planRest(request(49, 50, 52), execution)?.expectedFillProbability).toBeCloseTo(0.5, 9);
  });
});

describe("planTake", () => {
  it("goes through the best price by the slack, and never beyond its limit", () => {
    const wide = { book: book(49, 50), limitPrice: cents(60), count: countCenti(100) };
    expect(planTake("bid", wide, execution)).toMatchObject({
      price: 510_000,
      expectedPrice: 500_000,
    });
    expect(planTake("bid", { ...wide, limitPrice: cents(50) }, execution)?.price).toBe(500_000);
    expect(planTake("bid", { ...wide, limitPrice: cents(49) }, execution)).toBeNull();
    expect(planTake("ask", { ...wide, limitPrice: cents(40) }, execution)?.price).toBe(470_000);
  });

  it("expects only the part that is displayed", () => {
    const all = { book: book(49, 50), limitPrice: cents(60), count: countCenti(100_000) };
    expect(planTake("bid", all, execution)?.expectedFillProbability).toBeCloseTo(0.95 / 2, 9);
  });
});

describe("highestBid", () => {
  it("is the last price of the grid that keeps the edge after fees", () => {
    const grid = fc.constantFrom(LINEAR_CENT, TAPERED_DECI_CENT);
    const liquidity = fc.constantFrom("maker" as const, "taker" as const);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999_999 }),
        fc.integer({ min: 0, max: 100_000 }),
        grid,
        liquidity,
        (fair, edge, bands, side) => {
          const price = highestBid(fair, edge, side, FEES, bands);
          const keeps = (at: ReturnType<typeof priceMicros>): boolean =>
            fair - allIn("bid", at, side, FEES) >= edge;
          if (price !== null) expect(keeps(price)).toBe(true);
          for (
            let next = (price ?? 0) + 1_000;
            next < Math.min(1_000_000, (price ?? 0) + 30_000);
            next += 1_000
          ) {
            const isOnGrid = bands.some(
              (band) =>
                next >= band.startMicros &&
                next < band.endMicros &&
                (next - band.startMicros) % band.stepMicros === 0,
            );
            if (isOnGrid) expect(keeps(priceMicros(next))).toBe(false);
          }
        },
      ),
    );
  });
});

describe("followUp", () => {
  it("keeps an order at the front, and one that is immediate", () => {
    expect(followUp(resting, book(50, 52), CONFIG)).toMatchObject({
      kind: "keep",
      reason: "at_the_front",
    });
    const immediate = {
      ...resting,
      plan: { ...resting.plan, timeInForce: "immediate_or_cancel" as const },
    };
    expect(followUp(immediate, book(60, 62), CONFIG).kind).toBe("keep");
  });

  it("follows the market within the limit, and stays behind beyond it", () => {
    expect(followUp(resting, book(51, 54), CONFIG)).toMatchObject({
      kind: "replace",
      plan: { price: 520_000 },
    });
    expect(followUp(resting, book(53, 54), CONFIG)).toMatchObject({
      kind: "keep",
      reason: "beyond_limit",
    });
  });

  it("follows a market that fell, and not by a step that is its own", () => {
    const around = (bid: number | null, ask: number): BookView =>
      bookAround({ cents: 50, contracts: 100 }, bid, ask);
    // Ours is at 50, one step above the others' 49.
    expect(followUp(resting, around(49, 52), CONFIG)).toMatchObject({ reason: "at_the_front" });
    expect(followUp(resting, around(50, 52), CONFIG)).toMatchObject({ reason: "at_the_front" });
    expect(followUp(resting, around(46, 51), CONFIG)).toMatchObject({
      kind: "replace",
      reason: "market_fell",
      plan: { price: 470_000, isPostOnly: true },
    });
    const used = { ...resting, replacements: 3 };
    expect(followUp(used, around(46, 51), CONFIG)).toMatchObject({ reason: "replacements_used" });
    expect(followUp(resting, around(null, 51), CONFIG)).toMatchObject({ reason: "at_the_front" });
  });

  it("replaces a bounded number of times, and not in haste", () => {
    const used = { ...resting, replacements: 3 };
    expect(followUp(used, book(51, 54), CONFIG)).toMatchObject({ reason: "replacements_used" });
    const hasty = { ...resting, sinceReplacedMs: 9_999 };
    expect(followUp(hasty, book(51, 54), CONFIG)).toMatchObject({ reason: "too_soon" });
  });

  it("crosses at the end of its patience where the edge pays the taker's fee", () => {
    const late = { ...resting, elapsedMs: 60_000 };
    // Fair 54, least edge 1: at 51 the all-in cost is 52.75, at 52 it is 53.75.
    expect(followUp(late, book(50, 51), CONFIG)).toMatchObject({
      kind: "cross",
      plan: { price: 510_000, timeInForce: "immediate_or_cancel" },
    });
    expect(followUp(late, book(50, 52), CONFIG)).toMatchObject({
      kind: "cancel",
      reason: "patience_over",
    });
  });

  it("crosses by the limit's least edge where it is above the strategy's", () => {
    const late = {
      ...resting,
      elapsedMs: 60_000,
      intent: { ...resting.intent, limitPrice: cents(48) },
      plan: { ...resting.plan, price: cents(46) },
    };
    const limited = (minEdgeMicros: number) => ({
      ...CONFIG,
      limits: { ...CONFIG.limits, minEdgeMicros },
    });
    // Fair 54: at 48 the taker's fee leaves 4.25 cents, at 47 it leaves 5.26.
    expect(followUp(late, book(47, 48), limited(0))).toMatchObject({
      kind: "cross",
      plan: { price: 480_000 },
    });
    expect(followUp(late, book(47, 48), limited(50_000))).toMatchObject({
      kind: "cancel",
      reason: "patience_over",
    });
    expect(followUp(late, book(46, 47), limited(50_000))).toMatchObject({
      kind: "cross",
      plan: { price: 470_000 },
    });
  });

  it("cancels at the end of its patience where no fallback is allowed", () => {
    const late = {
      ...resting,
      elapsedMs: 60_000,
      intent: { ...resting.intent, mayTakeFallback: false },
    };
    expect(followUp(late, book(50, 51), CONFIG)).toMatchObject({ kind: "cancel" });
  });

  it("renews an order before the venue ends it by its time, though its replacements are used", () => {
    const patient = { ...resting.intent, strategy: "pregame-anchored" } as const;
    // Ends after 300 s, and is renewed 30 s before.
    const due = { ...resting, intent: patient, elapsedMs: 10, sinceReplacedMs: 270_000 };
    expect(followUp({ ...due, replacements: 3 }, book(50, 52), CONFIG)).toEqual({
      kind: "renew",
      reason: "expiry_near",
      plan: resting.plan,
    });
    const early = { ...due, sinceReplacedMs: 269_999 };
    expect(followUp(early, book(50, 52), CONFIG)).toMatchObject({ reason: "at_the_front" });
  });

  it("does not rest in a book that cannot be believed", () => {
    const stale = book(50, 52, { staleBecause: "sequence_gap" });
    expect(followUp(resting, stale, CONFIG)).toEqual({ kind: "cancel", reason: "quote_stale" });
  });

  it("never plans beyond the intent's limit, whatever the market does", () => {
    const price = fc.option(fc.integer({ min: 1, max: 99 }), { nil: null });
    fc.assert(
      fc.property(
        price,
        price,
        fc.integer({ min: 0, max: 120_000 }),
        fc.boolean(),
        (bid, ask, elapsedMs, mayTakeFallback) => {
          const order = { ...resting, elapsedMs, intent: { ...resting.intent, mayTakeFallback } };
          const answer = followUp(order, book(bid, ask), CONFIG);
          if (answer.kind === "replace" || answer.kind === "cross") {
            expect(answer.plan.price).toBeLessThanOrEqual(order.intent.limitPrice);
          }
        },
      ),
    );
  });
});
