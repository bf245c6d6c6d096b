import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { expectReference, readReferences } from "../../test/references/read.ts";
import { instant } from "../domain/units.ts";
import { dailyDrawdown, type EquityPoint, maxDrawdown } from "./drawdown.ts";
import { fillModelCheck, poissonBinomial } from "./fill-model.ts";
import { brierDifference, brierSkill, type ComparedForecast } from "./forecast-comparison.ts";
import { seededChance } from "./inference/chance.ts";
import { feeDrag, meanNet, profitFactor, type Result, winRate, worstResult } from "./results.ts";
import {
  dailyReturns,
  sharpeRatio,
  sortinoRatio,
  totalReturn,
  weeklyReturns,
  type Window,
} from "./returns.ts";

const vector = z.array(z.number());
const reference = readReferences(
  "results",
  z.object({
    gross: vector,
    fees: vector,
    meanNet: z.number(),
    profitFactor: z.number(),
    feeDrag: z.number(),
    winRate: z.number(),
    worst: z.number(),
    share: vector,
    totalReturn: z.number(),
    sharpe: z.number(),
    sortino: z.number(),
    equity: vector,
    drawdown: z.object({
      share: z.number(),
      depth: z.number(),
      peak: z.number(),
      trough: z.number(),
      end: z.number(),
      isRecovered: z.boolean(),
    }),
  }),
);
const few = (): { chance: ReturnType<typeof seededChance>; resamples: number } => ({
  chance: seededChance(1),
  resamples: 500,
});
const results: readonly Result[] = reference.gross.map((gross, i) => ({
  cluster: `game ${i % 40}`,
  gross,
  fees: reference.fees[i] ?? 0,
}));

describe("results of positions", () => {
  it("are numpy's", () => {
    expectReference(meanNet(results, few()).value, reference.meanNet);
    expectReference(profitFactor(results, few()).value, reference.profitFactor);
    expectReference(feeDrag(results, few()).value, reference.feeDrag);
    expectReference(winRate(results, few()).value, reference.winRate);
    expect(worstResult(results, 1e9).net).toBe(reference.worst);
    expect(worstResult(results, 1e9).share).toBe(reference.worst / 1e9);
  });

  it("have intervals around their values, over games", () => {
    for (const figure of [meanNet, profitFactor, feeDrag, winRate]) {
      const { value, n, clusters, interval } = figure(results, few());
      expect([n, clusters]).toEqual([60, 40]);
      expect(interval?.low ?? Infinity).toBeLessThan(value ?? -Infinity);
      expect(interval?.high ?? Infinity).toBeGreaterThan(value ?? Infinity);
    }
  });

  it("are null without evidence", () => {
    for (const figure of [meanNet, profitFactor, feeDrag, winRate]) {
      expect(figure([], few())).toMatchObject({ value: null, n: 0, lack: "empty_sample" });
    }
    expect(worstResult([], 1e9)).toEqual({ n: 0, net: null, share: null });
    expect(() => worstResult([], 0)).toThrow("capital");
  });

  it("say of a sample without losses that its profit factor does not exist", () => {
    const won = results.map((result) => ({ ...result, gross: 2_000_000, fees: 5_000 }));
    expect(profitFactor(won, few())).toMatchObject({ value: null, lack: "undefined_value" });
    expect(winRate(won, few())).toMatchObject({ value: 1, interval: null, lack: "no_variation" });
  });

  it("say of a sample that earned nothing that its fee drag does not exist", () => {
    const lost = results.map((result) => ({ ...result, gross: -1 }));
    expect(feeDrag(lost, few())).toMatchObject({ value: null, lack: "undefined_value" });
  });

  it("count a position that broke even as not won", () => {
    const even = [{ cluster: "a", gross: 500, fees: 500 }];
    expect(winRate(even, few()).value).toBe(0);
  });
});

const window: Window = { from: "2026-10-30", to: "2026-11-08", capitalOn: () => 100_000_000 };

describe("daily and weekly returns", () => {
  it("have every calendar day, those without results as 0, over the end of summer time", () => {
    const daily = dailyReturns(
      [
        { cluster: "a", date: "2026-11-01", gross: 3_000_000, fees: 500_000 },
        { cluster: "b", date: "2026-11-01", gross: -500_000, fees: 0 },
        { cluster: "c", date: "2026-11-08", gross: -1_000_000, fees: 0 },
      ],
      window,
    );
    expect(daily.map(({ date }) => date.slice(5))).toEqual(
      "10-30 10-31 11-01 11-02 11-03 11-04 11-05 11-06 11-07 11-08".split(" "),
    );
    expect(daily[2]).toEqual({ date: "2026-11-01", net: 2_000_000, share: 0.02 });
    expect(daily[3]).toEqual({ date: "2026-11-02", net: 0, share: 0 });
    expect(weeklyReturns(daily)).toEqual([
      { from: "2026-10-30", to: "2026-11-05", days: 7, net: 2_000_000, share: 0.02 },
      { from: "2026-11-06", to: "2026-11-08", days: 3, net: -1_000_000, share: -0.01 },
    ]);
  });

  it("are on the capital that the day had", () => {
    const stepped = (date: string): number => (date < "2026-11-01" ? 100_000_000 : 125_000_000);
    const rows = ["2026-10-31", "2026-11-01"].map((date) => {
      return { cluster: date, date, gross: 1_000_000, fees: 0 };
    });
    const daily = dailyReturns(rows, { ...window, capitalOn: stepped });
    expect(daily[1]?.share).toBe(0.01);
    expect(daily[2]?.share).toBe(0.008);
  });

  it("refuse results outside the window, windows that run backwards, and no capital", () => {
    const outside = [{ cluster: "a", date: "2026-11-09", gross: 1, fees: 0 }];
    expect(() => dailyReturns(outside, window)).toThrow("between");
    expect(() => dailyReturns([], { ...window, to: "2026-10-29" })).toThrow("window");
    expect(() => dailyReturns([], { ...window, capitalOn: () => 0 })).toThrow("capital");
  });

  it("sum to the same by day, by week and in all", () => {
    const dates = dailyReturns([], window).map(({ date }) => date);
    const row = fc.record({
      cluster: fc.constant("a"),
      date: fc.constantFrom(...dates),
      gross: fc.integer({ min: -1e9, max: 1e9 }),
      fees: fc.integer({ min: 0, max: 1e7 }),
    });
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const net = rows.reduce((sum, { gross, fees }) => sum + gross - fees, 0);
        const daily = dailyReturns(rows, window);
        expect(daily.reduce((sum, day) => sum + day.net, 0)).toBe(net);
        expect(weeklyReturns(daily).reduce((sum, week) => sum + week.net, 0)).toBe(net);
        expect(totalReturn(daily, few()).value).toBeCloseTo(net / 100_000_000, 9);
      }),
      { numRuns: 50 },
    );
  });
});

describe("ratios of daily returns", () => {
  const daily = reference.share.map((share, i) => ({ date: String(i), net: 0, share }));

  it("are numpy's", () => {
    expectReference(totalReturn(daily, few()).value, reference.totalReturn);
    expectReference(sharpeRatio(daily, few()).value, reference.sharpe);
    expectReference(sortinoRatio(daily, few()).value, reference.sortino);
  });

  it("have scipy's intervals over the days that the same generator draws elsewhere", () => {
    const ends = z.tuple([z.number(), z.number(), z.number()]);
    const { share, seed, resamples, ...found } = readReferences(
      "daily",
      z.object({
        ...{ share: vector, seed: z.number(), resamples: z.number() },
        ...{ totalReturn: ends, sharpe: ends, sortino: ends },
      }),
    );
    const days = share.map((one, i) => ({ date: String(i), net: 0, share: one }));
    const figures = { totalReturn, sharpe: sharpeRatio, sortino: sortinoRatio };
    for (const [name, [value, low, high]] of Object.entries(found)) {
      const chance = seededChance(seed);
      const estimate = figures[name as keyof typeof figures](days, { chance, resamples });
      expectReference(estimate.value, value);
      expectReference(estimate.interval?.low ?? null, low);
      expectReference(estimate.interval?.high ?? null, high);
    }
  });

  it("have an interval from thirty days with a result on, however long the window", () => {
    expect(sharpeRatio(daily.slice(0, 30), few())).toMatchObject({
      n: 30,
      clusters: 30,
      lack: null,
    });
    const short = { interval: null, lack: "too_few_clusters" };
    const off = Array.from({ length: 30 }, (_, i) => ({ date: `off ${i}`, net: 0, share: 0 }));
    for (const figure of [sharpeRatio, sortinoRatio, totalReturn]) {
      const found = figure([...daily.slice(0, 29), ...off], few());
      expect(found).toMatchObject({ ...short, n: 59, clusters: 29 });
    }
  });

  it("do not exist for days that never vary or never lose", () => {
    const flat = daily.map((day) => ({ ...day, share: 0.001 }));
    expect(sharpeRatio(flat, few())).toMatchObject({ value: null, lack: "undefined_value" });
    expect(sortinoRatio(flat, few())).toMatchObject({ value: null, lack: "undefined_value" });
    expect(sharpeRatio([], few())).toMatchObject({ value: null, lack: "empty_sample" });
  });

  it("do not change with the size of the bets", () => {
    const size = fc.double({ min: 0.01, max: 100, noNaN: true });
    fc.assert(
      fc.property(size, (factor) => {
        const scaled = daily.map((day) => ({ ...day, share: day.share * factor }));
        expect(sharpeRatio(scaled, few()).value).toBeCloseTo(reference.sharpe, 7);
        expect(sortinoRatio(scaled, few()).value).toBeCloseTo(reference.sortino, 7);
      }),
      { numRuns: 20 },
    );
  });
});

describe("the deepest drawdown", () => {
  const pathOf = (equity: readonly number[]): readonly EquityPoint[] =>
    equity.map((value, i) => ({ at: instant(i * 1_000), equity: value }));

  it("is numpy's", () => {
    const { share, depth, peak, trough, end, isRecovered } = reference.drawdown;
    const found = maxDrawdown(pathOf(reference.equity));
    expectReference(found.share, share);
    expect(found).toMatchObject({
      n: 80,
      depth,
      peakAt: peak * 1_000,
      troughAt: trough * 1_000,
      recoveredAt: isRecovered ? end * 1_000 : null,
      durationMs: (end - peak) * 1_000,
    });
  });

  it("lasts from the mark to the mark, and longest may be another, shallow one", () => {
    // Falls from 100 to 80, back at 100 after two steps; then 99 for five steps, never back.
    const found = maxDrawdown(pathOf([100, 80, 100, 99, 99, 99, 99, 99]));
    expect(found).toEqual({
      n: 8,
      share: 0.2,
      depth: 20,
      peakAt: 0,
      troughAt: 1_000,
      recoveredAt: 2_000,
      durationMs: 2_000,
      longestMs: 5_000,
    });
  });

  it("of days counts from the capital on the eve of the first", () => {
    const days = [-20, 5, 30].map((net, i) => ({
      date: `2026-01-0${i + 1}`,
      net,
      share: net / 100,
    }));
    const DAY_MS = 86_400_000;
    // 100, 80, 85, 115: a fifth, from the eve to the third day.
    expect(dailyDrawdown(days, 100)).toMatchObject({
      ...{ n: 4, share: 0.2, depth: 20, peakAt: Date.parse("2025-12-31") },
      ...{ recoveredAt: Date.parse("2026-01-03"), durationMs: 3 * DAY_MS },
    });
    expect(dailyDrawdown(days.slice(0, 1), 100)).toMatchObject({ durationMs: DAY_MS });
    expect(dailyDrawdown([], 100)).toMatchObject({ n: 0, share: null, durationMs: null });
  });

  it("is 0 on a path that only rises, and null on none", () => {
    expect(maxDrawdown(pathOf([1, 2, 2, 3]))).toMatchObject({ share: 0, depth: 0, longestMs: 0 });
    expect(maxDrawdown([])).toMatchObject({ n: 0, share: null, depth: null, longestMs: null });
  });

  it("is no shallower than any fall between two points", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1_000 }), { maxLength: 30 }), (equity) => {
        const falls = equity.flatMap((high, i) =>
          equity.slice(i).map((low) => (high - low) / high),
        );
        const deepest = falls.reduce((most, fall) => Math.max(most, fall), 0);
        expect(maxDrawdown(pathOf(equity)).share ?? 0).toBeCloseTo(deepest, 12);
      }),
    );
  });

  it("refuses instants that go back and marks that are nothing", () => {
    const [first, second] = pathOf([1, 2]);
    expect(() => maxDrawdown(first && second ? [second, first] : [])).toThrow("ascend");
    expect(() => maxDrawdown(pathOf([0]))).toThrow("mark");
  });
});

describe("forecasts against a baseline", () => {
  const chance = seededChance(9);
  const forecasts: readonly ComparedForecast[] = Array.from({ length: 300 }, (_, i) => {
    const truth = chance.uniform();
    const outcome = chance.uniform() < truth ? (1 as const) : (0 as const);
    return { cluster: `game ${i % 60}`, model: truth, baseline: 0.5, outcome };
  });

  it("know the truth from a coin: the whole interval lies below zero, the skill's above", () => {
    const difference = brierDifference(forecasts, few());
    expect(difference.interval?.high ?? 1).toBeLessThan(0);
    expect(brierSkill(forecasts, few()).interval?.low ?? -1).toBeGreaterThan(0);
  });

  it("are as much better as the other is worse", () => {
    const turned = forecasts.map((row) => ({ ...row, model: row.baseline, baseline: row.model }));
    const value = brierDifference(forecasts, few()).value ?? Number.NaN;
    expect(brierDifference(turned, few()).value).toBeCloseTo(-value, 12);
  });

  it("have scikit-learn's difference and skill", () => {
    const scored = readReferences(
      "market",
      z.object({
        ...{ outcome: z.array(z.union([z.literal(0), z.literal(1)])), model: vector },
        ...{ baseline: vector, difference: z.number(), skill: z.number() },
      }),
    );
    const rows = scored.outcome.map((outcome, i) => ({
      ...{ cluster: `game ${i}`, outcome },
      ...{ model: scored.model[i] ?? Number.NaN, baseline: scored.baseline[i] ?? Number.NaN },
    }));
    expectReference(brierDifference(rows, few()).value, scored.difference);
    expectReference(brierSkill(rows, few()).value, scored.skill);
  });

  it("say nothing about themselves, and refuse what is no probability", () => {
    const same = forecasts.map((row) => ({ ...row, model: row.baseline }));
    expect(brierDifference(same, few())).toMatchObject({ value: 0, lack: "no_variation" });
    expect(brierDifference([], few())).toMatchObject({ value: null, lack: "empty_sample" });
    const wrong = [{ cluster: "a", model: 1.01, baseline: 0.5, outcome: 1 as const }];
    expect(() => brierDifference(wrong, few())).toThrow("probability");
  });
});

describe("execution against the fill model", () => {
  const fills = readReferences(
    "fills",
    z.object({ probabilities: vector, pmf: vector, low: z.number(), high: z.number() }),
  );
  const ordersOf = (realised: number): Parameters<typeof fillModelCheck>[0] =>
    fills.probabilities.map((probability, i) => {
      return { cluster: `game ${i}`, probability, isFilled: i < realised };
    });

  it("has scipy's Poisson-binomial distribution and its likely counts", () => {
    poissonBinomial(fills.probabilities).forEach((p, count) => {
      expectReference(p, fills.pmf[count] ?? Number.NaN);
    });
    const { predicted } = fillModelCheck(ordersOf(20), few());
    expect(predicted).toEqual({ level: 0.95, low: fills.low, high: fills.high });
  });

  it("is within up to the last likely count, and not beyond", () => {
    const within = [fills.low - 1, fills.low, fills.high, fills.high + 1].map(
      (count) => fillModelCheck(ordersOf(count), few()).isWithin,
    );
    expect(within).toEqual([false, true, true, false]);
  });

  it("tells expected and realised, and their difference an order over games", () => {
    const check = fillModelCheck(ordersOf(20), few());
    const expected = fills.probabilities.reduce((sum, p) => sum + p, 0);
    expect(check).toMatchObject({ orders: 40, realised: 20 });
    expect(check.expected).toBeCloseTo(expected, 12);
    expect(check.difference.value).toBeCloseTo((20 - expected) / 40, 12);
    expect(check.difference.interval).not.toBeNull();
  });

  it("is null without orders", () => {
    expect(fillModelCheck([], few())).toMatchObject({
      orders: 0,
      expected: null,
      realised: null,
      predicted: null,
      isWithin: null,
      difference: { lack: "empty_sample" },
    });
  });
});
