import { clusterSums } from "./inference/bootstrap.ts";
import { clusterTest, sampleSize } from "./inference/cluster-test.ts";
import { type DatedResult, netOf } from "./results.ts";

/** How long until a gate can speak, if what was seen so far goes on. */
export interface SamplePlan {
  /** Positions, games and days seen. */
  readonly n: number;
  readonly clusters: number;
  readonly days: number;
  /** Mean after fees, micro-dollars a position, and the deviation one game puts on it; null when not known. */
  readonly edge: number | null;
  readonly deviation: number | null;
  /** Games needed in all; null when the edge is 0 or worse, or not known: no sample will show it. */
  readonly needed: number | null;
  /** Games still missing, and days at the pace so far; 0 when there are enough. */
  readonly missing: number | null;
  readonly missingDays: number | null;
}

/**
 * Sample-size planner: games until the 95 % interval of the mean result lies above 0, four times in
 * five, at this edge and this variance. Both are themselves estimates: with few games the plan is
 * as uncertain as they are.
 *
 * Source: `sampleSize`.
 */
export function samplePlan(results: readonly DatedResult[]): SamplePlan {
  const sample = clusterSums(results, ({ cluster }) => cluster, [netOf, () => 1]);
  const { n, clusters, value: edge, deviation } = clusterTest(sample);
  const days = new Set(results.map(({ date }) => date)).size;
  const needed =
    edge === null || deviation === null || deviation === 0
      ? null
      : sampleSize({ edge, deviation }).clusters;
  const missing = needed === null ? null : Math.max(0, needed - clusters);
  const missingDays = missing === null ? null : Math.ceil((missing * days) / clusters);
  return { n, clusters, days, edge, deviation, needed, missing, missingDays };
}
