import { assert } from "../../domain/assert.ts";
import type { ClusterSample } from "./bootstrap.ts";
import { normalQuantile } from "../../domain/normal.ts";
import { studentCdf } from "./distributions.ts";
import { CLUSTERS_MIN } from "./estimate.ts";
import { mean, standardDeviation, total } from "./moments.ts";

/** A mean over clusters, its deviation from cluster to cluster, and how surprising it is. */
export interface ClusterTest {
  readonly n: number;
  readonly clusters: number;
  /** Mean an observation: the first column's sum over the second's. */
  readonly value: number | null;
  /** Standard deviation that one cluster of average size puts on `value`. */
  readonly deviation: number | null;
  /** Two-sided probability of a value so far from 0 if the truth were 0; null below 30 clusters. */
  readonly p: number | null;
}

/**
 * Tests a mean of clustered observations against 0, for comparing many regimes at once (their
 * p-values go through `holm` or `benjaminiHochberg`).
 *
 * Source: the linearised ratio estimator of Cochran (1977), "Sampling techniques", 6.3, with
 * Student's t of clusters - 1 degrees of freedom; with clusters of one size the one-sample t test.
 *
 * @param sample two columns: what is averaged, and its weight (1 an observation, or contracts).
 */
export function clusterTest({ n, clusters, columns }: ClusterSample): ClusterTest {
  const [sums = new Float64Array(), weights = new Float64Array()] = columns;
  const size = mean(weights);
  if (size === null || !(size > 0)) return { n, clusters, value: null, deviation: null, p: null };
  const value = total(sums) / total(weights);
  const influence = sums.map((sum, cluster) => (sum - value * (weights[cluster] ?? 0)) / size);
  const deviation = standardDeviation(influence);
  if (deviation === null || deviation === 0 || clusters < CLUSTERS_MIN) {
    return { n, clusters, value, deviation, p: null };
  }
  const t = value / (deviation / Math.sqrt(clusters));
  return { n, clusters, value, deviation, p: 2 * studentCdf(-Math.abs(t), clusters - 1) };
}

/** How many clusters a question needs. */
export interface SampleSize {
  /** Clusters in all; null when the edge is 0 or worse: no sample will show it to be positive. */
  readonly clusters: number | null;
}

/**
 * Sample-size planner: clusters (games, nights) until the interval of a mean lies above 0 with the
 * stated power, if edge and deviation are what was put in. Never below what an interval needs.
 *
 * Source: the normal formula ((z of level + z of power) / (edge / deviation))^2, as in Chow, Shao
 * and Wang (2008), "Sample size calculations in clinical research", 3.1.
 *
 * @param plan `edge` and `deviation` in one unit, a cluster of average size; as `clusterTest`
 * finds them. Confidence 0.95 and power 0.8 unless stated.
 * @throws InvariantError unless the deviation is positive.
 */
export function sampleSize(plan: {
  readonly edge: number;
  readonly deviation: number;
  readonly level?: number;
  readonly power?: number;
}): SampleSize {
  const { edge, deviation, level = 0.95, power = 0.8 } = plan;
  assert(deviation > 0, "a deviation > 0");
  if (!(edge > 0)) return { clusters: null };
  const z = normalQuantile((1 + level) / 2) + normalQuantile(power);
  return { clusters: Math.max(CLUSTERS_MIN, Math.ceil((z * (deviation / edge)) ** 2)) };
}
