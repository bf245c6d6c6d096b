import { studentCdf, studentQuantile } from "./distributions.ts";
import { CLUSTERS_MIN, type Interval } from "./estimate.ts";
import { mean } from "./moments.ts";

/** Whether and where the level of a series changed. */
export interface ChangePoint {
  readonly n: number;
  /** Largest cumulative deviation from the mean, in units of its deviation times the root of n. */
  readonly statistic: number | null;
  /** Probability of one so large if nothing changed; null for a series too short or flat. */
  readonly p: number | null;
  /** Index of the first value after the most likely change, told whatever `p` says. */
  readonly index: number | null;
  readonly meanBefore: number | null;
  readonly meanAfter: number | null;
}

/**
 * Tests a series, such as the edge realised night by night, for one change of its level.
 *
 * Source: the OLS-based CUSUM test of Ploberger and Krämer (1992), "The CUSUM test with OLS
 * residuals", Econometrica 60(2), about a constant mean; the p-value is Kolmogorov's.
 */
export function changePoint(series: readonly number[]): ChangePoint {
  const n = series.length;
  const none = { n, statistic: null, p: null, index: null, meanBefore: null, meanAfter: null };
  const centre = mean(series);
  if (centre === null) return none;
  const squares = series.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  if (!(squares > 0)) return none;
  let cumulated = 0;
  let largest = 0;
  let index = 0;
  series.forEach((value, position) => {
    cumulated += value - centre;
    if (Math.abs(cumulated) <= largest) return;
    largest = Math.abs(cumulated);
    index = position + 1;
  });
  const statistic = largest / Math.sqrt(squares);
  return {
    n,
    statistic,
    p: n < CLUSTERS_MIN ? null : kolmogorovTail(statistic),
    index,
    meanBefore: mean(series.slice(0, index)),
    meanAfter: mean(series.slice(index)),
  };
}

/**
 * Probability that the supremum of a Brownian bridge's absolute value exceeds `x`.
 *
 * Source: Kolmogorov (1933); Marsaglia, Tsang and Wang (2003) for the series of small x.
 */
export function kolmogorovTail(x: number): number {
  if (x <= 0) return 1;
  let sum = 0;
  if (x < 1) {
    for (let k = 1; k <= 20; k += 1) sum += Math.exp(-(((2 * k - 1) * Math.PI) ** 2) / (8 * x * x));
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
  }
  for (let k = 1; k <= 20; k += 1) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * (k * x) ** 2);
  return sum;
}

/** A straight line through a series. Unit of the slope: that of the values, a step. */
export interface Trend {
  readonly n: number;
  readonly slope: number | null;
  readonly interval: Interval | null;
  /** Probability of a slope so far from 0 if there were none. */
  readonly p: number | null;
}

/**
 * Trend of a series by least squares over its positions, with Student's t interval: whether an edge
 * decays slowly where `changePoint` asks whether it broke. Takes the steps' errors as independent.
 *
 * @returns null for fewer than three values; no interval and no p for fewer than `CLUSTERS_MIN`.
 */
export function trend(series: readonly number[], level = 0.95): Trend {
  const n = series.length;
  const centre = mean(series);
  if (centre === null || n < 3) return { n, slope: null, interval: null, p: null };
  const middle = (n - 1) / 2;
  const spread = (n * (n * n - 1)) / 12;
  const slope = series.reduce((sum, y, x) => sum + (x - middle) * (y - centre), 0) / spread;
  const residual = series.reduce((sum, y, x) => sum + (y - centre - slope * (x - middle)) ** 2, 0);
  const error = Math.sqrt(residual / (n - 2) / spread);
  if (error === 0 || n < CLUSTERS_MIN) return { n, slope, interval: null, p: null };
  const half = studentQuantile((1 + level) / 2, n - 2) * error;
  return {
    n,
    slope,
    interval: { level, low: slope - half, high: slope + half },
    p: 2 * studentCdf(-Math.abs(slope / error), n - 2),
  };
}
