import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { expectReference, readReferences } from "../../../test/references/read.ts";
import { seededChance } from "./chance.ts";
import { normalCdf, normalQuantile } from "../../domain/normal.ts";
import { studentCdf, studentQuantile } from "./distributions.ts";
import { ascendingQuantile, kurtosis, mean, skewness, standardDeviation } from "./moments.ts";

const pairs = z.array(z.tuple([z.number(), z.number()]));
const triples = z.array(z.tuple([z.number(), z.number(), z.number()]));

describe("distributions", () => {
  const references = readReferences(
    "distributions",
    z.object({
      normalCdf: pairs,
      normalQuantile: pairs,
      studentCdf: triples,
      studentQuantile: triples,
    }),
  );

  it("are scipy's", () => {
    for (const [x, p] of references.normalCdf) expectReference(normalCdf(x), p);
    for (const [p, x] of references.normalQuantile) expectReference(normalQuantile(p), x);
    for (const [x, df, p] of references.studentCdf) expectReference(studentCdf(x, df), p);
    for (const [p, df, x] of references.studentQuantile) expectReference(studentQuantile(p, df), x);
  });

  it("keep their far tails to a relative 1e-9", () => {
    for (const [x, p] of references.normalCdf) {
      if (p > 0) expectReference(normalCdf(x) / p, 1);
    }
  });

  it("have quantiles that undo them", () => {
    const p = fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true });
    const df = fc.integer({ min: 1, max: 500 });
    fc.assert(
      fc.property(p, df, (share, degrees) => {
        expect(normalCdf(normalQuantile(share))).toBeCloseTo(share, 12);
        expect(studentCdf(studentQuantile(share, degrees), degrees)).toBeCloseTo(share, 11);
      }),
    );
  });

  it("refuse what is no probability", () => {
    expect(() => normalQuantile(1.1)).toThrow("p <= 1");
    expect(() => studentQuantile(0, 3)).toThrow("0 < p");
    expect(() => studentCdf(0, 0)).toThrow("freedom");
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
  });
});

describe("seededChance", () => {
  it("draws what the published generator draws", () => {
    const shape = z.array(z.object({ seed: z.number(), below: z.array(z.number()) }));
    for (const { seed, below } of readReferences("chance", shape)) {
      const chance = seededChance(seed);
      expect(below.map(() => chance.below(1_000_000))).toEqual(below);
    }
  });

  it("draws evenly, and a normal with mean 0 and variance 1", () => {
    const chance = seededChance(5);
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (let draw = 0; draw < 70_000; draw += 1) {
      const face = chance.below(7);
      counts[face] = (counts[face] ?? 0) + 1;
    }
    // Chi-square with 6 degrees of freedom: beyond 22.5 once in a thousand.
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquare).toBeLessThan(22.5);
    const normal = Array.from({ length: 40_000 }, () => chance.normal());
    // Four standard errors: 1 / sqrt(40,000) and sqrt(2 / 40,000).
    expect(Math.abs(mean(normal) ?? 1)).toBeLessThan(0.02);
    expect(Math.abs((standardDeviation(normal) ?? 0) ** 2 - 1)).toBeLessThan(0.0283);
  });

  it("differs from seed to seed and repeats itself from one", () => {
    const draws = (seed: number): string => {
      const chance = seededChance(seed);
      return Array.from({ length: 8 }, () => chance.uniform()).join();
    };
    const seed = fc.nat({ max: 0xffff_ffff });
    fc.assert(
      fc.property(seed, seed, (a, b) => {
        expect(draws(a) === draws(b)).toBe(a === b);
      }),
    );
    expect(() => seededChance(0.5)).toThrow("seed");
  });
});

describe("moments", () => {
  it("are numpy's and scipy's", () => {
    const shape = z.object({
      sample: z.array(z.number()),
      mean: z.number(),
      standardDeviation: z.number(),
      skewness: z.number(),
      kurtosis: z.number(),
      quantiles: pairs,
    });
    const { sample, quantiles, ...expected } = readReferences("moments", shape);
    expectReference(mean(sample), expected.mean);
    expectReference(standardDeviation(sample), expected.standardDeviation);
    expectReference(skewness(sample), expected.skewness);
    expectReference(kurtosis(sample), expected.kurtosis);
    const ascending = [...sample].sort((a, b) => a - b);
    for (const [q, value] of quantiles) expectReference(ascendingQuantile(ascending, q), value);
  });

  it("are null where there is nothing to measure", () => {
    expect([mean([]), standardDeviation([1]), skewness([]), kurtosis([2, 2])]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  it("keep the rank of infinite values", () => {
    expect(ascendingQuantile([1, Infinity, Infinity], 0.75)).toBe(Infinity);
    expect(ascendingQuantile([1, 2, Infinity], 0.5)).toBe(2);
    expect(() => ascendingQuantile([], 0.5)).toThrow("quantile");
  });
});
