import { clusterSums } from "./inference/bootstrap.ts";
import { clusterTest, sampleSize } from "./inference/cluster-test.ts";
import { CLUSTERS_MIN } from "./inference/estimate.ts";
import { SEARCH_DAYS_MIN } from "./overfitting.ts";
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
  /** Days with a result that the verdict asks for, however many their games: fewer cannot show that an edge lasts. */
  readonly neededDays: number;
  /** Games still missing, of positions or of forecasts; 0 when there are enough. */
  readonly missing: number | null;
  /** Days still missing: those of the missing games at the pace so far, and those that days themselves are short of. */
  readonly missingDays: number | null;
}

/** What else a verdict rests on. */
interface Rests {
  /** Games with a forecast. */
  readonly forecastGames: number;
  /** Days on which a configuration that was tried has a result; null where no search is known. */
  readonly searchDays: number | null;
}

/**
 * Sample-size planner: games until the 95 % interval of the mean result lies above 0, four times in
 * five, at this edge and this variance, and days until the verdict (`judge`) has all that it asks for.
 * Edge and variance are themselves estimates: with few games the plan is as uncertain as they are.
 *
 * Source: `sampleSize`.
 */
export function samplePlan(results: readonly DatedResult[], rests: Rests): SamplePlan {
  const sample = clusterSums(results, ({ cluster }) => cluster, [netOf, () => 1]);
  const { n, clusters, value: edge, deviation } = clusterTest(sample);
  const days = new Set(results.map(({ date }) => date)).size;
  // The walk forward and the edge over time: the latter asks for more.
  const seen = { n, clusters, days, edge, deviation, neededDays: CLUSTERS_MIN };
  const needed =
    edge === null || deviation === null || deviation === 0
      ? null
      : sampleSize({ edge, deviation }).clusters;
  if (needed === null) return { ...seen, needed, missing: null, missingDays: null };
  const missing = Math.max(0, needed - clusters, CLUSTERS_MIN - rests.forecastGames);
  const missingDays = Math.max(
    Math.ceil((missing * days) / clusters),
    CLUSTERS_MIN - days,
    rests.searchDays === null ? 0 : SEARCH_DAYS_MIN - rests.searchDays,
  );
  return { ...seen, needed, missing, missingDays };
}
