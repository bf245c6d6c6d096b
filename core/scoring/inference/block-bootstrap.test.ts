import { describe, expect, it } from "vitest";
import { sharpeRatio } from "../returns.ts";
import { blockBootstrap, resampleBlocks } from "./block-bootstrap.ts";
import type { SumStatistic } from "./bootstrap.ts";
import { type Chance, seededChance } from "./chance.ts";
import { CLUSTERS_MIN } from "./estimate.ts";

const COLUMNS = [(day: number) => day, (day: number) => day * day];

describe("the stationary bootstrap", () => {
  it("keeps days together: with endless blocks a resample is the series itself, turned", () => {
    const daily = [Float64Array.of(1, 2, 4, 8, 16)];
    const draw = { resamples: 50, chance: seededChance(1), blockDays: 1e12 };
    // Any rotation of the whole series has the sum of the series.
    expect(new Set(resampleBlocks(daily, ([sum = 0]) => sum, draw))).toEqual(new Set([31]));
  });

  it("draws days one by one with blocks of one day", () => {
    const daily = [Float64Array.of(0, 1)];
    const draw = { resamples: 4_000, chance: seededChance(2), blockDays: 1 };
    const sums = resampleBlocks(daily, ([sum = 0]) => sum, draw);
    // Two fair coins: 0, 1 or 2 with 1/4, 1/2, 1/4; five standard errors of 4,000 draws.
    for (const [sum, share] of [0.25, 0.5, 0.25].entries()) {
      const found = sums.filter((value) => value === sum).length / 4_000;
      expect(Math.abs(found - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / 4_000));
    }
  });

  it("has no interval below thirty days with a result", () => {
    const days = Array.from({ length: CLUSTERS_MIN }, (_, day) => 1 + ((day * 7) % 5));
    const mean: SumStatistic = ([sum = 0]) => sum / CLUSTERS_MIN;
    const of = (series: readonly number[]): unknown =>
      blockBootstrap(series, COLUMNS, mean, { chance: seededChance(3) });
    expect(of(days)).toMatchObject({ n: 30, clusters: 30, lack: null });
    const few = { clusters: 29, interval: null, lack: "too_few_clusters" };
    expect(of(days.slice(1))).toMatchObject({ n: 29, ...few });
    expect(of([0, 0, ...days.slice(1)])).toMatchObject({ n: 31, ...few });
    expect(of([])).toMatchObject({ n: 0, value: null, lack: "empty_sample" });
    expect(of(days.map(() => 3))).toMatchObject({ value: 3, lack: "no_variation" });
  });
});

/** Sharpe ratio of the tested worlds: a mean of 0.1 a day, a deviation of 1, over a year. */
const TRUTH = 0.1 * Math.sqrt(365);

describe("a 95 % interval of the Sharpe ratio covers the truth in 92 to 98 % of 1,000 samples", () => {
  const worlds: Record<string, (chance: Chance, days: number) => readonly number[]> = {
    "independent days": (chance, days) => Array.from({ length: days }, () => 0.1 + chance.normal()),
    "days that follow the day before a little": (chance, days) => {
      let state = chance.normal();
      return Array.from({ length: days }, () => {
        state = 0.15 * state + Math.sqrt(1 - 0.15 ** 2) * chance.normal();
        return 0.1 + state;
      });
    },
  };

  it.each([
    { days: 30, name: "independent days" },
    { days: 30, name: "days that follow the day before a little" },
    { days: 60, name: "days that follow the day before a little" },
  ])(
    "of $days $name",
    ({ days, name }) => {
      const chance = seededChance(100 + days);
      const resampling = seededChance(200 + days);
      let covered = 0;
      for (let sample = 0; sample < 1_000; sample += 1) {
        const series = worlds[name]?.(chance, days) ?? [];
        const daily = series.map((share, day) => ({ date: String(day), net: 0, share }));
        const { interval } = sharpeRatio(daily, { chance: resampling, resamples: 500 });
        if ((interval?.low ?? Infinity) <= TRUTH && TRUTH <= (interval?.high ?? -Infinity)) {
          covered += 1;
        }
      }
      expect(covered / 1_000).toBeGreaterThanOrEqual(0.92);
      expect(covered / 1_000).toBeLessThanOrEqual(0.98);
    },
    120_000,
  );
});
