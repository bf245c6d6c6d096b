import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalCdf, quickNormalCdf, quickNormalQuantile } from "./normal.ts";

describe("the quick normal distribution", () => {
  it.each([
    [0, 0.5],
    [1, 0.841345],
    [-1.96, 0.024998],
    [3, 0.99865],
  ])("has at %d the tabled value", (z, p) => {
    expect(quickNormalCdf(z)).toBeCloseTo(p, 5);
  });

  it("is never further from the precise one than it says", () => {
    for (let z = -9; z <= 9; z += 0.001) {
      expect(Math.abs(quickNormalCdf(z) - normalCdf(z))).toBeLessThan(1.5e-7);
    }
  });

  it("is undone by its quantile", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), (p) => {
        expect(quickNormalCdf(quickNormalQuantile(p))).toBeCloseTo(p, 6);
      }),
    );
  });
});
