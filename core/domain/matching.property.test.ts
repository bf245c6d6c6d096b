import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PaperMarket, type PaperMarketState } from "./matching.ts";
import { type Execution, ownPriceOf, type PaperOrder, type RestingOrder } from "./paper-order.ts";
import { countCenti, priceMicros } from "./units.ts";

const cents = fc.integer({ min: 30, max: 70 }).map((value) => priceMicros(value * 10_000));
const sizes = fc.integer({ min: 0, max: 300 }).map(countCenti);
const counts = fc.integer({ min: 1, max: 300 }).map(countCenti);
const sides = fc.constantFrom("bid" as const, "ask" as const);

/** Others' bids stay below 50 cents and their offers above: their own book is never crossed. */
const levels = fc.record({
  kind: fc.constant("level" as const),
  outcome: fc.constantFrom("yes" as const, "no" as const),
  price: fc.integer({ min: 40, max: 49 }).map((value) => priceMicros(value * 10_000)),
  size: sizes,
});
const trades = fc.record({
  kind: fc.constant("trade" as const),
  price: cents,
  count: counts,
  takerSide: fc.option(sides),
});
const placements = fc.record({
  kind: fc.constant("place" as const),
  side: sides,
  price: cents,
  count: counts,
  timeInForce: fc.constantFrom<PaperOrder["timeInForce"]>(
    "good_till_canceled",
    "immediate_or_cancel",
    "fill_or_kill",
  ),
  isPostOnly: fc.boolean(),
  selfTradePrevention: fc.constantFrom<PaperOrder["selfTradePrevention"]>(
    "taker_at_cross",
    "maker",
  ),
});
const cancels = fc.record({ kind: fc.constant("cancel" as const), pick: fc.nat() });
const amends = fc.record({
  kind: fc.constant("amend" as const),
  pick: fc.nat(),
  price: cents,
  remaining: counts,
});
const restarts = fc.constant({ kind: "restart" as const });
const actions = fc.array(
  fc.oneof(levels, trades, placements, placements, cancels, amends, restarts),
  {
    maxLength: 60,
  },
);

/** What the test itself keeps of the market, from the answers alone. */
class Account {
  readonly orders = new Map<
    string,
    { terms: PaperOrder; executed: number; canceled: number; added: number }
  >();
  /** What we took of each displayed level since it last changed, by maker side and own price. */
  readonly taken = new Map<string, number>();

  open(terms: PaperOrder): void {
    this.orders.set(terms.orderId, { terms, executed: 0, canceled: 0, added: 0 });
  }

  book(executions: readonly Execution[]): void {
    for (const { orderId, side, price, count } of executions) {
      const entry = this.orders.get(orderId);
      if (!entry) throw new Error(`execution of an unknown order ${orderId}`);
      entry.executed += count;
      expect(count).toBeGreaterThan(0);
      expect(side).toBe(entry.terms.side);
      if (side === "bid") expect(price).toBeLessThanOrEqual(entry.terms.price);
      else expect(price).toBeGreaterThanOrEqual(entry.terms.price);
    }
  }

  cancel(orderId: string, count: number): void {
    const entry = this.orders.get(orderId);
    if (entry) entry.canceled += count;
  }

  take(key: string, count: number): number {
    const total = (this.taken.get(key) ?? 0) + count;
    this.taken.set(key, total);
    return total;
  }
}

/** An order filled while an earlier or better one of the same side was left: never. */
function expectPriority(
  before: readonly RestingOrder[],
  paper: PaperMarket,
  filled: readonly Execution[],
) {
  for (const { orderId } of filled) {
    const index = before.findIndex((order) => order.orderId === orderId);
    const later = before[index];
    if (!later) continue;
    for (const [position, earlier] of before.entries()) {
      if (earlier.side !== later.side || earlier.ahead === null) continue;
      const isBetter = ownPriceOf(earlier) > ownPriceOf(later);
      const isEarlier = earlier.price === later.price && position < index;
      if (isBetter || isEarlier) expect(paper.order(earlier.orderId)).toBeNull();
    }
  }
}

function expectUncrossed(paper: PaperMarket): void {
  const { yes, no } = paper.book();
  const [bid, offer] = [yes.at(-1)?.price, no.at(-1)?.price];
  if (bid !== undefined && offer !== undefined) expect(bid + offer).toBeLessThan(1_000_000);
}

const total = (executions: readonly Execution[]): number =>
  executions.reduce((sum, { count }) => sum + count, 0);

describe("PaperMarket, over any sequence", () => {
  it("conserves every order, keeps limits and priority, and takes no volume twice", () => {
    fc.assert(
      fc.property(actions, (list) => {
        let paper = new PaperMarket();
        const account = new Account();
        const displayed = new Map<string, number>();
        for (const [step, action] of list.entries()) {
          const before = paper.resting();
          if (action.kind === "level") {
            const key = `${action.outcome === "yes" ? "bid" : "ask"}:${action.price}`;
            if ((displayed.get(key) ?? 0) !== action.size) account.taken.delete(key);
            displayed.set(key, action.size);
            const filled = paper.applyLevel(action.outcome, action.price, action.size);
            account.book(filled);
            expect(account.take(key, total(filled))).toBeLessThanOrEqual(action.size);
            expectPriority(before, paper, filled);
          } else if (action.kind === "trade") {
            const filled = paper.applyTrade({ ...action, tradeId: `t${step}` });
            account.book(filled);
            expect(total(filled)).toBeLessThanOrEqual(action.count);
            if (action.takerSide !== null) expectPriority(before, paper, filled);
          } else if (action.kind === "place") {
            const terms = { ...action, orderId: `o${step}` };
            account.open(terms);
            const placed = paper.place(terms);
            account.book(placed.executions);
            account.cancel(terms.orderId, placed.canceled);
            for (const { orderId, canceled } of placed.selfCanceled) {
              account.cancel(orderId, canceled);
            }
            expect(total(placed.executions) + placed.remaining + placed.canceled).toBe(
              action.count,
            );
            if (action.timeInForce === "fill_or_kill" && placed.status !== "executed") {
              expect(placed.executions).toEqual([]);
            }
            if (action.isPostOnly) expect(placed.executions).toEqual([]);
            if (action.timeInForce !== "good_till_canceled") expect(placed.remaining).toBe(0);
            for (const { side, price, count } of placed.executions) {
              const key = side === "bid" ? `ask:${1_000_000 - price}` : `bid:${price}`;
              expect(account.take(key, count)).toBeLessThanOrEqual(displayed.get(key) ?? 0);
            }
          } else if (action.kind === "cancel") {
            const order = before[action.pick % Math.max(1, before.length)];
            if (order) account.cancel(order.orderId, paper.cancel(order.orderId) ?? NaN);
          } else if (action.kind === "amend") {
            const order = before[action.pick % Math.max(1, before.length)];
            const entry = order && account.orders.get(order.orderId);
            if (!order || !entry) continue;
            entry.terms = { ...entry.terms, price: action.price };
            const placed = paper.amend(order.orderId, action.price, action.remaining);
            if (placed?.status === "refused") entry.terms = { ...entry.terms, price: order.price };
            else entry.added += action.remaining - order.remaining;
            account.book(placed?.executions ?? []);
            if (placed?.status !== "refused") account.cancel(order.orderId, placed?.canceled ?? 0);
            for (const self of placed?.selfCanceled ?? []) {
              account.cancel(self.orderId, self.canceled);
            }
            for (const { side, price, count } of placed?.executions ?? []) {
              const key = side === "bid" ? `ask:${1_000_000 - price}` : `bid:${price}`;
              expect(account.take(key, count)).toBeLessThanOrEqual(displayed.get(key) ?? 0);
            }
          } else {
            const written = JSON.stringify(paper.state());
            paper = new PaperMarket();
            paper.restore(JSON.parse(written) as PaperMarketState);
            expect(JSON.stringify(paper.state())).toBe(written);
          }
          expectUncrossed(paper);
          for (const [orderId, { terms, executed, canceled, added }] of account.orders) {
            const remaining = paper.order(orderId)?.remaining ?? 0;
            expect(executed + remaining + canceled).toBe(terms.count + added);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it("fills one level as a queue of single contracts would", () => {
    const steps = fc.array(
      fc.record({
        kind: fc.constantFrom("join", "leave", "trade", "ours", "cancel"),
        count: fc.integer({ min: 1, max: 50 }),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, sides, (list, side) => {
        const paper = new PaperMarket();
        const price = priceMicros(500_000);
        const outcome = side === "bid" ? "yes" : "no";
        let queue: (string | null)[] = [];
        const others = (): number => queue.filter((owner) => owner === null).length;
        for (const [step, { kind, count }] of list.entries()) {
          if (kind === "join") queue.push(...Array<null>(count).fill(null));
          else if (kind === "leave") {
            // Cancels come from behind.
            for (let left = count; left > 0 && others() > 0; left -= 1) {
              queue.splice(queue.lastIndexOf(null), 1);
            }
          } else if (kind === "trade") {
            const expected = new Map<string, number>();
            for (const owner of queue.slice(0, count)) {
              if (owner !== null) expected.set(owner, (expected.get(owner) ?? 0) + 1);
            }
            queue = queue.slice(count);
            const takerSide = side === "bid" ? "ask" : "bid";
            const filled = paper.applyTrade({
              price,
              count: countCenti(count),
              takerSide,
              tradeId: `t${step}`,
            });
            expect(new Map(filled.map((fill) => [fill.orderId, fill.count]))).toEqual(expected);
          } else if (kind === "ours") {
            const orderId = `o${step}`;
            queue.push(...Array<string>(count).fill(orderId));
            paper.place({
              orderId,
              side,
              price,
              count: countCenti(count),
              timeInForce: "good_till_canceled",
              isPostOnly: true,
              selfTradePrevention: "taker_at_cross",
            });
          } else {
            const mine = queue.find((owner) => owner !== null);
            queue = queue.filter((owner) => owner === null || owner !== mine);
            if (typeof mine === "string") paper.cancel(mine);
          }
          paper.applyLevel(outcome, price, countCenti(others()));
          for (const { orderId } of paper.resting()) {
            expect(paper.queuePosition(orderId)).toBe(queue.indexOf(orderId));
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
