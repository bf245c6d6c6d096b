import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { expectReference, readReferences } from "../../test/references/read.ts";
import { countCenti, priceMicros } from "../domain/units.ts";
import {
  adverseSelection,
  closingLineValue,
  type FillAftermath,
  HORIZONS_S,
} from "./after-fill.ts";
import { brierScore } from "./brier.ts";
import { brierDecomposition, reliabilityBins, tailGaps } from "./calibration.ts";
import { deflatedSharpe, sharpeAbove } from "./deflated-sharpe.ts";
import { edgeBuckets } from "./edge-buckets.ts";
import { seededChance } from "./inference/chance.ts";
import { logLoss } from "./log-loss.ts";
import { overfitting } from "./overfitting.ts";

const vector = z.array(z.number());
const few = (): { chance: ReturnType<typeof seededChance>; resamples: number } => ({
  chance: seededChance(1),
  resamples: 500,
});
const resolved = fc.record({
  probability: fc.double({ min: 0, max: 1, noNaN: true }),
  outcome: fc.constantFrom<0 | 1>(0, 1),
});

const market = readReferences(
  "market",
  z.object({
    ...{ claimed: vector, brought: vector, bounds: vector },
    ...{ counts: vector, expected: vector, realised: vector, winRate: vector },
    ...{ bought: vector, price: vector, mid: vector, later: vector, closing: vector },
    ...{ contracts: vector, against: z.number(), closingLineValue: z.number() },
  }),
);

describe("calibration", () => {
  const reference = readReferences(
    "calibration",
    z.object({
      forecast: vector,
      outcome: z.array(z.union([z.literal(0), z.literal(1)])),
      brier: z.number(),
      logLoss: z.number(),
      frequency: vector,
      meanForecast: vector,
      counts: vector,
      reliability: z.number(),
      resolution: z.number(),
      uncertainty: z.number(),
      lowGap: z.number(),
      highGap: z.number(),
    }),
  );
  const sample = reference.forecast.map((probability, i) => ({
    cluster: `game ${i}`,
    probability,
    outcome: reference.outcome[i] ?? 0,
  }));

  it("has scikit-learn's scores and curve", () => {
    expectReference(brierScore(sample), reference.brier);
    const clipped = sample.map(({ probability, outcome }) => {
      return { probability: Math.min(0.999, Math.max(0.001, probability)), outcome };
    });
    expectReference(logLoss(clipped), reference.logLoss);
    reliabilityBins(sample, few()).forEach((bin, i) => {
      expect(bin.n).toBe(reference.counts[i]);
      expectReference(bin.frequency, reference.frequency[i] ?? Number.NaN);
      expectReference(bin.meanForecast, reference.meanForecast[i] ?? Number.NaN);
    });
  });

  it("takes the score apart as numpy does", () => {
    const parts = brierDecomposition(sample);
    expectReference(parts.reliability, reference.reliability);
    expectReference(parts.resolution, reference.resolution);
    expectReference(parts.uncertainty, reference.uncertainty);
    const { lowGap, highGap } = reference;
    const { low, high } = tailGaps(sample, few());
    expectReference(low.value, lowGap);
    expectReference(high.value, highGap);
  });

  it("leaves nothing within bins when all forecasts of a bin are equal", () => {
    const tenths = fc.record({
      probability: fc.constantFrom(0.05, 0.25, 0.55, 0.85),
      outcome: fc.constantFrom<0 | 1>(0, 1),
    });
    fc.assert(
      fc.property(fc.array(tenths, { minLength: 1 }), (rows) => {
        expect(brierDecomposition(rows).withinBins).toBeCloseTo(0, 12);
      }),
    );
  });

  it("has parts within their bounds: resolution is at most uncertainty, none below zero", () => {
    fc.assert(
      fc.property(
        fc.array(resolved, { minLength: 1 }),
        fc.integer({ min: 1, max: 20 }),
        (rows, bins) => {
          const { reliability, resolution, uncertainty } = brierDecomposition(rows, bins);
          expect(reliability).toBeGreaterThanOrEqual(0);
          expect(resolution).toBeGreaterThanOrEqual(0);
          expect(resolution).toBeLessThanOrEqual((uncertainty ?? 0) + 1e-12);
          expect(uncertainty).toBeLessThanOrEqual(0.25);
          const bin = reliabilityBins(
            rows.map((row) => ({ ...row, cluster: "game" })),
            few(),
            bins,
          );
          expect(bin.reduce((sum, { n }) => sum + n, 0)).toBe(rows.length);
          for (const { n, low, high, meanForecast } of bin) {
            if (n === 0) continue;
            expect(meanForecast).toBeGreaterThanOrEqual(low - 1e-12);
            expect(meanForecast).toBeLessThanOrEqual(high + 1e-12);
          }
        },
      ),
    );
  });

  it("is null without forecasts", () => {
    expect(brierDecomposition([])).toEqual({
      n: 0,
      score: null,
      reliability: null,
      resolution: null,
      uncertainty: null,
      withinBins: null,
    });
    const none = { meanForecast: null, frequency: null, gap: null, interval: null };
    expect(reliabilityBins([], few(), 1)).toEqual([
      { low: 0, high: 1, n: 0, clusters: 0, ...none, lack: "empty_sample" },
    ]);
    expect(tailGaps([], few()).low).toMatchObject({ value: null, lack: "empty_sample" });
    expect(() => reliabilityBins([], few(), 0)).toThrow("bin");
    expect(() => tailGaps([], few(), 0.5)).toThrow("edge");
  });
});

describe("edge buckets", () => {
  const outcomes = Array.from({ length: 120 }, (_, i) => ({
    cluster: `game ${i % 40}`,
    expected: (i % 3) * 20_000 + 10_000,
    realised: i % 2 === 0 ? 30_000 : -10_000,
  }));

  it("hold each entry once, by the size of its claim", () => {
    const buckets = edgeBuckets(outcomes, [20_000, 40_000, 90_000], few());
    expect(buckets.map(({ n }) => n)).toEqual([40, 40, 40, 0]);
    expect(buckets.map(({ low, high }) => [low, high])).toEqual([
      [null, 20_000],
      [20_000, 40_000],
      [40_000, 90_000],
      [90_000, null],
    ]);
    expect(buckets[1]).toMatchObject({ expected: 30_000, winRate: 0.5 });
    // Half bring 30,000 and half lose 10,000.
    expect(buckets[1]?.realised).toMatchObject({ value: 10_000, n: 40, clusters: 40 });
    expect(buckets[3]).toMatchObject({ expected: null, winRate: null, winRateInterval: null });
    expect(buckets[3]?.realised).toMatchObject({ value: null, lack: "empty_sample" });
  });

  it("put a claim on a bound into the bucket above, and want bounds that ascend", () => {
    const on = [{ cluster: "a", expected: 5, realised: 1 }];
    expect(edgeBuckets(on, [5], few()).map(({ n }) => n)).toEqual([0, 1]);
    expect(() => edgeBuckets(on, [5, 5], few())).toThrow("ascend");
  });

  it("are scipy's binned statistics", () => {
    const { claimed, brought, bounds } = market;
    const sample = claimed.map((expected, i) => ({
      ...{ cluster: `game ${i}`, expected, realised: brought[i] ?? Number.NaN },
    }));
    edgeBuckets(sample, bounds, few()).forEach(({ n, expected, realised, winRate }, i) => {
      expect(n).toBe(market.counts[i]);
      expectReference(expected, market.expected[i] ?? Number.NaN);
      expectReference(realised.value, market.realised[i] ?? Number.NaN);
      expectReference(winRate, market.winRate[i] ?? Number.NaN);
    });
  });
});

describe("what the market did after a fill", () => {
  const fill = (more: Partial<FillAftermath>): FillAftermath => ({
    cluster: "game",
    side: "bid",
    price: priceMicros(500_000),
    count: countCenti(100),
    midAt: 505_000,
    midsAfter: [500_000, 520_000, null],
    closingPrice: 560_000,
    ...more,
  });

  it("went against a buyer when it fell, and against a seller when it rose", () => {
    expect(HORIZONS_S).toEqual([5, 30, 300]);
    const values = (side: "bid" | "ask"): readonly (number | null)[] =>
      adverseSelection([fill({ side })], few()).map(({ against }) => against.value);
    expect(values("bid")).toEqual([5_000, -15_000, null]);
    expect(values("ask")).toEqual([-5_000, 15_000, null]);
  });

  it("counts contracts, and leaves out fills without a middle", () => {
    const fills = [
      fill({}),
      fill({ count: countCenti(300), midsAfter: [505_000, null, null] }),
      fill({ midAt: null }),
    ];
    const [after5] = adverseSelection(fills, few());
    // (5,000 x 1 contract + 0 x 3 contracts) / 4 contracts.
    expect(after5).toMatchObject({ seconds: 5, against: { value: 1_250, n: 2 } });
  });

  it("says why fills are left out: a middle that is not known is no middle that stayed", () => {
    const fills = [
      fill({
        midsAfter: [null, null, 505_000],
        lacksAfter: ["minute_resolution", "not_seen", null],
      }),
      fill({ midsAfter: [null, 505_000, 505_000], lacksAfter: ["minute_resolution", null, null] }),
    ];
    const told = adverseSelection(fills, few());
    expect(told.map(({ against: { value, n }, unknown }) => ({ value, n, ...unknown }))).toEqual([
      { value: null, n: 0, minute_resolution: 2, not_seen: 0 },
      { value: 0, n: 1, minute_resolution: 0, not_seen: 1 },
      { value: 0, n: 2, minute_resolution: 0, not_seen: 0 },
    ]);
  });

  it("closed above what a buyer paid: value for the buyer, the same against a seller", () => {
    expect(closingLineValue([fill({})], few()).value).toBe(60_000);
    expect(closingLineValue([fill({ side: "ask" })], few()).value).toBe(-60_000);
    const open = closingLineValue([fill({ closingPrice: null })], few());
    expect(open).toMatchObject({ value: null, n: 0, lack: "empty_sample" });
  });

  it("is numpy's mean weighted by contracts", () => {
    const at = (values: readonly number[], i: number): number => values[i] ?? Number.NaN;
    const fills = market.bought.map((isBought, i) => {
      const later = at(market.later, i);
      return fill({
        side: isBought === 1 ? "bid" : "ask",
        price: priceMicros(at(market.price, i)),
        count: countCenti(at(market.contracts, i)),
        midAt: at(market.mid, i),
        midsAfter: [later, later, later],
        closingPrice: at(market.closing, i),
      });
    });
    for (const { against } of adverseSelection(fills, few())) {
      expectReference(against.value, market.against);
    }
    expectReference(closingLineValue(fills, few()).value, market.closingLineValue);
  });
});

describe("searches", () => {
  const reference = readReferences(
    "search",
    z.object({
      returns: z.array(vector),
      sharpes: vector,
      best: z.number(),
      threshold: z.number(),
      probability: z.number(),
      above0: z.number(),
      splits: z.number(),
      overfitting: z.number(),
      losses: z.number(),
    }),
  );
  const best = reference.returns[reference.best] ?? [];

  it("have the deflated Sharpe ratio that the paper's formulas give elsewhere", () => {
    const found = deflatedSharpe(best, reference.sharpes);
    expect(found).toMatchObject({ n: 83, trials: 6 });
    expectReference(found.sharpe, reference.sharpes[reference.best] ?? Number.NaN);
    expectReference(found.threshold, reference.threshold);
    expectReference(found.probability, reference.probability);
    expectReference(sharpeAbove(best, 0), reference.above0);
  });

  it("deflate nothing for a single trial, and more for more trials", () => {
    expectReference(deflatedSharpe(best, [0.1]).probability, reference.above0);
    const twice = [...reference.sharpes, ...reference.sharpes, ...reference.sharpes];
    expect(deflatedSharpe(best, twice).probability).toBeLessThan(reference.probability);
  });

  it("have the probability of overfitting that numpy counts", () => {
    const found = overfitting(reference.returns, 8);
    expect(found).toMatchObject({ days: 83, configurations: 6, splits: reference.splits });
    expectReference(found.probability, reference.overfitting);
    expectReference(found.lossProbability, reference.losses);
  });

  it("overfit half the time where nothing is worth anything, and never where one always wins", () => {
    const chance = seededChance(31);
    const noise = Array.from({ length: 100 }, () => {
      const worthless = Array.from({ length: 7 }, () =>
        Array.from({ length: 64 }, () => chance.normal()),
      );
      return overfitting(worthless, 8).probability ?? Number.NaN;
    });
    // A hundred searches: three standard errors of a share with deviation 0.25 are 0.075.
    const share = noise.reduce((sum, p) => sum + p, 0) / noise.length;
    expect(Math.abs(share - 0.5)).toBeLessThan(0.1);
    const winner = Array.from({ length: 64 }, (_, day) => 1 + (day % 3) * 0.1);
    const loser = winner.map((day) => -day);
    expect(overfitting([winner, loser], 8)).toMatchObject({ probability: 0, lossProbability: 0 });
  });

  it("are null without evidence, and refuse what cannot be split", () => {
    const nothing = { sharpe: null, threshold: null, probability: null };
    expect(deflatedSharpe([], [1])).toMatchObject(nothing);
    expect(deflatedSharpe([1, 1], [1])).toMatchObject(nothing);
    expect(sharpeAbove([1, 1], 0)).toBeNull();
    expect(overfitting([[1, 2, 3]], 2)).toMatchObject({ splits: 0, probability: null });
    expect(() => overfitting([[1], [1, 2]], 2)).toThrow("same days");
    expect(() => overfitting([], 3)).toThrow("even");
  });
});
