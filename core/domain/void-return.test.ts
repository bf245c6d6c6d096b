import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { usdMicros } from "./units.ts";
import { shareReturn, type VoidHolding } from "./void-return.ts";

const holding = (strategy: string, count: number, cost: number): VoidHolding => ({
  ...{ strategy, count, cost: usdMicros(cost) },
});
const shares = (returned: number, ...holdings: VoidHolding[]) =>
  Object.fromEntries(shareReturn(usdMicros(returned), holdings));

describe("shareReturn", () => {
  it("gives each its own cost where these add up to what was paid", () => {
    const [a, b] = [holding("a", 1_000, 4_000_000), holding("b", 500, 3_000_001)];
    expect(shares(7_000_001, a, b)).toEqual({ a: 4_000_000, b: 3_000_001 });
  });

  it("gives nothing to who has sold what it held", () => {
    // Ten at 40 and ten at 60 cents; the first ten are sold, at the account's average of 50.
    const [a, b] = [holding("a", 0, 0), holding("b", 1_000, 6_000_000)];
    expect(shares(5_000_000, a, b)).toEqual({ b: 5_000_000 });
  });

  it("adds the dollar that a YES and a NO were paid when they met", () => {
    // The account holds nothing of ten YES at 40 cents and ten NO at 50: it was paid 10 USD for them.
    const [a, b] = [holding("a", 1_000, 4_000_000), holding("b", -1_000, 5_000_000)];
    expect(shares(0, a, b)).toEqual({ a: 4_444_444, b: 5_555_556 });
  });

  const holdings = fc.array(
    fc.record({
      count: fc.integer({ min: 1, max: 1_000_000 }),
      cost: fc.integer({ min: 0, max: 10_000_000_000 }),
    }),
    { minLength: 1, maxLength: 5 },
  );
  it("shares out all of it and never less than nothing, whatever the sequence", () => {
    const returns = fc.integer({ min: 0, max: 50_000_000_000 });
    fc.assert(
      fc.property(returns, holdings, (returned, held) => {
        const rows = held.map(({ count, cost }, index) => holding(`s${index}`, count, cost));
        const shared = shares(returned, ...rows);
        const parts = Object.values(shared);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(returned);
        expect(parts.every((part) => part >= 0)).toBe(true);
        expect(shares(returned, ...rows.toReversed())).toEqual(shared);
      }),
    );
  });
});
