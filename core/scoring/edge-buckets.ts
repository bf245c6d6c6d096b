import { assert } from "../domain/assert.ts";
import { clusterBootstrap, clusterSums, type Resampling } from "./inference/bootstrap.ts";
import type { Estimate, Interval, Lack } from "./inference/estimate.ts";
import { mean } from "./inference/moments.ts";

/** An entry with the edge that it claimed and what it brought. Micros per contract, net of fees. */
export interface EdgeOutcome {
  /** What may be taken as independent of others: a game, a night, an hour. */
  readonly cluster: string;
  readonly expected: number;
  readonly realised: number;
}

/** Entries of about the same claimed edge. */
export interface EdgeBucket {
  /** Edges from `low`, below `high`, micros per contract; null is unbounded. */
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
  /** Mean edge claimed; null for an empty bucket. */
  readonly expected: number | null;
  /** Mean brought, with an interval over clusters: honest claims lie inside it. */
  readonly realised: Estimate;
  /** Share that brought more than nothing; null for an empty bucket. */
  readonly winRate: number | null;
  /** 95 % interval of the win rate, over clusters. */
  readonly winRateInterval: Interval | null;
  /** Why it has no interval; null where there is one. */
  readonly winRateLack: Lack | null;
}

/**
 * Edge claimed against edge realised, by the size of the claim; empty buckets stay.
 *
 * @param bounds ascending, micros per contract: k bounds make k + 1 buckets.
 * @throws InvariantError when bounds do not ascend.
 */
export function edgeBuckets(
  sample: readonly EdgeOutcome[],
  bounds: readonly number[],
  resampling: Resampling,
): readonly EdgeBucket[] {
  bounds.forEach((bound, i) => {
    assert(i === 0 || bound > (bounds[i - 1] ?? bound), "bounds ascend");
  });
  return [null, ...bounds].map((low, i) => {
    const high = bounds[i] ?? null;
    const own = sample.filter(
      ({ expected }) => expected >= (low ?? -Infinity) && expected < (high ?? Infinity),
    );
    const wins = meanOf(own, ({ realised }) => (realised > 0 ? 1 : 0), resampling);
    return {
      low,
      high,
      n: own.length,
      expected: mean(own.map(({ expected }) => expected)),
      realised: meanOf(own, ({ realised }) => realised, resampling),
      winRate: wins.value,
      winRateInterval: wins.interval,
      winRateLack: wins.lack,
    };
  });
}

function meanOf(
  sample: readonly EdgeOutcome[],
  value: (outcome: EdgeOutcome) => number,
  resampling: Resampling,
): Estimate {
  const sums = clusterSums(sample, ({ cluster }) => cluster, [value, () => 1]);
  return clusterBootstrap(sums, ([sum = 0, count = 0]) => sum / count, resampling);
}
