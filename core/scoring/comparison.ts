import {
  clusterSums,
  type ClusterSample,
  estimateBy,
  resampleClusters,
  type Resampling,
} from "./inference/bootstrap.ts";
import type { Estimate } from "./inference/estimate.ts";
import { netOf, type Result } from "./results.ts";

/** One number of one of two samples. */
export interface Observed {
  /** What may be taken as independent of others: a game, a night, an hour. */
  readonly cluster: string;
  readonly value: number;
}

/**
 * Mean of one sample less that of another, with an interval over the clusters of both.
 *
 * A cluster that is in both, such as a game played on paper and in a backtest, is drawn with all it
 * has in both: what the game did to either cancels, as in a paired comparison. Clusters of only
 * one of them are drawn as independent. The interval is that of `clusterBootstrap`, and there is
 * none while either sample has fewer than thirty clusters.
 *
 * Unit: that of the values. Source: Davison and Hinkley (1997), "Bootstrap methods and their
 * application", 2.4 and 3.2, applied to clusters.
 *
 * @returns `empty_sample` without any observation, `undefined_value` while one sample is empty.
 */
export function differenceOfMeans(
  first: readonly Observed[],
  second: readonly Observed[],
  resampling: Resampling,
): Estimate {
  const sample = bothSums(first, second);
  const fewest = Math.min(clustersOf(first), clustersOf(second));
  return estimateBy({ ...sample, fewest, statistic: difference, resampling }, (resamples, chance) =>
    resampleClusters(sample, difference, resamples, chance),
  );
}

/** Results of the same strategies, got in another way: on paper, in shadow, in a backtest. */
export interface ComparedResults {
  readonly first: { readonly n: number; readonly mean: number | null };
  readonly second: { readonly n: number; readonly mean: number | null };
  /** Clusters, such as games, that both have. */
  readonly shared: number;
  /** Mean net result of a position, micro-dollars: the first's less the second's. */
  readonly difference: Estimate;
}

/** Compares what positions brought after fees in two ways of playing them. */
export function compareResults(
  first: readonly Result[],
  second: readonly Result[],
  resampling: Resampling,
): ComparedResults {
  const [one, other] = [first, second].map((results) =>
    results.map((result) => ({ cluster: result.cluster, value: netOf(result) })),
  );
  const names = new Set(second.map(({ cluster }) => cluster));
  return {
    first: meanOf(one ?? []),
    second: meanOf(other ?? []),
    shared: new Set(first.filter(({ cluster }) => names.has(cluster)).map((row) => row.cluster))
      .size,
    difference: differenceOfMeans(one ?? [], other ?? [], resampling),
  };
}

function meanOf(rows: readonly Observed[]): ComparedResults["first"] {
  const n = rows.length;
  const mean = n === 0 ? null : rows.reduce((sum, { value }) => sum + value, 0) / n;
  return { n, mean };
}

function difference([sum = 0, n = 0, otherSum = 0, otherN = 0]: Float64Array): number {
  return sum / n - otherSum / otherN;
}

function bothSums(first: readonly Observed[], second: readonly Observed[]): ClusterSample {
  const rows = [
    ...first.map((row) => ({ ...row, isFirst: 1 })),
    ...second.map((row) => ({ ...row, isFirst: 0 })),
  ];
  return clusterSums(rows, ({ cluster }) => cluster, [
    ({ value, isFirst }) => value * isFirst,
    ({ isFirst }) => isFirst,
    ({ value, isFirst }) => value * (1 - isFirst),
    ({ isFirst }) => 1 - isFirst,
  ]);
}

function clustersOf(rows: readonly Observed[]): number {
  return new Set(rows.map(({ cluster }) => cluster)).size;
}
