/**
 * Independent clusters below which no interval, test or simulation is given, whatever it is of: the
 * coverage of the intervals was tested from here on, and a gate has not enough data below.
 */
export const CLUSTERS_MIN = 30;

/**
 * Clusters in which the rarer of two outcomes has to be expected before what happened less what was
 * forecast has an interval. Near-certain forecasts that all come true differ by little else than their
 * own probabilities, which says nothing of the error; chosen by coverage (rare-outcomes.test.ts).
 */
export const RARER_MIN = 4;

/** The range in which the true figure lies with the stated confidence. Unit: that of the figure. */
export interface Interval {
  /** Confidence, such as 0.95. */
  readonly level: number;
  /** Null when the figure is unbounded below. */
  readonly low: number | null;
  /** Null when the figure is unbounded above, such as a profit factor without losses. */
  readonly high: number | null;
}

/**
 * What is lacking of an estimate:
 * - `empty_sample`: there is no observation;
 * - `too_few_clusters`: there is a value, but fewer than `CLUSTERS_MIN` independent clusters (games,
 *   nights, hours, days with a result) for an interval that could be trusted;
 * - `rare_outcome`: forecasts themselves expect the rarer outcome in fewer than `RARER_MIN` clusters;
 * - `no_variation`: all clusters agree, so that the sample says nothing about its own error;
 * - `undefined_value`: the figure does not exist for this sample, such as a ratio to zero;
 * - `unstable`: it does not exist for more than 1 % of the resamples;
 * - `no_interval`: the figure is an extreme or of the one path that was seen: none is defined.
 */
export type Lack =
  | "empty_sample"
  | "too_few_clusters"
  | "rare_outcome"
  | "no_variation"
  | "undefined_value"
  | "unstable"
  | "no_interval";

/** A figure with what it rests on. Where `interval` is null, a gate has not enough data. */
export interface Estimate {
  readonly value: number | null;
  /** Observations in the sample. */
  readonly n: number;
  /** Independent clusters among them: what the interval is worth. */
  readonly clusters: number;
  readonly interval: Interval | null;
  /** Null when value and interval are both there. */
  readonly lack: Lack | null;
}

/** A figure that has no interval by its nature, such as the worst result. */
export function bareEstimate(value: number | null, n: number, clusters: number): Estimate {
  const lack = n === 0 ? "empty_sample" : value === null ? "undefined_value" : "no_interval";
  return { value, n, clusters, interval: null, lack };
}

/** A figure as a report tells it: what it is called, what it means, and what it rests on. */
export interface Figure {
  readonly name: string;
  /** How it is computed, its unit and its sign, in a sentence. */
  readonly definition: string;
  /** How it is written: `usd` micro-dollars, `cents` micros a contract, `share` 0 to 1, `score`, `ratio`. */
  readonly unit: "usd" | "cents" | "share" | "score" | "ratio";
  readonly estimate: Estimate;
}
