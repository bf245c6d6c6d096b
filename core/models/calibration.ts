import { assert } from "../domain/assert.ts";
import { fitLogistic, logistic, logit } from "./logistic.ts";

/** A forecast and what came of it. */
export interface Labelled {
  /** Forecast probability, 0 to 1. */
  readonly probability: number;
  /** 1 when it happened, 0 when it did not. */
  readonly outcome: 0 | 1;
}

/** How forecasts may be calibrated. */
export const CALIBRATION_METHODS = ["identity", "isotonic", "platt", "beta"] as const;
/** One of them. */
export type CalibrationMethod = (typeof CALIBRATION_METHODS)[number];

/** A rising map from what was said to what happens. JSON-safe. */
export type CalibrationMap =
  | { readonly method: "identity" }
  /** Linear between the points, level beyond them; both lists rise. */
  | { readonly method: "isotonic"; readonly x: readonly number[]; readonly y: readonly number[] }
  /** Log-odds `intercept + slope * log-odds`. */
  | { readonly method: "platt"; readonly intercept: number; readonly slope: number }
  /** Log-odds `c + a ln p - b ln(1 - p)`. */
  | { readonly method: "beta"; readonly a: number; readonly b: number; readonly c: number };

/** A fitted map; where none could be fitted, the identity and why. */
export interface FittedCalibration {
  readonly map: CalibrationMap;
  /** Forecasts it was fitted on. */
  readonly n: number;
  /**
   * - `too_thin`: fewer forecasts than `CALIBRATION_MIN` of the method;
   * - `one_sided`: all of them came true, or none did;
   * - `not_rising`: the higher the forecast, the rarer it came true;
   * - `no_fit`: the likelihood has no maximum, as when a threshold divides the outcomes.
   * Null when the map is the method's.
   */
  readonly identityBecause: "too_thin" | "one_sided" | "not_rising" | "no_fit" | null;
}

/**
 * Fewest forecasts a method is fitted on. Two parameters are known to about 0.1 from 300 outcomes,
 * which is what they may be worth; a step function needs several hundred a step.
 */
export const CALIBRATION_MIN: Readonly<Record<CalibrationMethod, number>> = {
  identity: 0,
  platt: 300,
  beta: 500,
  isotonic: 1_000,
};

/** What an isotonic map says is kept this far from 0 and 1. */
const DOUBT = 0.01;
/** Kept from 0 and 1 before logarithms are taken. */
const CLIP = 1e-9;

/**
 * Fits a calibration.
 *
 * Sources: isotonic regression by pool-adjacent-violators, Zadrozny and Elkan (2002); Platt (1999) on
 * the forecast's log-odds without prior targets, which is Cox's (1958) recalibration; beta, Kull,
 * Silva Filho and Flach (2017), with its two slopes kept from below zero.
 *
 * @throws InvariantError when a probability lies outside 0 to 1.
 */
export function fitCalibration(
  method: CalibrationMethod,
  sample: readonly Labelled[],
): FittedCalibration {
  for (const { probability } of sample) {
    assert(probability >= 0 && probability <= 1, "0 <= probability <= 1");
  }
  const n = sample.length;
  const identity = (because: FittedCalibration["identityBecause"]): FittedCalibration => ({
    map: { method: "identity" },
    n,
    identityBecause: because,
  });
  if (method === "identity") return identity(null);
  if (n < CALIBRATION_MIN[method]) return identity("too_thin");
  const happened = sample.reduce((sum, { outcome }) => sum + outcome, 0);
  if (happened === 0 || happened === n) return identity("one_sided");
  const map = fitMap(method, sample);
  if (typeof map === "string") return identity(map);
  return { map: doubting(map), n, identityBecause: null };
}

/** The ends of an isotonic map may say never and always: no sample of games is large enough to know. */
function doubting(map: CalibrationMap): CalibrationMap {
  if (map.method !== "isotonic") return map;
  return { ...map, y: map.y.map((y) => Math.min(1 - DOUBT, Math.max(DOUBT, y))) };
}

/** The map of a method, whatever the size of the sample; or why there is none. */
export function fitMap(
  method: Exclude<CalibrationMethod, "identity">,
  sample: readonly Labelled[],
): CalibrationMap | "not_rising" | "no_fit" {
  switch (method) {
    case "isotonic":
      return fitIsotonic(sample);
    case "platt":
      return fitPlatt(sample);
    case "beta":
      return fitBeta(sample);
  }
}

/** What happens when `probability` is said, 0 to 1. @throws InvariantError when it lies outside 0 to 1. */
export function calibrate(map: CalibrationMap, probability: number): number {
  assert(probability >= 0 && probability <= 1, "0 <= probability <= 1");
  switch (map.method) {
    case "identity":
      return probability;
    case "isotonic":
      return interpolate(map.x, map.y, probability);
    case "platt":
      return logistic(map.intercept + map.slope * logit(probability, CLIP));
    case "beta": {
      const p = kept(probability);
      return logistic(map.c + map.a * Math.log(p) - map.b * Math.log(1 - p));
    }
  }
}

interface Block {
  readonly first: number;
  last: number;
  weight: number;
  happened: number;
}

function fitIsotonic(sample: readonly Labelled[]): CalibrationMap | "not_rising" {
  const sorted = [...sample].sort((a, b) => a.probability - b.probability);
  // Equal forecasts are one point; then neighbours that fall are pooled until all rise.
  const points: Block[] = [];
  for (const { probability, outcome } of sorted) {
    const point = points.at(-1);
    if (point?.last === probability) {
      point.weight += 1;
      point.happened += outcome;
    } else {
      points.push({ first: probability, last: probability, weight: 1, happened: outcome });
    }
  }
  const blocks: Block[] = [];
  for (const point of points) {
    let block = point;
    for (let before = blocks.at(-1); before; before = blocks.at(-1)) {
      // Crosswise, so that no rounding decides whether equal shares are pooled.
      if (before.happened * block.weight < block.happened * before.weight) break;
      blocks.pop();
      block = {
        first: before.first,
        last: block.last,
        weight: before.weight + block.weight,
        happened: before.happened + block.happened,
      };
    }
    blocks.push(block);
  }
  if (blocks.length < 2) return "not_rising";
  const ends = blocks.flatMap(({ first, last, weight, happened }) =>
    (first === last ? [first] : [first, last]).map((x) => ({ x, y: happened / weight })),
  );
  return { method: "isotonic", x: ends.map(({ x }) => x), y: ends.map(({ y }) => y) };
}

function fitPlatt(sample: readonly Labelled[]): CalibrationMap | "not_rising" | "no_fit" {
  const outcomes = sample.map(({ outcome }) => outcome);
  const fitted = fitLogistic([sample.map(({ probability }) => logit(probability, CLIP))], outcomes);
  if (fitted === null) return "no_fit";
  const [intercept = 0, slope = 0] = fitted;
  return slope > 0 ? { method: "platt", intercept, slope } : "not_rising";
}

function fitBeta(sample: readonly Labelled[]): CalibrationMap | "not_rising" | "no_fit" {
  const outcomes = sample.map(({ outcome }) => outcome);
  const ups = sample.map(({ probability }) => Math.log(kept(probability)));
  const downs = sample.map(({ probability }) => -Math.log(1 - kept(probability)));
  const both = fitLogistic([ups, downs], outcomes);
  if (both === null) return "no_fit";
  const [c = 0, a = 0, b = 0] = both;
  if (a >= 0 && b >= 0) return a + b > 0 ? { method: "beta", a, b, c } : "not_rising";
  // A slope below zero would let the map fall: fitted again without it, as the paper does.
  const alone = fitLogistic([a < 0 ? downs : ups], outcomes);
  if (alone === null) return "no_fit";
  const [level = 0, slope = 0] = alone;
  if (slope <= 0) return "not_rising";
  return a < 0
    ? { method: "beta", a: 0, b: slope, c: level }
    : { method: "beta", a: slope, b: 0, c: level };
}

/** Linear between points whose `x` rise; level beyond them. */
function interpolate(x: readonly number[], y: readonly number[], at: number): number {
  let [low, high] = [0, x.length - 1];
  if (at <= (x[low] ?? 0)) return y[low] ?? at;
  if (at >= (x[high] ?? 1)) return y[high] ?? at;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? 0) <= at) low = middle;
    else high = middle;
  }
  const [x0 = 0, x1 = 1, y0 = 0, y1 = 1] = [x[low], x[high], y[low], y[high]];
  return y0 + ((y1 - y0) * (at - x0)) / (x1 - x0);
}

function kept(probability: number): number {
  return Math.min(1 - CLIP, Math.max(CLIP, probability));
}
