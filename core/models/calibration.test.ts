import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { expectReference, readReferences } from "../../test/references/read.ts";
import {
  calibrate,
  CALIBRATION_MIN,
  fitCalibration,
  fitMap,
  type Labelled,
} from "./calibration.ts";

const Numbers = z.array(z.number());
const references = readReferences(
  "recalibration",
  z.array(
    z.object({
      ...{ forecast: Numbers, outcome: z.array(z.union([z.literal(0), z.literal(1)])) },
      ...{ at: Numbers, isotonic: Numbers, platt: Numbers, beta: Numbers },
      ...{ plattFit: Numbers, betaFit: Numbers },
    }),
  ),
);
const METHODS = ["isotonic", "platt", "beta"] as const;

function sampleOf({ forecast, outcome }: (typeof references)[number]): Labelled[] {
  return forecast.map((probability, i) => ({ probability, outcome: outcome[i] ?? 0 }));
}

/** Outcomes that come true as often as said, in a fixed pattern of ten a step. */
function honest(n: number): Labelled[] {
  return Array.from({ length: n }, (_, i) => {
    const tenths = 1 + (Math.floor(i / 10) % 9);
    return { probability: tenths / 10, outcome: i % 10 < tenths ? 1 : 0 };
  });
}

describe("calibration maps", () => {
  it.each(METHODS)("%s is scikit-learn's, on samples with ties and of one slope", (method) => {
    for (const reference of references) {
      const map = fitMap(method, sampleOf(reference));
      if (typeof map === "string") throw new Error(map);
      for (const [i, p] of reference.at.entries()) {
        expectReference(calibrate(map, p), reference[method][i] ?? Number.NaN);
      }
    }
  });

  it("finds scikit-learn's coefficients, and keeps beta's slopes from below zero", () => {
    const slopes = references.map((reference) => {
      const sample = sampleOf(reference);
      const platt = fitMap("platt", sample);
      const beta = fitMap("beta", sample);
      if (typeof platt === "string" || typeof beta === "string") throw new Error("no fit");
      if (platt.method !== "platt" || beta.method !== "beta") throw new Error("another map");
      for (const [i, found] of [platt.intercept, platt.slope].entries()) {
        expectReference(found, reference.plattFit[i] ?? Number.NaN);
      }
      for (const [i, found] of [beta.a, beta.b, beta.c].entries()) {
        expectReference(found, reference.betaFit[i] ?? Number.NaN);
      }
      return [beta.a, beta.b];
    });
    expect(slopes.flat().filter((slope) => slope === 0)).not.toEqual([]);
  });

  it("never fall, and stay within 0 to 1", () => {
    const one = fc.record({
      probability: fc.double({ min: 0, max: 1, noNaN: true }),
      outcome: fc.constantFrom(0 as const, 1 as const),
    });
    const samples = fc.array(one, { minLength: 30, maxLength: 80 });
    const grid = Array.from({ length: 101 }, (_, i) => i / 100);
    fc.assert(
      fc.property(samples, fc.constantFrom(...METHODS), (sample, method) => {
        const map = fitMap(method, sample);
        if (typeof map === "string") return;
        const values = grid.map((p) => calibrate(map, p));
        for (const [i, value] of values.entries()) {
          expect(value).toBeGreaterThanOrEqual((values[i - 1] ?? 0) - 1e-12);
          expect(value).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("of isotonic keep the sample's mean and never fit worse than the identity", () => {
    const one = fc.record({
      probability: fc.integer({ min: 1, max: 99 }).map((p) => p / 100),
      outcome: fc.constantFrom(0 as const, 1 as const),
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 20, maxLength: 120 }), (sample) => {
        const map = fitMap("isotonic", sample);
        if (typeof map === "string") return;
        const said = sample.map(({ probability }) => calibrate(map, probability));
        const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
        expect(sum(said)).toBeCloseTo(sum(sample.map(({ outcome }) => outcome)), 8);
        const brier = (of: readonly number[]): number =>
          sum(of.map((p, i) => (p - (sample[i]?.outcome ?? 0)) ** 2));
        const before = brier(sample.map(({ probability }) => probability));
        expect(brier(said)).toBeLessThanOrEqual(before + 1e-9);
      }),
    );
  });

  it("leave honest forecasts nearly alone", () => {
    for (const method of METHODS) {
      const { map, identityBecause } = fitCalibration(method, honest(1_800));
      expect(identityBecause).toBeNull();
      for (const p of [0.1, 0.3, 0.5, 0.7, 0.9]) expect(calibrate(map, p)).toBeCloseTo(p, 6);
    }
  });
});

describe("fitCalibration", () => {
  it("is the identity below a method's fewest forecasts, and says so", () => {
    for (const method of METHODS) {
      const n = CALIBRATION_MIN[method];
      const thin = fitCalibration(method, honest(n - 1));
      expect(thin).toEqual({ map: { method: "identity" }, n: n - 1, identityBecause: "too_thin" });
      expect(fitCalibration(method, honest(n)).map.method).toBe(method);
    }
  });

  it("is the identity where nothing can be learnt, and says why", () => {
    const all = honest(1_800).map((one) => ({ ...one, outcome: 1 as const }));
    const turned = honest(1_800).map((one) => ({ ...one, probability: 1 - one.probability }));
    const divided = honest(1_800).map((one) => ({
      ...one,
      outcome: one.probability > 0.45 ? (1 as const) : (0 as const),
    }));
    for (const method of METHODS) {
      expect(fitCalibration(method, all).identityBecause).toBe("one_sided");
      expect(fitCalibration(method, turned).identityBecause).toBe("not_rising");
    }
    expect(fitCalibration("platt", divided).identityBecause).toBe("no_fit");
    expect(calibrate(fitCalibration("isotonic", all).map, 0.3)).toBe(0.3);
  });

  it("lets an isotonic map never say never", () => {
    const sure = honest(1_800).map((one) => ({
      ...one,
      outcome: one.probability > 0.85 ? 1 : one.probability < 0.15 ? 0 : one.outcome,
    })) as Labelled[]; // Test boundary.
    const { map } = fitCalibration("isotonic", sure);
    expect([0, 1].map((p) => calibrate(map, p))).toEqual([0.01, 0.99]);
  });

  it("refuses what is no probability", () => {
    expect(() => fitCalibration("platt", [{ probability: 1.1, outcome: 1 }])).toThrow(
      "probability",
    );
    expect(() => calibrate({ method: "identity" }, Number.NaN)).toThrow("probability");
  });
});
