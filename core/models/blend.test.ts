import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Forecast, ForecastReading, GameClock } from "../domain/decision.ts";
import { instant } from "../domain/units.ts";
import { type BlendConfig, type BlendInput, blendForecast } from "./blend.ts";
import { FIVE_THIRTY_EIGHT } from "./elo.ts";

const CONFIG: BlendConfig = {
  elo: FIVE_THIRTY_EIGHT,
  calibration: null,
  injuries: { defaultImpactElo: 15, notSubmittedLossElo: 39, maxLossElo: 150, players: {} },
  inGame: { sigmaPoints: 14, lastPossessionPoints: 1, possessionPoints: 0.5 },
  weights: { elo: 1, partner: 3, espn: 2, inGameAtTip: 1, inGameAtEnd: 3 },
  espnMaxAgeMs: 60_000,
  reconstructedMaxAgeMs: 60_000,
  clip: 0.001,
};
const NOW = instant(1_000_000);
const reading = (
  source: ForecastReading["source"],
  value: number,
  knownAt = NOW,
): ForecastReading => ({ source, value, version: "v", knownAt, absentBecause: null });
const clock = (changes: Partial<GameClock> = {}): GameClock => ({
  state: "in",
  period: 3,
  clockSeconds: 720,
  homeScore: 50,
  awayScore: 50,
  sourceTime: NOW,
  receivedAt: NOW,
  staleBecause: [],
  isReconstructed: false,
  ...changes,
});
const blend = (changes: Partial<BlendInput>): Forecast =>
  blendForecast({ at: NOW, phase: "pregame", clock: null, readings: [], ...changes }, CONFIG);
const source = (forecast: Forecast, name: string) =>
  forecast.sources.find((one) => one.source === name);

describe("blend before tip", () => {
  it("weighs log-odds, not probabilities", () => {
    const readings = [reading("elo", 0.8), reading("partner", 0.6)];
    // (ln 4 + 3 ln 1.5) / 4 = 0.65068: 65.72 %.
    expect(blend({ readings }).homeProbability).toBeCloseTo(0.6572, 4);
  });

  it("calibrates Elo once injuries have moved it, never the partner, and names the map", () => {
    const map = { method: "platt", intercept: -0.2, slope: 0.5 } as const;
    const calibrated = {
      ...CONFIG,
      calibration: { map, version: "platt-1", lastGame: "2025-06-22" },
    };
    const readings = [reading("elo", 0.8), reading("injuries", -0.4)];
    const input = { at: NOW, phase: "pregame", clock: null } as const;
    // -0.2 + 0.5 x (ln 4 - 0.4) = 0.29315: 57.28 %.
    const forecast = blendForecast({ ...input, readings }, calibrated);
    expect(forecast.homeProbability).toBeCloseTo(0.5728, 4);
    expect(forecast.modelVersion).toBe("blend-1+platt-1");
    const partner = blendForecast({ ...input, readings: [reading("partner", 0.8)] }, calibrated);
    expect(partner.homeProbability).toBeCloseTo(0.8, 9);
  });

  it("lets an absent source drop out with its reason and gives its weight to the rest", () => {
    const absent: ForecastReading = {
      source: "partner",
      value: null,
      version: "none",
      knownAt: null,
      absentBecause: "not_in_recording",
    };
    const forecast = blend({ readings: [reading("elo", 0.8), absent] });
    expect(forecast.homeProbability).toBeCloseTo(0.8, 9);
    expect(source(forecast, "partner")).toMatchObject({
      weight: 0,
      absentBecause: "not_in_recording",
    });
    expect(source(forecast, "elo")?.weight).toBe(1);
  });

  it("shifts Elo by the injuries", () => {
    const forecast = blend({ readings: [reading("elo", 0.5), reading("injuries", Math.log(3))] });
    expect(forecast.homeProbability).toBeCloseTo(0.75, 9);
  });

  it("is null when nothing is left, and its time is that of the newest source", () => {
    expect(blend({})).toMatchObject({ homeProbability: null, knownAt: null });
    const readings = [reading("elo", 0.6, instant(5)), reading("partner", 0.6, instant(7))];
    expect(blend({ readings }).knownAt).toBe(7);
  });

  it("uses nothing that was not known yet", () => {
    const forecast = blend({ readings: [reading("partner", 0.6, instant(NOW + 1))] });
    expect(forecast.homeProbability).toBeNull();
    expect(source(forecast, "partner")?.absentBecause).toBe("from_the_future");
  });

  it.each([0, 1, -0.2, 1.2, Number.NaN, Number.POSITIVE_INFINITY])(
    "refuses a strength of %d",
    (value) => {
      const forecast = blend({ readings: [reading("partner", value)] });
      expect(source(forecast, "partner")).toMatchObject({
        value: null,
        absentBecause: "out_of_range",
      });
    },
  );

  it("lies between its sources, and its weights sum to 1", () => {
    const p = fc.double({ min: 0.01, max: 0.99, noNaN: true });
    fc.assert(
      fc.property(p, p, (elo, partner) => {
        const forecast = blend({ readings: [reading("elo", elo), reading("partner", partner)] });
        const value = forecast.homeProbability ?? Number.NaN;
        expect(value).toBeGreaterThanOrEqual(Math.min(elo, partner) - 1e-12);
        expect(value).toBeLessThanOrEqual(Math.max(elo, partner) + 1e-12);
        const weights = forecast.sources.reduce((sum, { weight }) => sum + weight, 0);
        expect(weights).toBeCloseTo(1, 12);
      }),
    );
  });
});

describe("blend in play", () => {
  const strengths = [reading("elo", 0.6), reading("partner", 0.6)];
  const live = (changes: Partial<BlendInput>): Forecast =>
    blend({ phase: "live", clock: clock(), readings: strengths, ...changes });

  it("carries the strengths into the game through the score and the clock", () => {
    const forecast = live({});
    expect(forecast.homeProbability).toBeGreaterThan(0.5);
    expect(forecast.homeProbability).toBeLessThan(0.6);
    expect(source(forecast, "in-game")?.weight).toBe(1);
  });

  it("gives the in-game model more weight as the game goes on", () => {
    const readings = [...strengths, reading("espn", 0.5)];
    const early = live({ readings, clock: clock({ period: 1, clockSeconds: 720 }) });
    const late = live({ readings, clock: clock({ period: 4, clockSeconds: 0, homeScore: 51 }) });
    // 1 of 1 + 2 at tip, 3 of 3 + 2 at the end.
    expect(source(early, "in-game")?.weight).toBeCloseTo(1 / 3, 9);
    expect(source(late, "in-game")?.weight).toBeCloseTo(3 / 5, 9);
  });

  it("says nothing without a live score: strengths alone do not tell the present", () => {
    const forecast = live({ clock: null });
    expect(forecast.homeProbability).toBeNull();
    expect(source(forecast, "in-game")?.absentBecause).toBe("no_live_score");
    expect(source(forecast, "elo")?.absentBecause).toBe("needs_live_score");
  });

  it("uses a reconstructed score only just after its quarter has ended", () => {
    const shown = (ageMs: number): Forecast =>
      live({ clock: clock({ isReconstructed: true, sourceTime: instant(NOW - ageMs) }) });
    expect(shown(60_000).homeProbability).not.toBeNull();
    expect(source(shown(60_001), "in-game")?.absentBecause).toBe("no_live_score");
  });

  it("drops the in-game model on a stale clock, and ESPN when it is old", () => {
    const stale = live({ clock: clock({ staleBecause: ["frozen"] }) });
    expect(source(stale, "in-game")?.absentBecause).toBe("clock_stale");
    const old = live({ readings: [...strengths, reading("espn", 0.7, instant(NOW - 60_001))] });
    expect(source(old, "espn")?.absentBecause).toBe("stale");
  });

  it("takes ESPN's certainty at the end without breaking", () => {
    const readings = [...strengths, reading("espn", 1)];
    const ended = clock({ state: "post", period: 4, clockSeconds: 0, homeScore: 60 });
    expect(live({ readings, clock: ended }).homeProbability).toBeCloseTo(0.999, 3);
  });
});
