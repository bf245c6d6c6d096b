import { expect, it } from "vitest";
import { THRESHOLDS } from "../../test/support/breakers.ts";
import type { Forecast, GameClock } from "../domain/decision.ts";
import { instant } from "../domain/units.ts";
import {
  type Anomaly,
  type AnomalyInput,
  forecastAnomaly,
  rememberForecast,
} from "./model-anomaly.ts";

const AT = instant(1_000_000_000);
const clock: GameClock = {
  state: "in",
  period: 2,
  clockSeconds: 300,
  homeScore: 40,
  awayScore: 38,
  sourceTime: AT,
  receivedAt: AT,
  staleBecause: [],
  isReconstructed: false,
};

/** An evaluation `afterMs` after the first, with what it changes. */
function evaluation(
  afterMs: number,
  p: number | null,
  change: { readonly clock?: Partial<GameClock>; readonly partner?: number } = {},
  forecastChange: Partial<Forecast> = {},
): { readonly input: AnomalyInput; readonly forecast: Forecast } {
  const at = instant(AT + afterMs);
  const partner = { source: "partner", value: change.partner ?? 0.5, version: "1" } as const;
  const input: AnomalyInput = {
    at,
    phase: "live",
    clock: { ...clock, ...change.clock },
    readings: [{ ...partner, knownAt: AT, absentBecause: null }],
  };
  const source = { source: "elo", value: 0.5, weight: 1, ageMs: 0, version: "1" } as const;
  const forecast: Forecast = {
    homeProbability: p,
    sources: [{ ...source, absentBecause: null }],
    knownAt: AT,
    modelVersion: "blend-1",
    ...forecastChange,
  };
  return { input, forecast };
}

/** What is said of the last of these evaluations. */
function lastOf(...evaluations: readonly ReturnType<typeof evaluation>[]): Anomaly | null {
  let before: ReturnType<typeof rememberForecast> | null = null;
  let found: Anomaly | null = null;
  for (const { input, forecast } of evaluations) {
    const now = rememberForecast(input, forecast, before);
    found = forecastAnomaly(input, forecast, { before, now }, THRESHOLDS.model);
    before = now;
  }
  return found;
}

const QUIET = 200_000;

it("finds nothing wrong with a sound forecast, nor with none at all", () => {
  expect(lastOf(evaluation(0, 0.5))).toBeNull();
  expect(lastOf(evaluation(0, null, {}, { knownAt: null, modelVersion: "" }))).toBeNull();
  expect([lastOf(evaluation(0, 0)), lastOf(evaluation(0, 1))]).toEqual([null, null]);
});

it.each<[string, Anomaly["code"], ReturnType<typeof evaluation>]>([
  ["NaN", "not_a_number", evaluation(0, Number.NaN)],
  ["infinity", "not_a_number", evaluation(0, Number.POSITIVE_INFINITY)],
  ["more than certain", "out_of_range", evaluation(0, 1.001)],
  ["less than impossible", "out_of_range", evaluation(0, -0.001)],
  ["no version", "missing_metadata", evaluation(0, 0.5, {}, { modelVersion: "" })],
  ["no time at which it was known", "missing_metadata", evaluation(0, 0.5, {}, { knownAt: null })],
])("finds a forecast of %s", (_, code, one) => {
  expect(lastOf(one)?.code).toBe(code);
});

it("finds a source whose value is no number, whatever became of the blend", () => {
  const [source] = evaluation(0, 0.5).forecast.sources;
  const sources = source === undefined ? [] : [{ ...source, value: Number.NaN }];
  expect(lastOf(evaluation(0, null, {}, { sources }))?.code).toBe("not_a_number");
});

it("finds a jump between two evaluations when nothing was new for long enough", () => {
  const jumped = lastOf(evaluation(0, 0.4), evaluation(QUIET, 0.4), evaluation(QUIET + 1, 0.7));
  expect(jumped).toMatchObject({ code: "jump_without_news", numbers: { limit: 0.25 } });
  expect(lastOf(evaluation(0, 0.4), evaluation(QUIET, 0.65))).toBeNull();
});

it.each([
  ["a score", { clock: { homeScore: 43 } }],
  ["a new period", { clock: { period: 3 } }],
  ["the partner", { partner: 0.9 }],
])("takes %s for the reason of a jump, for a while", (_, news) => {
  const before = [evaluation(0, 0.4), evaluation(QUIET, 0.4)];
  expect(lastOf(...before, evaluation(QUIET + 1, 0.9, news))).toBeNull();
  const seen = evaluation(QUIET + 1, 0.4, news);
  expect(lastOf(...before, seen, evaluation(QUIET + 100_000, 0.9, news))).toBeNull();
  expect(lastOf(...before, seen, evaluation(2 * QUIET, 0.9, news))?.code).toBe("jump_without_news");
});

it("takes a source that comes or drops out for the reason of a jump", () => {
  const without = evaluation(QUIET, 0.9, {}, { sources: [] });
  expect(lastOf(evaluation(0, 0.4), without)).toBeNull();
});

it("leaves the last minutes alone: there the clock moves a forecast by itself", () => {
  const late = { clock: { period: 4, clockSeconds: 239 } };
  expect(lastOf(evaluation(0, 0.4, late), evaluation(QUIET, 0.9, late))).toBeNull();
  const earlier = { clock: { period: 4, clockSeconds: 240 } };
  expect(lastOf(evaluation(0, 0.4, earlier), evaluation(QUIET, 0.9, earlier))).not.toBeNull();
});

it("does not judge a jump from or to nothing", () => {
  expect(lastOf(evaluation(0, null), evaluation(QUIET, 0.9))).toBeNull();
  expect(lastOf(evaluation(0, 0.1), evaluation(QUIET, null))).toBeNull();
});
