import { assert } from "../domain/assert.ts";
import { clusterBootstrap, clusterSums, type Resampling } from "./inference/bootstrap.ts";
import type { Estimate, Interval } from "./inference/estimate.ts";
import { mean } from "./inference/moments.ts";
import { wilsonInterval } from "./inference/proportion.ts";

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
  /** Wilson's 95 % interval of the win rate, as if entries were independent. */
  readonly winRateInterval: Interval | null;
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
    const n = own.length;
    const wins = own.filter(({ realised }) => realised > 0).length;
    const sums = clusterSums(own, ({ cluster }) => cluster, [({ realised }) => realised, () => 1]);
    return {
      low,
      high,
      n,
      expected: mean(own.map(({ expected }) => expected)),
      realised: clusterBootstrap(sums, ([sum = 0, count = 0]) => sum / count, resampling),
      winRate: n === 0 ? null : wins / n,
      winRateInterval: wilsonInterval(wins, n),
    };
  });
}
