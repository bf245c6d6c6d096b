import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instant } from "../domain/units.ts";
import { BASIS_CONFIG, type BasisObservation, estimateBasis, rememberBasis } from "./spot-basis.ts";

const QUARTER_MS = 900_000;
const seen = (quarter: number, basis: number, spotTicks = 60): BasisObservation => ({
  closeAt: instant(quarter * QUARTER_MS),
  average: 80_000,
  spotMean: 80_000 * (1 + basis),
  spotTicks,
});
const remember = (observations: readonly BasisObservation[]): readonly BasisObservation[] =>
  observations.reduce<readonly BasisObservation[]>(
    (known, one) => rememberBasis(known, one, BASIS_CONFIG),
    [],
  );
const estimate = (observations: readonly BasisObservation[], quarter: number) =>
  estimateBasis(remember(observations), instant(quarter * QUARTER_MS), BASIS_CONFIG);

describe("basis between spot and index", () => {
  it("is the prior before anything settled, as wide as that and one observation", () => {
    const { deviation, ...rest } = estimate([], 0);
    expect(rest).toEqual({ basis: 0, n: 0, ageMs: null });
    // sqrt(1.5^2 + 0.37^2) = 1.545 basis points.
    expect(deviation).toBeCloseTo(1.545e-4, 7);
  });

  it("is worked by hand after one settlement", () => {
    // Gain 1.5^2 / (1.5^2 + 0.37^2) = 0.9426 of -1.2 basis points.
    const { basis, n, ageMs } = estimate([seen(1, -1.2e-4)], 2);
    expect(basis).toBeCloseTo(-1.1311e-4, 7);
    expect({ n, ageMs }).toEqual({ n: 1, ageMs: QUARTER_MS });
  });

  it("grows less certain with the age of the last settlement, never less than by the prior", () => {
    const known = Array.from({ length: 10 }, (_, quarter) => seen(quarter, 1e-4));
    const deviations = [9, 10, 20, 100, 100_000].map((now) => estimate(known, now).deviation);
    for (const [index, later] of deviations.slice(1).entries()) {
      expect(later).toBeGreaterThan(deviations[index] ?? Infinity);
    }
    expect(deviations.at(-1)).toBeCloseTo(estimate([], 0).deviation, 9);
  });

  it("does not know what settles later", () => {
    const early = [seen(1, 1e-4), seen(2, 1e-4)];
    expect(estimate([...early, seen(5, -1e-3)], 3)).toEqual(estimate(early, 3));
  });

  it("lies between the prior and what was seen, whatever the sequence it was told in", () => {
    const drawn = fc.uniqueArray(
      fc.tuple(fc.integer({ min: 0, max: 40 }), fc.double({ min: -4e-3, max: 4e-3, noNaN: true })),
      { selector: ([quarter]) => quarter, minLength: 1 },
    );
    fc.assert(
      fc.property(drawn, (pairs) => {
        const observations = pairs.map(([quarter, basis]) => seen(quarter, basis));
        const forwards = estimate(observations, 41);
        expect(estimate(observations.toReversed(), 41)).toEqual(forwards);
        // Told twice, it is the same settlement.
        expect(estimate([...observations, ...observations], 41)).toEqual(forwards);
        const all = [0, ...pairs.map(([, basis]) => basis)];
        expect(forwards.basis).toBeGreaterThanOrEqual(Math.min(...all) - 1e-12);
        expect(forwards.basis).toBeLessThanOrEqual(Math.max(...all) + 1e-12);
        expect(forwards.deviation).toBeGreaterThan(BASIS_CONFIG.noise);
      }),
    );
  });

  it("takes a corrected settlement for the first, and leaves out what says nothing", () => {
    const known = remember([seen(1, 1e-4), seen(2, 2e-4)]);
    expect(remember([...known, seen(1, 3e-4)])).toEqual([seen(1, 3e-4), seen(2, 2e-4)]);
    expect(remember([...known, seen(3, 1e-4, 44), seen(3, 0.02)])).toEqual(known);
    expect(() => remember([{ ...seen(1, 0), average: 0 }])).toThrow("average");
    expect(() => remember([{ ...seen(1, 0), spotMean: Number.NaN }])).toThrow("mean");
  });

  it("keeps the newest, and no more than it may", () => {
    const many = Array.from({ length: 100 }, (_, quarter) => seen(quarter, 0));
    const known = remember(many);
    expect(known).toHaveLength(BASIS_CONFIG.kept);
    expect(known.at(-1)?.closeAt).toBe(99 * QUARTER_MS);
  });
});
