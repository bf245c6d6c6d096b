import { describe, expect, it } from "vitest";
import { seededChance } from "../core/scoring/inference/chance.ts";
import { chooseMethod, type SeasonForecast, walkCalibration } from "./calibration-walk.ts";

/** Seasons of games whose true chance is a function of what was said; two games a night. */
function seasonsOf(truth: (said: number) => number, years = [2020, 2021, 2022]): SeasonForecast[] {
  const chance = seededChance(3);
  return years.flatMap((season) =>
    Array.from({ length: 1_200 }, (_, i) => {
      const probability = 0.1 + 0.8 * chance.uniform();
      const day = new Date(Date.UTC(season - 1, 9, 20) + Math.floor(i / 2) * 3_600_000 * 8);
      return {
        date: day.toISOString().slice(0, 10),
        ...{ season, probability },
        outcome: chance.uniform() < truth(probability) ? (1 as const) : (0 as const),
      };
    }),
  );
}
/** Says 90 % of what comes true in 70 %. */
const modest = (said: number): number => 0.5 + (said - 0.5) / 2;

describe("walk-forward calibration", () => {
  it("judges each season by the seasons before it alone", () => {
    const forecasts = seasonsOf(modest);
    const walk = walkCalibration("platt", forecasts);
    expect(walk.seasons.map(({ season, n, fittedOn }) => [season, n, fittedOn])).toEqual([
      ...[[2021, 1_200, 1_200]],
      ...[[2022, 1_200, 2_400]],
    ]);
    // The labels of 2022 cannot reach what is said in 2021.
    const turned = forecasts.map((one) =>
      one.season === 2022
        ? { ...one, outcome: one.outcome === 1 ? (0 as const) : (1 as const) }
        : one,
    );
    const other = walkCalibration("platt", turned);
    expect(other.seasons[0]).toEqual(walk.seasons[0]);
    expect(other.seasons[1]?.after).not.toEqual(walk.seasons[1]?.after);
  });

  it("helps where forecasts say too much, by an interval below zero, and is chosen", () => {
    const walks = (["isotonic", "platt", "beta"] as const).map((method) =>
      walkCalibration(method, seasonsOf(modest)),
    );
    for (const { before, after, difference } of walks) {
      expect(after.logLoss ?? 9).toBeLessThan(before.logLoss ?? 0);
      expect(difference.interval?.high ?? 1).toBeLessThan(0);
      expect(after.decomposition.reliability ?? 1).toBeLessThan(
        before.decomposition.reliability ?? 0,
      );
    }
    expect(chooseMethod(walks)).not.toBe("identity");
  });

  it("does not help honest forecasts: the identity is chosen", () => {
    const walks = (["isotonic", "platt", "beta"] as const).map((method) =>
      walkCalibration(
        method,
        seasonsOf((said) => said),
      ),
    );
    expect(chooseMethod(walks)).toBe("identity");
  });

  it("leaves forecasts as they are where the seasons before are too thin", () => {
    const few = seasonsOf(modest).filter((_, i) => i % 6 === 0);
    const [first] = walkCalibration("platt", few).seasons;
    expect(first).toMatchObject({ fittedOn: 200, identityBecause: "too_thin" });
    expect(first?.after).toEqual(first?.before);
  });

  it("says null of what was never judged", () => {
    const walk = walkCalibration("platt", seasonsOf(modest, [2020]));
    expect(walk).toMatchObject({ games: 0, seasons: [] });
    expect(walk.after).toMatchObject({ brier: null, logLoss: null });
    expect(walk.difference).toMatchObject({ value: null, lack: "empty_sample" });
    expect(chooseMethod([walk])).toBe("identity");
  });
});
