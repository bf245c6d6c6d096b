import { assert } from "../domain/assert.ts";
import { clusterBootstrap, clusterSums, type Resampling } from "./inference/bootstrap.ts";
import type { Estimate, Interval } from "./inference/estimate.ts";

/** One order: the fill probability that its plan stated, and whether it filled. */
export interface ExpectedFill {
  /** What may be taken as independent of others: a game, a night, an hour. */
  readonly cluster: string;
  /** Probability that the order fills, 0 to 1. */
  readonly probability: number;
  readonly isFilled: boolean;
}

/** Fills that a model expected, beside those that came. */
export interface FillModelCheck {
  readonly orders: number;
  /** Sum of the probabilities; null without orders. */
  readonly expected: number | null;
  /** Orders that filled; null without orders. */
  readonly realised: number | null;
  /**
   * Counts of fills that the model holds for likely if it is right and orders do not hang together:
   * both ends of the Poisson-binomial distribution with at most (1 - level) / 2 beyond each.
   */
  readonly predicted: Interval | null;
  /** Whether `realised` lies within `predicted`; null without orders. */
  readonly isWithin: boolean | null;
  /**
   * Realised less expected fills, an order (-1 to 1), with an interval over clusters that allows
   * for orders of one game hanging together. In line with the model when it includes 0.
   */
  readonly difference: Estimate;
}

/**
 * Compares execution with the fill model that the plans used.
 *
 * @throws InvariantError when a probability lies outside 0 to 1.
 */
export function fillModelCheck(
  orders: readonly ExpectedFill[],
  resampling: Resampling,
): FillModelCheck {
  for (const { probability } of orders) {
    assert(probability >= 0 && probability <= 1, "0 <= probability <= 1");
  }
  const columns = [
    ({ probability, isFilled }: ExpectedFill) => Number(isFilled) - probability,
    () => 1,
  ];
  const sample = clusterSums(orders, ({ cluster }) => cluster, columns);
  const difference = clusterBootstrap(sample, ([sum = 0, n = 0]) => sum / n, resampling);
  const n = orders.length;
  if (n === 0) {
    return {
      orders: 0,
      expected: null,
      realised: null,
      predicted: null,
      isWithin: null,
      difference,
    };
  }
  const realised = orders.filter(({ isFilled }) => isFilled).length;
  const level = resampling.level ?? 0.95;
  const { low, high } = likelyCounts(
    orders.map(({ probability }) => probability),
    (1 - level) / 2,
  );
  return {
    orders: n,
    expected: orders.reduce((sum, { probability }) => sum + probability, 0),
    realised,
    predicted: { level, low, high },
    isWithin: low <= realised && realised <= high,
    difference,
  };
}

/** The smallest counts at which the distribution reaches `tail` and 1 - `tail`. */
function likelyCounts(
  probabilities: readonly number[],
  tail: number,
): { readonly low: number; readonly high: number } {
  const distribution = poissonBinomial(probabilities);
  const reached = (share: number): number => {
    let below = 0;
    // What rounding takes from a sum of many small numbers must not move a count.
    const count = distribution.findIndex((p) => (below += p) >= share - 1e-12);
    return count === -1 ? probabilities.length : count;
  };
  return { low: reached(tail), high: reached(1 - tail) };
}

/**
 * Distribution of the number of successes of independent trials with different probabilities, by
 * adding one trial after the other: exact, n^2 / 2 steps.
 *
 * Source: Wang (1993), "On the number of successes in independent trials", Statistica Sinica 3(2).
 */
export function poissonBinomial(probabilities: readonly number[]): Float64Array {
  const distribution = new Float64Array(probabilities.length + 1);
  distribution[0] = 1;
  probabilities.forEach((p, trials) => {
    for (let count = trials + 1; count >= 0; count -= 1) {
      const stays = (distribution[count] ?? 0) * (1 - p);
      distribution[count] = stays + (count === 0 ? 0 : (distribution[count - 1] ?? 0) * p);
    }
  });
  return distribution;
}
