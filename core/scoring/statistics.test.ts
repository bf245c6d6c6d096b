import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countCenti, priceMicros } from "../domain/units.ts";
import { brierScore } from "./brier.ts";
import { espnDivergence } from "./divergence.ts";
import { fillQuality, type OrderOutcome } from "./fill-quality.ts";
import { logLoss } from "./log-loss.ts";
import { percentile, percentiles } from "./percentile.ts";
import { edgeDistribution, mergeTallies, ranked, tallyOf } from "./tally.ts";

const resolved = fc.record({
  probability: fc.double({ min: 0, max: 1, noNaN: true }),
  outcome: fc.constantFrom<0 | 1>(0, 1),
});

describe("brierScore and logLoss", () => {
  it("score null without evidence", () => {
    expect(brierScore([])).toBeNull();
    expect(logLoss([])).toBeNull();
  });

  it("score the textbook values", () => {
    const half = [{ probability: 0.5, outcome: 1 as const }];
    expect(brierScore(half)).toBe(0.25);
    expect(logLoss(half)).toBeCloseTo(Math.LN2, 12);
    // (0.2^2 + 0.7^2) / 2 = 0.265; (-ln 0.8 - ln 0.3) / 2.
    const two = [
      { probability: 0.8, outcome: 1 as const },
      { probability: 0.7, outcome: 0 as const },
    ];
    expect(brierScore(two)).toBeCloseTo(0.265, 12);
    expect(logLoss(two)).toBeCloseTo(-(Math.log(0.8) + Math.log(0.3)) / 2, 12);
  });

  it("is infinite in log loss when the impossible happened", () => {
    expect(logLoss([{ probability: 0, outcome: 1 }])).toBe(Infinity);
  });

  it("refuse what is no probability, NaN included", () => {
    for (const probability of [-0.01, 1.01, Number.NaN]) {
      expect(() => brierScore([{ probability, outcome: 1 }])).toThrow("probability");
      expect(() => logLoss([{ probability, outcome: 1 }])).toThrow("probability");
    }
  });

  it("judge both sides of a question alike, within their bounds", () => {
    fc.assert(
      fc.property(fc.array(resolved, { minLength: 1 }), (sample) => {
        const turned = sample.map(({ probability, outcome }) => ({
          probability: 1 - probability,
          outcome: outcome === 1 ? (0 as const) : (1 as const),
        }));
        const score = brierScore(sample) ?? Number.NaN;
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        expect(brierScore(turned)).toBeCloseTo(score, 9);
      }),
    );
  });
});

describe("percentiles", () => {
  it("are values by nearest rank", () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(percentiles(hundred)).toEqual({ n: 100, p50: 50, p99: 99 });
    expect(percentiles([7])).toEqual({ n: 1, p50: 7, p99: 7 });
    expect(percentiles([])).toEqual({ n: 0, p50: null, p99: null });
  });

  it("leave at least their share at or below, and less than it strictly below", () => {
    const q = fc.double({ min: 0.001, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), q, (sample, share) => {
        const value = percentile(sample, share) ?? Number.NaN;
        const atOrBelow = sample.filter((x) => x <= value).length;
        const below = sample.filter((x) => x < value).length;
        expect(sample).toContain(value);
        expect(atOrBelow).toBeGreaterThanOrEqual(share * sample.length);
        expect(below).toBeLessThan(share * sample.length);
      }),
    );
  });
});

describe("tallies", () => {
  it("merge without losing a count", () => {
    const tally = fc.dictionary(fc.string({ minLength: 1 }), fc.integer({ min: 0, max: 99 }));
    fc.assert(
      fc.property(fc.array(tally), (tallies) => {
        const total = (rows: readonly Readonly<Record<string, number>>[]): number =>
          rows.flatMap((row) => Object.values(row)).reduce((sum, count) => sum + count, 0);
        expect(total([mergeTallies(tallies)])).toBe(total(tallies));
      }),
    );
  });

  it("rank by count, then by name", () => {
    expect(ranked(tallyOf(["b", "c", "a", "c"]))).toEqual([
      { name: "c", count: 2 },
      { name: "a", count: 1 },
      { name: "b", count: 1 },
    ]);
  });

  it("read edges in whole cents as a distribution", () => {
    // (-2 + 0.5) * 3 + (0 + 0.5) * 1 = -4.0 over 4 evaluations.
    expect(edgeDistribution({ "0": 1, "-2": 3 })).toEqual({
      n: 4,
      positive: 1,
      meanCents: -1,
      bins: [
        { cents: -2, count: 3 },
        { cents: 0, count: 1 },
      ],
    });
    expect(edgeDistribution({}).meanCents).toBeNull();
  });
});

describe("espnDivergence", () => {
  it("compares only instants at which both were known", () => {
    const divergence = espnDivergence([
      { espn: 0.6, market: 0.5 },
      { espn: 0.48, market: 0.5 },
      { espn: null, market: 0.5 },
      { espn: 0.9, market: null },
    ]);
    expect(divergence.n).toBe(2);
    expect(divergence.meanAbsolute).toBeCloseTo(0.06, 12);
    expect(divergence.meanSigned).toBeCloseTo(0.04, 12);
    expect(divergence.largest).toBeCloseTo(0.1, 12);
    expect(divergence.shareAboveFivePoints).toBe(0.5);
    expect(espnDivergence([]).meanAbsolute).toBeNull();
  });
});

describe("fillQuality", () => {
  const order = (over: Partial<OrderOutcome>): OrderOutcome => ({
    id: "a",
    parentId: null,
    side: "bid",
    count: countCenti(1_000),
    expectedFillProbability: 0.8,
    expectedPrice: priceMicros(500_000),
    fills: [],
    ...over,
  });
  const fill = (price: number, count: number) => ({
    price: priceMicros(price),
    count: countCenti(count),
  });

  it("counts an order and its replacements as one intent", () => {
    const quality = fillQuality([
      order({ fills: [fill(500_000, 400)] }),
      order({ id: "b", parentId: "a", count: countCenti(600), fills: [fill(500_000, 300)] }),
      order({ id: "c", parentId: "b", count: countCenti(300) }),
    ]);
    expect(quality).toMatchObject({ orders: 3, intents: 1, intentsFilled: 1, filledShare: 0.7 });
    // Single orders: (0.4 + 0.5 + 0) / 3.
    expect(quality.fillRate).toBeCloseTo(0.3, 12);
    expect(quality.fillRateExpected).toBeCloseTo(0.8, 12);
  });

  it("calls slippage what is worse for us, on either side of the book", () => {
    const bought = fillQuality([order({ fills: [fill(510_000, 1_000)] })]);
    expect(bought).toMatchObject({ slippageMicros: 10_000, slippageTotalMicros: 100_000 });
    const sold = fillQuality([order({ side: "ask", fills: [fill(510_000, 1_000)] })]);
    expect(sold).toMatchObject({ slippageMicros: -10_000, slippageTotalMicros: -100_000 });
  });

  it("scores null without orders or fills", () => {
    expect(fillQuality([])).toMatchObject({ fillRate: null, filledShare: null });
    expect(fillQuality([order({})])).toMatchObject({ fillRate: 0, slippageMicros: null });
  });
});
