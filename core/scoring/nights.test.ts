import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { expectReference, readReferences } from "../../test/references/read.ts";
import { countCenti, priceMicros } from "../domain/units.ts";
import { compareResults, differenceOfMeans } from "./comparison.ts";
import { driftOf, type Watched } from "./drift.ts";
import { edgeDecay } from "./edge-decay.ts";
import { slippage } from "./fill-quality.ts";
import { seededChance } from "./inference/chance.ts";
import { type RegimeResult, regimeScores, thirdsOf } from "./regimes.ts";
import type { DatedResult } from "./results.ts";
import { samplePlan } from "./sample-plan.ts";
import { walkForward, walkForwardFolds } from "./walk-forward.ts";

const vector = z.array(z.number());
const rows = z.array(z.tuple([z.string(), z.number()]));
const reference = readReferences(
  "nights",
  z.object({
    first: rows,
    second: rows,
    seed: z.number(),
    resamples: z.number(),
    difference: z.number(),
    low: z.number(),
    high: z.number(),
    folds: z.array(
      z.object({
        days: z.number(),
        folds: z.number(),
        gap: z.number(),
        found: z.array(z.tuple([vector, vector])),
      }),
    ),
    regimes: z.record(z.string(), vector),
    p: vector,
    holm: vector,
    benjaminiHochberg: vector,
    thirds: z.object({ values: vector, bounds: z.tuple([z.number(), z.number()]) }),
    worse: vector,
    weights: vector,
    slippage: z.number(),
  }),
);

const DAY_MS = 86_400_000;
const dayOf = (n: number): string =>
  new Date(Date.parse("2026-01-01T00:00:00Z") + n * DAY_MS).toISOString().slice(0, 10);
const few = () => ({ chance: seededChance(1), resamples: 500 });

describe("the difference of two means", () => {
  const [first, second] = [reference.first, reference.second].map((side) =>
    side.map(([cluster, value]) => ({ cluster, value })),
  );
  const { seed, resamples } = reference;

  it("has scipy's value and interval, games of both drawn with what they have in both", () => {
    const found = differenceOfMeans(first ?? [], second ?? [], {
      chance: seededChance(seed),
      resamples,
    });
    expectReference(found.value, reference.difference);
    expectReference(found.interval?.low ?? null, reference.low);
    expectReference(found.interval?.high ?? null, reference.high);
    expect(found.clusters).toBe(48);
  });

  it("is narrower for pairs than for strangers where the game decides", () => {
    const chance = seededChance(5);
    const luck = Array.from({ length: 60 }, () => chance.normal());
    const played = (shift: number, name: string) =>
      luck.map((value, i) => ({
        cluster: `${name} ${i}`,
        value: value + shift + 0.05 * chance.normal(),
      }));
    const width = (other: string): number => {
      const { interval } = differenceOfMeans(played(0.2, "game"), played(0, other), few());
      return (interval?.high ?? Infinity) - (interval?.low ?? -Infinity);
    };
    expect(width("game")).toBeLessThan(width("other") / 5);
  });

  it("says nothing while either side has fewer than thirty games", () => {
    const of = (n: number) =>
      Array.from({ length: n }, (_, i) => ({ cluster: `game ${i}`, value: i % 3 }));
    const none = { interval: null, lack: "too_few_clusters" };
    expect(differenceOfMeans(of(40), of(29), few())).toMatchObject(none);
    expect(differenceOfMeans(of(29), of(40), few())).toMatchObject(none);
    expect(differenceOfMeans(of(40), of(30), few()).interval).not.toBeNull();
    expect(differenceOfMeans(of(40), [], few())).toMatchObject({
      value: null,
      lack: "undefined_value",
    });
    expect(differenceOfMeans([], [], few())).toMatchObject({ value: null, lack: "empty_sample" });
  });

  it("counts the games that two ways of playing share, after fees", () => {
    const result = (cluster: string, gross: number) => ({ cluster, gross, fees: 10 });
    const compared = compareResults(
      [result("a", 110), result("a", 10), result("b", 40)],
      [result("b", 20), result("c", 30)],
      few(),
    );
    // 100, 0 and 30 against 10 and 20.
    expect(compared).toMatchObject({
      first: { n: 3, mean: 130 / 3 },
      second: { n: 2, mean: 15 },
      shared: 1,
    });
    expect(compared.difference.value).toBeCloseTo(130 / 3 - 15, 9);
  });
});

describe("drift", () => {
  const values = (shift: number): Watched["values"] => {
    const chance = seededChance(8);
    return Array.from({ length: 90 }, (_, i) => ({
      cluster: `game ${i}`,
      date: dayOf(Math.floor(i / 2)),
      value: chance.normal() + (i >= 50 ? shift : 0),
    }));
  };
  const look = (shift: number, watched = 10) =>
    driftOf(
      { name: "tip", what: "bias", values: values(shift) },
      { since: dayOf(25), watched },
      few(),
    );

  it("is seen where the last days differ, and not where they do not", () => {
    expect(look(2)).toMatchObject({ isDrifting: true, recent: { n: 40 }, before: { n: 50 } });
    expect(look(0).isDrifting).toBe(false);
  });

  it("is judged the more severely the more is watched", () => {
    const width = (watched: number): number => {
      const { interval } = look(0, watched).difference;
      return (interval?.high ?? 0) - (interval?.low ?? 0);
    };
    expect(look(0, 10).difference.interval?.level).toBeCloseTo(0.995, 12);
    expect(width(10)).toBeGreaterThan(width(1));
  });

  it("cannot be told from few games", () => {
    const short = { name: "tip", what: "net", values: values(5).slice(0, 60) } as const;
    expect(driftOf(short, { since: dayOf(25), watched: 1 }, few()).isDrifting).toBeNull();
  });
});

describe("a walk forward", () => {
  it("has scikit-learn's folds", () => {
    for (const { days, folds, gap, found } of reference.folds) {
      const dates = Array.from({ length: days }, (_, i) => dayOf(i)).reverse();
      const indices = walkForwardFolds([...dates, ...dates], { folds, gap }).map(
        ({ train, test }) =>
          [train, test].map((own) =>
            own.map((date) => Math.round((Date.parse(date) - Date.parse(dayOf(0))) / DAY_MS)),
          ),
      );
      expect(indices).toEqual(found);
    }
  });

  it("never judges a choice on days that it was made on, nor before them", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 80 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 3 }),
        (days, folds, gap) => {
          const dates = Array.from({ length: days }, (_, i) => dayOf(i));
          for (const { train, test } of walkForwardFolds(dates, { folds, gap })) {
            expect(train.length).toBeGreaterThan(0);
            expect(dates.indexOf(test[0] ?? "") - dates.indexOf(train.at(-1) ?? "")).toBe(gap + 1);
          }
        },
      ),
    );
  });

  it("shows what choosing on the past is worth: much in sample, nothing out of it", () => {
    const chance = seededChance(3);
    const items = Array.from({ length: 60 }, (_, i) => ({
      date: dayOf(i),
      tries: Array.from({ length: 20 }, () => chance.normal()),
    }));
    const meanOf = (values: readonly number[]): number | null =>
      values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
    const folds = walkForwardFolds(
      items.map(({ date }) => date),
      { folds: 5 },
    );
    const walked = walkForward(items, folds, {
      choose: (train) => {
        const totals = Array.from({ length: 20 }, (_, one) =>
          train.reduce((sum, { tries }) => sum + (tries[one] ?? 0), 0),
        );
        return totals.indexOf(Math.max(...totals));
      },
      apply: (choice, own) => own.map(({ tries }) => tries[choice] ?? 0),
      score: meanOf,
    });
    for (const { inSample } of walked.folds) expect(inSample ?? 0).toBeGreaterThan(0.25);
    expect(Math.abs(meanOf(walked.judged) ?? 1)).toBeLessThan(0.25);
    expect(walked.judged).toHaveLength(50);
  });

  it("has no fold with too few days, and refuses what is no number of folds", () => {
    expect(walkForwardFolds([dayOf(0), dayOf(1)], { folds: 2 })).toEqual([]);
    expect(walkForwardFolds([], { folds: 1 })).toEqual([]);
    expect(() => walkForwardFolds([], { folds: 0 })).toThrow("fold");
    expect(() => walkForwardFolds([], { folds: 1, gap: -1 })).toThrow("gap");
  });
});

describe("regimes", () => {
  const results = Object.entries(reference.regimes).flatMap(([regime, values]) =>
    values.map(
      (gross, i): RegimeResult => ({
        cluster: `${regime} ${i}`,
        gross,
        fees: 0,
        regimes: {
          volatility: regime,
          liquidity: null,
          spread: null,
          weekday: null,
          favourite: null,
        },
      }),
    ),
  );

  it("have scipy's p-values, and statsmodels' corrections for all of them", () => {
    const scores = regimeScores(results, few);
    expect(scores.map(({ regime }) => regime)).toEqual(["high", "low", "middle"]);
    scores.forEach(({ p, corrected, discovery }, i) => {
      expectReference(p, reference.p[i] ?? Number.NaN);
      expectReference(corrected, reference.holm[i] ?? Number.NaN);
      expectReference(discovery, reference.benjaminiHochberg[i] ?? Number.NaN);
    });
  });

  it("are corrected for every kind that was looked at, and leave out what is not known", () => {
    const twice = results.map((result) => ({
      ...result,
      regimes: { ...result.regimes, spread: result.regimes.volatility },
    }));
    const [once, doubled] = [regimeScores(results, few), regimeScores(twice, few)];
    expect(doubled).toHaveLength(6);
    expect(doubled[0]?.corrected ?? 0).toBeGreaterThan(once[0]?.corrected ?? 1);
  });

  it("are not tested below thirty games", () => {
    const some = regimeScores(
      results.filter(({ cluster }) => Number(cluster.split(" ")[1]) < 29),
      few,
    );
    for (const { p, corrected, net } of some) {
      expect({ p, corrected, lack: net.lack }).toEqual({
        p: null,
        corrected: null,
        lack: "too_few_clusters",
      });
    }
  });

  it("are thirds by numpy's quantiles", () => {
    const { values, bounds } = reference.thirds;
    const name = thirdsOf([...values, null]);
    for (const value of values) {
      expect(name(value)).toBe(value <= bounds[0] ? "low" : value <= bounds[1] ? "middle" : "high");
    }
    expect(name(null)).toBeNull();
    expect(thirdsOf([1, 2])(1)).toBeNull();
  });
});

describe("an edge over time", () => {
  const played = (meanOf: (day: number) => number): readonly DatedResult[] => {
    const chance = seededChance(12);
    return Array.from({ length: 120 }, (_, i) => ({
      cluster: `game ${i}`,
      date: dayOf(Math.floor(i / 2)),
      gross: meanOf(Math.floor(i / 2)) + chance.normal() + 1,
      fees: 1,
    }));
  };

  it("breaks, wanes or lasts", () => {
    const broken = edgeDecay(played((day) => (day < 40 ? 1.5 : -1.5)));
    expect(broken.verdict).toBe("breaks");
    expect(Math.abs(Date.parse(broken.changedOn ?? "") - Date.parse(dayOf(40)))).toBeLessThan(
      3 * DAY_MS,
    );
    expect(edgeDecay(played(() => 0.5)).verdict).toBe("lasts");
    // What gets better neither breaks nor wanes.
    expect(edgeDecay(played((day) => (day < 40 ? -1.5 : 1.5))).verdict).toBe("lasts");
    const waning = edgeDecay(played((day) => 1 - day / 40));
    expect(["breaks", "wanes"]).toContain(waning.verdict);
    expect(waning.trend.slope ?? 0).toBeLessThan(0);
  });

  it("cannot be told from fewer than thirty days", () => {
    const short = edgeDecay(played(() => 1).slice(0, 58));
    expect(short).toMatchObject({ verdict: null, change: { n: 29 } });
    expect(edgeDecay([])).toMatchObject({ verdict: null, days: [], changedOn: null });
  });
});

describe("the sample-size planner", () => {
  const rests = { forecastGames: 240, searchDays: null };
  it("says how many games and nights are missing at the pace so far", () => {
    const results = Array.from({ length: 40 }, (_, i) => ({
      cluster: `game ${i}`,
      date: dayOf(Math.floor(i / 4)),
      gross: i % 2 === 0 ? 1_400_000 : -1_000_000,
      fees: 0,
    }));
    const plan = samplePlan(results, rests);
    // Edge 0.2, deviation 1.2 times the root of 40/39; (1.96 + 0.8416)^2 * 36 * 40/39 = 289.8.
    expect(plan).toMatchObject({ n: 40, clusters: 40, days: 10, needed: 290, missing: 250 });
    // Four games a night.
    expect(plan.missingDays).toBe(63);
  });

  it("knows of the days, forecasts and searches that the verdict asks for too", () => {
    const results = Array.from({ length: 240 }, (_, i) => ({
      ...{ cluster: `game ${i}`, date: dayOf(Math.floor(i / 20)), fees: 0 },
      gross: i % 3 === 0 ? -1_000_000 : 1_400_000,
    }));
    // 240 games are enough, the 12 nights that they were played on are 18 short of 30.
    const nights = { days: 12, missing: 0, neededDays: 30, missingDays: 18 };
    expect(samplePlan(results, rests)).toMatchObject(nights);
    // Two days in each of sixteen blocks are 32, less 7.
    expect(samplePlan(results, { ...rests, searchDays: 7 })).toMatchObject({ missingDays: 25 });
    expect(samplePlan(results, { ...rests, searchDays: 40 })).toMatchObject({ missingDays: 18 });
    expect(samplePlan(results, { ...rests, forecastGames: 5 })).toMatchObject({ missing: 25 });
    const spread = results.map((result, i) => ({ ...result, date: dayOf(Math.floor(i / 4)) }));
    expect(samplePlan(spread, rests)).toMatchObject({ missing: 0, missingDays: 0 });
    // 25 games at four a day.
    expect(samplePlan(spread, { ...rests, forecastGames: 5 })).toMatchObject({ missingDays: 7 });
  });

  it("gives up without an edge, and knows nothing of an empty sample", () => {
    const lost = [1, 2, 3].map((n) => ({ cluster: `${n}`, date: dayOf(0), gross: -n, fees: 0 }));
    expect(samplePlan(lost, rests)).toMatchObject({
      needed: null,
      missing: null,
      missingDays: null,
    });
    expect(samplePlan([], rests)).toMatchObject({ n: 0, edge: null, needed: null });
  });
});

describe("slippage", () => {
  it("is numpy's weighted mean, worse for us on either side of the book", () => {
    const orders = reference.worse.map((worse, i) => {
      const side = i % 2 === 0 ? ("bid" as const) : ("ask" as const);
      const moved = Math.round(worse * 10_000);
      const price = priceMicros(500_000 + (side === "bid" ? moved : -moved));
      const count = countCenti((reference.weights[i] ?? 0) * 100);
      return {
        ...{ id: `${i}`, cluster: `game ${i}`, parentId: null, side, count },
        expectedFillProbability: 1,
        expectedPrice: priceMicros(500_000),
        fills: [{ price, count }],
      };
    });
    const found = slippage(orders, few());
    expectReference((found.value ?? Number.NaN) / 10_000, reference.slippage);
    expect(found).toMatchObject({ n: 33, clusters: 33, lack: null });
    expect(slippage([], few())).toMatchObject({ value: null, lack: "empty_sample" });
  });
});
