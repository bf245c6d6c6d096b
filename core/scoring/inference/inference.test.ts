import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { expectReference, readReferences } from "../../../test/references/read.ts";
import { clusterSums } from "./bootstrap.ts";
import { changePoint, kolmogorovTail, trend } from "./change-point.ts";
import { seededChance } from "./chance.ts";
import { clusterTest, sampleSize } from "./cluster-test.ts";
import { CLUSTERS_MIN } from "./estimate.ts";
import { benjaminiHochberg, holm } from "./multiplicity.ts";
import { wilsonInterval } from "./proportion.ts";

const vector = z.array(z.number());
const reference = readReferences(
  "inference",
  z.object({
    wilson: z.array(vector),
    pValues: vector,
    holm: vector,
    benjaminiHochberg: vector,
    kolmogorov: z.array(z.tuple([z.number(), z.number()])),
    series: z.array(
      z.object({
        values: vector,
        statistic: z.number(),
        p: z.number(),
        slope: z.number(),
        low: z.number(),
        high: z.number(),
        trendP: z.number(),
      }),
    ),
    sums: vector,
    weights: vector,
    mean: z.number(),
    deviation: z.number(),
    p: z.number(),
    ratio: z.number(),
    ratioP: z.number(),
    sampleSizes: z.array(z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()])),
  }),
);

describe("Wilson's interval", () => {
  it("is statsmodels'", () => {
    for (const [successes = 0, n = 0, low = 0, high = 0] of reference.wilson) {
      const found = wilsonInterval(successes, n);
      expectReference(found?.low ?? null, low);
      expectReference(found?.high ?? null, high);
    }
  });

  it("is null without trials, and refuses more successes than trials", () => {
    expect(wilsonInterval(0, 0)).toBeNull();
    expect(() => wilsonInterval(3, 2)).toThrow("successes");
  });
});

describe("corrections for many tests", () => {
  const many = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });

  it("are statsmodels'", () => {
    const { pValues } = reference;
    holm(pValues).forEach((p, i) => {
      expectReference(p, reference.holm[i] ?? Number.NaN);
    });
    benjaminiHochberg(pValues).forEach((p, i) => {
      expectReference(p, reference.benjaminiHochberg[i] ?? Number.NaN);
    });
  });

  it("never make a p-value smaller, keep their sequence, and Holm is the stricter", () => {
    fc.assert(
      fc.property(many, (pValues) => {
        const strict = holm(pValues);
        const loose = benjaminiHochberg(pValues);
        pValues.forEach((p, i) => {
          expect(loose[i]).toBeGreaterThanOrEqual(p);
          expect(strict[i]).toBeGreaterThanOrEqual((loose[i] ?? 2) - 1e-12);
          expect(strict[i]).toBeLessThanOrEqual(1);
          pValues.forEach((other, j) => {
            if (p < other) expect(loose[i]).toBeLessThanOrEqual(loose[j] ?? -1);
            if (p < other) expect(strict[i]).toBeLessThanOrEqual(strict[j] ?? -1);
          });
        });
      }),
    );
    expect(() => holm([1.5])).toThrow("p <= 1");
  });

  it("leave a single test alone", () => {
    expect([holm([0.03]), benjaminiHochberg([0.03]), holm([])]).toEqual([[0.03], [0.03], []]);
  });
});

describe("the change-point test and the trend", () => {
  it("have the tail of Kolmogorov's distribution", () => {
    for (const [x, p] of reference.kolmogorov) expectReference(kolmogorovTail(x), p);
    expect(kolmogorovTail(0)).toBe(1);
  });

  it("are statsmodels' and scipy's", () => {
    for (const { values, ...expected } of reference.series) {
      const change = changePoint(values);
      expectReference(change.statistic, expected.statistic);
      expectReference(change.p, expected.p);
      const line = trend(values);
      expectReference(line.slope, expected.slope);
      expectReference(line.interval?.low ?? null, expected.low);
      expectReference(line.interval?.high ?? null, expected.high);
      expectReference(line.p, expected.trendP);
    }
  });

  it("find a clean break where it is", () => {
    const series = Array.from({ length: 60 }, (_, i) => (i < 40 ? 5 : 1) + (i % 2) * 0.1);
    const { index, p, meanBefore, meanAfter } = changePoint(series);
    expect(index).toBe(40);
    expect(p).toBeLessThan(1e-6);
    expect([meanBefore, meanAfter].map((mean) => mean?.toFixed(2))).toEqual(["5.05", "1.05"]);
  });

  it("call a change by mistake in no more than 5 of 100 series that have none", () => {
    const chance = seededChance(21);
    const alarms = Array.from({ length: 2_000 }, () => {
      const series = Array.from({ length: CLUSTERS_MIN }, () => chance.normal());
      return (changePoint(series).p ?? 1) < 0.05;
    });
    // Asymptotic and so conservative in short series; three standard errors above 5 %: 1.5 %.
    expect(alarms.filter(Boolean).length / 2_000).toBeLessThan(0.065);
  });

  it("are null where a series is too short or flat", () => {
    expect(changePoint([])).toMatchObject({ n: 0, statistic: null, p: null, index: null });
    expect(changePoint([1, 1, 1])).toMatchObject({ n: 3, statistic: null, p: null });
    expect(changePoint([1, 2, 3])).toMatchObject({ n: 3, p: null });
    expect(trend([1, 2])).toEqual({ n: 2, slope: null, interval: null, p: null });
    expect(trend([1, 1, 1])).toMatchObject({ slope: 0, interval: null, p: null });
    const rising = Array.from({ length: CLUSTERS_MIN }, (_, i) => i + (i % 2));
    expect(trend(rising).p).toBeLessThan(1e-6);
    expect(trend(rising.slice(1))).toMatchObject({ n: 29, interval: null, p: null });
  });
});

describe("the test of a clustered mean and the sample-size planner", () => {
  const rows = reference.sums.map((sum, i) => ({
    cluster: String(i),
    sum,
    weight: reference.weights[i] ?? 0,
  }));
  const sampleOf = (
    weight: (row: (typeof rows)[number]) => number,
  ): Parameters<typeof clusterTest>[0] =>
    clusterSums(rows, ({ cluster }) => cluster, [({ sum }) => sum, weight]);

  it("is scipy's one-sample t test for clusters of one size", () => {
    const found = clusterTest(sampleOf(() => 1));
    expectReference(found.value, reference.mean);
    expectReference(found.deviation, reference.deviation);
    expectReference(found.p, reference.p);
  });

  it("is the linearised ratio's for clusters of several sizes", () => {
    const found = clusterTest(sampleOf(({ weight }) => weight));
    expectReference(found.value, reference.ratio);
    expectReference(found.p, reference.ratioP);
  });

  it("has no p-value below thirty clusters or without deviation", () => {
    const few = clusterSums(rows.slice(0, 29), ({ cluster }) => cluster, [
      ({ sum }) => sum,
      () => 1,
    ]);
    expect(clusterTest(few)).toMatchObject({ clusters: 29, p: null });
    const none = clusterSums([], () => "", [() => 1, () => 1]);
    expect(clusterTest(none)).toEqual({ n: 0, clusters: 0, value: null, deviation: null, p: null });
  });

  it("plans what statsmodels plans", () => {
    for (const [edge, deviation, level, power, clusters] of reference.sampleSizes) {
      expect(sampleSize({ edge, deviation, level, power })).toEqual({ clusters });
    }
  });

  it("needs more for less, never fewer than thirty, and gives up without an edge", () => {
    const edge = fc.double({ min: 0.001, max: 10, noNaN: true });
    fc.assert(
      fc.property(edge, edge, (one, other) => {
        const needed = (size: number): number =>
          sampleSize({ edge: size, deviation: 1 }).clusters ?? Infinity;
        expect(needed(Math.min(one, other))).toBeGreaterThanOrEqual(needed(Math.max(one, other)));
        expect(needed(one)).toBeGreaterThanOrEqual(30);
      }),
    );
    expect(sampleSize({ edge: 0, deviation: 1 })).toEqual({ clusters: null });
    expect(() => sampleSize({ edge: 1, deviation: 0 })).toThrow("deviation");
  });
});
