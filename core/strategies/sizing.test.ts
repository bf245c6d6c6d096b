import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contractsFor } from "./sizing.ts";

const KELLY = {
  method: "kelly",
  kellyFraction: 0.25,
  bankrollMicros: 10_000_000_000,
  maxEntryMicros: 150_000_000,
} as const;
const FIXED = { ...KELLY, method: "fixed" } as const;

describe("contractsFor", () => {
  it("stakes a share of Kelly, worked by hand", () => {
    // (0.52 - 0.50) / 0.50 = 4 % of the bankroll, a quarter of it 1 %: 100 USD buy 200 contracts.
    const request = { fairValue: 520_000, unitCost: 500_000, capitalLeft: 1e12 };
    expect(contractsFor(request, KELLY)).toBe(20_000);
  });

  it("buys the whole budget when fixed, in whole contracts", () => {
    // 150 USD at 0.47 buy 319.1.
    const request = { fairValue: 520_000, unitCost: 470_000, capitalLeft: 1e12 };
    expect(contractsFor(request, FIXED)).toBe(31_900);
  });

  it.each([
    ["no edge", 500_000, 500_000, 1e12],
    ["no capital", 600_000, 500_000, 499_999],
    ["a fair value that is not a number", Number.NaN, 500_000, 1e12],
    ["a cost that is not a number", 600_000, Number.NaN, 1e12],
    ["capital that is not a number", 600_000, 500_000, Number.NaN],
    ["a cost of a dollar", 2_000_000, 1_000_000, 1e12],
  ])("buys nothing with %s", (_, fairValue, unitCost, capitalLeft) => {
    expect(contractsFor({ fairValue, unitCost, capitalLeft }, KELLY)).toBe(0);
    expect(contractsFor({ fairValue, unitCost, capitalLeft }, FIXED)).toBe(0);
  });

  it("never costs more than its cap or the capital left", () => {
    const price = fc.integer({ min: 1, max: 999_999 });
    const money = fc.integer({ min: 0, max: 1_000_000_000 });
    const method = fc.constantFrom(KELLY, FIXED);
    fc.assert(
      fc.property(price, price, money, method, (fairValue, unitCost, capitalLeft, config) => {
        const count = contractsFor({ fairValue, unitCost, capitalLeft }, config);
        expect(count % 100).toBe(0);
        expect((count / 100) * unitCost).toBeLessThanOrEqual(Math.min(capitalLeft, 150_000_000));
      }),
    );
  });
});
