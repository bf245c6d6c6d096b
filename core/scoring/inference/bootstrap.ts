import { assert } from "../../domain/assert.ts";
import { groupBy } from "../group.ts";
import type { Chance } from "./chance.ts";
import { CLUSTERS_MIN, type Estimate, type Interval, type Lack, RARER_MIN } from "./estimate.ts";
import { bcaEnds, expandedTail } from "./intervals.ts";

/** A sample summed by cluster: all that a statistic made of sums has to know. */
export interface ClusterSample {
  /** Observations in all clusters. */
  readonly n: number;
  readonly clusters: number;
  /** One array a column, with one sum a cluster; clusters in the sequence of their names. */
  readonly columns: readonly Float64Array[];
  /** Clusters in which forecasts expect the rarer outcome, where the sample is of forecasts (`rarerOf`). */
  readonly rarer?: number;
}

/** A figure computed from the column sums of a sample; NaN where it does not exist. */
export type SumStatistic = (sums: Float64Array) => number;

/** How to resample. */
export interface Resampling {
  readonly chance: Chance;
  /** Resamples drawn; 10,000 unless stated. */
  readonly resamples?: number;
  /** Confidence of the interval; 0.95 unless stated. */
  readonly level?: number;
}

/**
 * Sums a sample by cluster. A cluster is what may be taken as independent of the others: a game,
 * a night, an hour. The sequence of the observations does not matter.
 *
 * @param columns what to sum: one function a column.
 */
export function clusterSums<Item>(
  items: readonly Item[],
  clusterOf: (item: Item) => string,
  columns: readonly ((item: Item) => number)[],
): ClusterSample {
  const groups = groupBy(items, clusterOf);
  const names = [...groups.keys()].sort();
  const sums = columns.map((column) =>
    Float64Array.from(names, (name) =>
      (groups.get(name) ?? []).reduce((sum, item) => sum + column(item), 0),
    ),
  );
  return { n: items.length, clusters: names.length, columns: sums };
}

/**
 * Estimates a statistic with a cluster-bootstrap interval: whole clusters are drawn with
 * replacement, as many as there are, and the statistic is computed anew from each draw.
 *
 * The interval is the bias-corrected and accelerated one with the expanded tails of `expandedTail`.
 * It was chosen by coverage (bootstrap.test.ts): of the plain percentile, basic and BCa intervals
 * none holds its 95 % with 30 clusters of skewed results.
 *
 * @throws InvariantError unless there is a positive number of resamples.
 */
export function clusterBootstrap(
  sample: ClusterSample,
  statistic: SumStatistic,
  resampling: Resampling,
): Estimate {
  return estimateBy({ ...sample, statistic, resampling }, (resamples, chance) =>
    resampleClusters(sample, statistic, resamples, chance),
  );
}

/** What an estimate by resampling is made of, whatever is drawn. */
export interface ResampledFigure extends ClusterSample {
  /** Clusters of the smaller part, where a figure is of two; all of them unless stated. */
  readonly fewest?: number;
  /** What is drawn of a resample, such as blocks of days: the tails are as wide as so many need; clusters unless stated. */
  readonly drawn?: number;
  readonly statistic: SumStatistic;
  readonly resampling: Resampling;
}

/**
 * The estimate that a distribution of resamples gives, or what is lacking for one.
 *
 * @param draw the statistic of so many resamples.
 */
export function estimateBy(
  figure: ResampledFigure,
  draw: (resamples: number, chance: Chance) => Float64Array,
): Estimate {
  const { n, clusters, columns, statistic, resampling } = figure;
  const { fewest = clusters, drawn = clusters, rarer = Infinity } = figure;
  const { chance, resamples = 10_000, level = 0.95 } = resampling;
  const lacking = (value: number | null, lack: Lack): Estimate => {
    return { value, n, clusters, interval: null, lack };
  };
  if (n === 0) return lacking(null, "empty_sample");
  const observed = statistic(sumsWithout(columns, -1));
  if (!Number.isFinite(observed)) return lacking(null, "undefined_value");
  if (fewest < CLUSTERS_MIN) return lacking(observed, "too_few_clusters");
  if (rarer < RARER_MIN) return lacking(observed, "rare_outcome");
  const distribution = draw(resamples, chance);
  const defined = distribution.filter((value) => !Number.isNaN(value)).sort();
  if (defined.length < 0.99 * resamples) return lacking(observed, "unstable");
  if (defined[0] === defined[defined.length - 1]) return lacking(observed, "no_variation");
  const jackknife = Float64Array.from(columns[0] ?? [], (_, left) =>
    statistic(sumsWithout(columns, left)),
  );
  const { low, high } = bcaEnds(defined, expandedTail(level, drawn), observed, jackknife);
  const interval: Interval = {
    level,
    low: Number.isFinite(low) ? low : null,
    high: Number.isFinite(high) ? high : null,
  };
  return { value: observed, n, clusters, interval, lack: null };
}

/**
 * The statistic of each resample, in the sequence drawn.
 *
 * @throws InvariantError unless there is a positive number of resamples.
 */
export function resampleClusters(
  { clusters, columns }: ClusterSample,
  statistic: SumStatistic,
  resamples: number,
  chance: Chance,
): Float64Array {
  assert(Number.isInteger(resamples) && resamples > 0, "a positive number of resamples");
  const width = columns.length;
  const rows = rowsOf(columns, clusters);
  const sums = new Float64Array(width);
  const distribution = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample += 1) {
    sums.fill(0);
    for (let drawn = 0; drawn < clusters; drawn += 1) {
      const from = chance.below(clusters) * width;
      for (let column = 0; column < width; column += 1) {
        sums[column] = (sums[column] ?? 0) + (rows[from + column] ?? 0);
      }
    }
    distribution[resample] = statistic(sums);
  }
  return distribution;
}

/** Columns as one array, cluster by cluster: a draw reads neighbours. */
export function rowsOf(columns: readonly Float64Array[], clusters: number): Float64Array {
  const width = columns.length;
  const rows = new Float64Array(clusters * width);
  for (let index = 0; index < rows.length; index += 1) {
    rows[index] = columns[index % width]?.[Math.floor(index / width)] ?? 0;
  }
  return rows;
}

/** The column sums of all clusters but one; of all when none has that index. */
function sumsWithout(columns: readonly Float64Array[], left: number): Float64Array {
  return Float64Array.from(columns, (column) => {
    let sum = 0;
    for (let index = 0; index < column.length; index += 1) {
      if (index !== left) sum += column[index] ?? 0;
    }
    return sum;
  });
}
