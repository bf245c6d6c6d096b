import { describe, expect, it } from "vitest";
import { instant } from "../domain/units.ts";
import {
  compareHorizons,
  horizonIntervals,
  type HORIZON_MINUTES,
  type HorizonForecast,
  type ResolvedContract,
} from "./btc-horizons.ts";
import { seededChance } from "./inference/chance.ts";
import { closeHour } from "../domain/btc-contract.ts";

const CLOSE = instant(Date.parse("2026-05-11T12:15:00Z"));
const CONTRACT: ResolvedContract = {
  series: "KXBTC15M",
  marketTicker: "KXBTC15M-26MAY110815-15",
  closeAt: CLOSE,
  outcome: 1,
};
const chance = () => ({ chance: seededChance(7), resamples: 2_000 });

/** A contract every quarter of an hour; the market is right by `market`, we by `model`. */
function sample(
  hours: number,
  model: number,
  market: number,
  minutesToClose: (typeof HORIZON_MINUTES)[number] = 10,
): readonly HorizonForecast[] {
  return Array.from({ length: hours * 4 }, (_, index) => {
    const outcome = index % 3 === 0 ? 1 : 0;
    // Each hour is a little unlike the others, so that there is something to resample.
    const shift = (Math.floor(index / 4) % 7) * 0.01;
    return {
      ...CONTRACT,
      closeAt: instant(CLOSE + index * 900_000),
      outcome,
      minutesToClose,
      model: Math.abs(1 - outcome - model + shift),
      market: Math.abs(1 - outcome - market),
    };
  });
}

describe("comparison with the market", () => {
  it("has a row for each horizon of a series, empty ones with nothing in them", () => {
    const scores = compareHorizons(sample(40, 0.7, 0.6), chance());
    expect(scores.map(({ minutesToClose, n }) => [minutesToClose, n])).toEqual([
      [10, 160],
      [5, 0],
      [2, 0],
      [1, 0],
    ]);
    expect(scores[1]).toEqual({
      series: "KXBTC15M",
      minutesToClose: 5,
      n: 0,
      brier: { model: null, market: null },
      logLoss: { model: null, market: null },
      difference: { mean: null, ci95: null, clusters: 0, lack: "empty_sample" },
    });
    expect(compareHorizons([], chance())).toEqual([]);
  });

  it("scores both, and their difference with an interval over hours", () => {
    const [score] = compareHorizons(sample(40, 0.9, 0.6), chance());
    // The market gives 0.6 to what happens: 0.4^2.
    expect(score?.brier.market).toBeCloseTo(0.16, 9);
    expect(score?.logLoss.market).toBeCloseTo(-Math.log(0.6), 9);
    const { mean, ci95, clusters } = score?.difference ?? {};
    expect(mean).toBeCloseTo((score?.brier.model ?? 0) - 0.16, 9);
    expect(clusters).toBe(40);
    expect(ci95?.[0]).toBeLessThan(mean ?? 0);
    expect(ci95?.[1]).toBeGreaterThan(mean ?? 0);
    expect(ci95?.[1]).toBeLessThan(0);
  });

  it("gives both scores of both an interval, around them and no wider than the hours allow", () => {
    const rows = sample(40, 0.9, 0.6);
    const [score] = compareHorizons(rows, chance());
    const [intervals] = horizonIntervals(rows, chance());
    expect(horizonIntervals(rows, chance())).toHaveLength(4);
    const around = (
      ends: readonly [number, number] | null | undefined,
      value: number | null = 0,
    ) => {
      expect(ends?.[0]).toBeLessThan(value ?? Number.NaN);
      expect(ends?.[1]).toBeGreaterThan(value ?? Number.NaN);
    };
    around(intervals?.brier.model, score?.brier.model);
    around(intervals?.logLoss.model, score?.logLoss.model);
    const { mean, ci95 } = intervals?.logLossDifference ?? {};
    const { model, market } = score?.logLoss ?? {};
    expect(mean).toBeCloseTo((model ?? 0) - (market ?? 0), 12);
    around(ci95, mean);
    // The market said the same in all hours: no error of its own can be told.
    expect(intervals?.brier.market).toBeNull();
    const few = horizonIntervals(sample(29, 0.9, 0.6), chance())[0];
    expect(few?.brier.model).toBeNull();
    expect(few?.logLossDifference).toMatchObject({ ci95: null });
    expect(few?.logLossDifference.mean).toBeLessThan(0);
  });

  it("gives none over fewer than thirty hours, and the difference all the same", () => {
    const few = compareHorizons(sample(29, 0.9, 0.6), chance())[0]?.difference;
    expect(few).toMatchObject({ clusters: 29, ci95: null, lack: "too_few_clusters" });
    expect(few?.mean).toBeLessThan(0);
  });

  it("says of an interval over enough hours nothing but what it is", () => {
    const score = compareHorizons(sample(30, 0.9, 0.6), chance())[0];
    expect(score?.difference).toMatchObject({ clusters: 30, lack: null });
  });

  it("keeps the series apart, and is the same for the same seed", () => {
    const both = sample(40, 0.7, 0.6).flatMap((row) => [
      row,
      { ...row, series: "KXBTCD" as const },
    ]);
    const scores = compareHorizons(both, chance());
    expect(scores.map(({ series }) => series)).toEqual([
      ...Array<string>(4).fill("KXBTC15M"),
      ...Array<string>(4).fill("KXBTCD"),
    ]);
    expect(scores[0]?.brier).toEqual(scores[4]?.brier);
    expect(compareHorizons(both, chance())).toEqual(scores);
  });

  it("cuts the log loss at the lowest mid that a market can show, and the Brier score nowhere", () => {
    const missed = [{ ...CONTRACT, minutesToClose: 1 as const, model: 0, market: 0.5 }];
    const score = compareHorizons(missed, chance()).at(-1);
    expect(score?.brier.model).toBe(1);
    // -ln 0.0005 = 7.6.
    expect(score?.logLoss.model).toBeCloseTo(7.6009, 4);
  });

  it("counts a close on the hour to the hour that it ends", () => {
    const hour = (iso: string): string => closeHour(instant(Date.parse(iso)));
    expect(hour("2026-05-11T12:15:00Z")).toBe("2026-05-11T12");
    expect(hour("2026-05-11T13:00:00Z")).toBe("2026-05-11T12");
    expect(hour("2026-05-11T13:15:00Z")).toBe("2026-05-11T13");
    expect(hour("2026-05-11T00:00:00Z")).toBe("2026-05-10T23");
  });
});
