import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OrderBook, type Outcome } from "./order-book.ts";
import { countCenti, instant, priceMicros } from "./units.ts";

const prices = fc.integer({ min: 1, max: 99 }).map((cents) => priceMicros(cents * 10_000));
const outcomes = fc.constantFrom<Outcome>("yes", "no");
const deltas = fc.array(fc.tuple(outcomes, prices, fc.integer({ min: -500, max: 1_000 })), {
  maxLength: 80,
});
const snapshots = fc.uniqueArray(
  fc.tuple(prices, fc.integer({ min: 1, max: 5_000 }).map(countCenti)),
  { selector: ([price]) => price, maxLength: 20 },
);

describe("OrderBook", () => {
  it("shows what a naive rebuild shows", () => {
    fc.assert(
      fc.property(snapshots, snapshots, deltas, (yes, no, changes) => {
        const book = new OrderBook("M");
        book.applySnapshot({ yes, no });
        const naive = { yes: new Map<number, number>(yes), no: new Map<number, number>(no) };
        for (const [outcome, price, delta] of changes) {
          const size = (naive[outcome].get(price) ?? 0) + delta;
          if (size < 0) {
            expect(book.applyDelta(outcome, price, delta)).toBe("negative-size");
            return;
          }
          expect(book.applyDelta(outcome, price, delta)).toBeNull();
          naive[outcome].set(price, size);
        }
        const bids = [...naive.yes].filter(([, size]) => size > 0).sort(([a], [b]) => b - a);
        const asks = [...naive.no]
          .filter(([, size]) => size > 0)
          .map(([price, size]) => [1_000_000 - price, size] as const)
          .sort(([a], [b]) => a - b);
        expect(book.depth("bid", 99).map(({ price, size }) => [price, size])).toEqual(bids);
        expect(book.depth("ask", 99).map(({ price, size }) => [price, size])).toEqual(asks);
        const quote = book.quote(instant(1), instant(2));
        expect([quote.bid, quote.bidSize]).toEqual(bids[0] ?? [null, null]);
        expect([quote.ask, quote.askSize]).toEqual(asks[0] ?? [null, null]);
        const [bid, ask] = [bids[0]?.[0], asks[0]?.[0]];
        expect(book.isCrossed()).toBe(bid !== undefined && ask !== undefined && bid >= ask);
      }),
    );
  });

  it("is not believed before its first snapshot, nor after a negative size until the next", () => {
    const book = new OrderBook("M");
    const price = priceMicros(400_000);
    expect(book.applyDelta("yes", price, 100)).toBe("no-snapshot");
    book.applySnapshot({ yes: [[price, countCenti(100)]], no: [] });
    expect(book.problem).toBeNull();
    expect(book.applyDelta("yes", price, -101)).toBe("negative-size");
    expect(book.applyDelta("yes", price, 500)).toBe("negative-size");
    book.applySnapshot({ yes: [[price, countCenti(300)]], no: [] });
    expect(book.bestBid()).toEqual({ price, size: 300 });
  });

  it("gives the best levels first, as many as asked", () => {
    const book = new OrderBook("M");
    const at = (cents: number): [ReturnType<typeof priceMicros>, ReturnType<typeof countCenti>] => [
      priceMicros(cents * 10_000),
      countCenti(100),
    ];
    book.applySnapshot({ yes: [at(40), at(42), at(41)], no: [at(55), at(50)] });
    expect(book.depth("bid", 2).map(({ price }) => price)).toEqual([420_000, 410_000]);
    expect(book.depth("ask", 2).map(({ price }) => price)).toEqual([450_000, 500_000]);
  });
});
