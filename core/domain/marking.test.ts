import fc from "fast-check";
import { expect, it } from "vitest";
import { type Leg, markOfHeld, marksAt, unrealizedOf } from "./marking.ts";

const leg = (count: number, cost: number, mark: number | null): Leg => ({ count, cost, mark });

it("takes a pair for the dollar it pays, though nobody bids for it any more", () => {
  // LAC at CHA, 2025-11-22: 398 of each at 0.33 and 0.59, both books empty before the final.
  const pair = [leg(39_800, 131_340_000, 0), leg(39_800, 234_820_000, 0)];
  expect(unrealizedOf(pair)).toBe(31_840_000);
});

it("marks one side at its bid, at nothing where nobody bids, and at cost before a book was seen", () => {
  expect(unrealizedOf([leg(1_000, 5_000_000, 480_000)])).toBe(-200_000);
  expect(unrealizedOf([leg(1_000, 5_000_000, 0)])).toBe(-5_000_000);
  expect(unrealizedOf([leg(1_000, 5_000_000, null)])).toBe(0);
  // Ten pairs, and ten of home alone at its bid.
  expect(unrealizedOf([leg(2_000, 10_000_000, 300_000), leg(1_000, 4_000_000, null)])).toBe(
    10_000_000 + 3_000_000 - 14_000_000,
  );
});

const side = fc.record({
  count: fc.integer({ min: 1, max: 100_000 }),
  cost: fc.integer({ min: 0, max: 1e9 }),
  mark: fc.integer({ min: 0, max: 1_000_000 }),
});

it("is never below what the legs bring at their bids where those sum to no more than a dollar, and never above what they can pay", () => {
  fc.assert(
    fc.property(side, side, (home, away) => {
      const bids = { ...away, mark: Math.min(away.mark, 1_000_000 - home.mark) };
      const together = unrealizedOf([home, bids]);
      expect(together).toBeGreaterThanOrEqual(unrealizedOf([home]) + unrealizedOf([bids]) - 2);
      const most = Math.max(home.count, away.count) * 10_000 - home.cost - away.cost;
      expect(together).toBeLessThanOrEqual(most);
    }),
  );
});

it("marks a NO at what the ask leaves of the dollar, and never pairs it", () => {
  const mark = marksAt({ bid: 300_000, ask: 320_000 });
  expect([markOfHeld(mark, 100), markOfHeld(mark, -100)]).toEqual([300_000, 680_000]);
  expect(marksAt({ bid: null, ask: null })).toEqual({ yes: 0, no: 0 });
  // 10 NO that cost 6 USD could be left at 0.68 USD each.
  expect(unrealizedOf([leg(-1_000, 6_000_000, 680_000)])).toBe(800_000);
  expect(unrealizedOf([leg(-1_000, 6_000_000, null)])).toBe(0);
  const both = [leg(-1_000, 6_000_000, 500_000), leg(1_000, 5_000_000, 500_000)];
  expect(unrealizedOf(both)).toBe(-1_000_000);
});
