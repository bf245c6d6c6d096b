import { describe, expect, it } from "vitest";
import { brierDifference } from "./forecast-comparison.ts";
import { clusterBootstrap, clusterSums } from "./inference/bootstrap.ts";
import { seededChance } from "./inference/chance.ts";
import { expectedError } from "./mean-score.ts";
import { horizonFigures } from "./validation/forecasts.ts";

const few = () => ({ chance: seededChance(1), resamples: 400 });

describe("the error that forecasts expect of their mean score", () => {
  it("is that of a Brier score by hand: (1 - 2 p) times the root of p (1 - p) / n", () => {
    const rows = Array.from({ length: 40 }, (_, game) => ({
      cluster: `${game}`,
      outcome: 1 as const,
    }));
    const { error, decisive } = expectedError(rows, {
      probabilityOf: () => 0.9,
      scoreOf: (_, outcome) => (0.9 - outcome) ** 2,
    });
    expect(error).toBeCloseTo(0.8 * Math.sqrt((0.9 * 0.1) / 40), 12);
    // Forty over the kurtosis of an outcome: 1 / 0.09 - 3.
    expect(decisive).toBeCloseTo(40 / (1 / 0.09 - 3), 9);
  });

  it("takes forecasts of one game for one outcome, and games of one night for many", () => {
    const scoring = {
      probabilityOf: () => 0.9,
      scoreOf: (_: unknown, outcome: 0 | 1) => (0.9 - outcome) ** 2,
    };
    const night = Array.from({ length: 40 }, (_, i) => {
      return { cluster: `${i % 10}`, game: `${i}`, outcome: 1 as const };
    });
    const games = night.map(({ cluster, outcome }) => ({ cluster, outcome }));
    const [apart, together] = [expectedError(night, scoring), expectedError(games, scoring)];
    expect(together.error).toBeCloseTo(2 * apart.error, 12);
    expect(together.decisive).toBeCloseTo(apart.decisive / 4, 9);
  });

  it("is the least that figures of a horizon reach, and none goes below a perfect score", () => {
    const rows = Array.from({ length: 40 }, (_, game) => ({
      ...{ cluster: `${game}`, date: "2026-01-01", series: "NBA", horizon: "five-minutes-left" },
      ...{ model: 0.96 + 0.001 * (game % 3), baseline: 0.95, outcome: 1 as const },
    }));
    const [figures] = horizonFigures(rows, few);
    const { ours, market } = figures?.brier ?? {};
    // All came true: 1.4 misses were to be expected, and 0.035 of a Brier score lies well within reach.
    expect(ours?.interval?.high).toBeGreaterThan(0.035);
    expect(ours?.interval?.low).toBe(0);
    expect(market?.lack).toBe("no_variation");
    expect(figures?.difference.interval?.high).toBeGreaterThan(0);
  });

  it("leaves the interval of open games as it was", () => {
    const chance = seededChance(4);
    const rows = Array.from({ length: 200 }, (_, game) => {
      const truth = 0.3 + 0.4 * chance.uniform();
      const outcome = chance.uniform() < truth ? (1 as const) : (0 as const);
      return { cluster: `${game}`, model: truth, baseline: 0.5, outcome };
    });
    const sums = clusterSums(rows, ({ cluster }) => cluster, [
      ({ model, baseline, outcome }) => (model - outcome) ** 2 - (baseline - outcome) ** 2,
      () => 1,
    ]);
    const bare = clusterBootstrap(sums, ([sum = 0, n = 0]) => sum / n, few());
    expect(brierDifference(rows, few())).toEqual(bare);
  });
});
