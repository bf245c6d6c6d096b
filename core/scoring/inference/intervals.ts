import { assert } from "../../domain/assert.ts";
import { normalCdf, normalQuantile } from "../../domain/normal.ts";
import { studentQuantile } from "./distributions.ts";
import { ascendingQuantile } from "./moments.ts";

/** Both ends of an interval, possibly infinite. */
export interface Ends {
  readonly low: number;
  readonly high: number;
}

/**
 * Interval between two quantiles of a bootstrap distribution, with `tail` left out on each side.
 *
 * Source: Efron (1979). Takes the distribution in ascending sequence.
 */
export function percentileEnds(ascending: Float64Array, tail: number): Ends {
  return {
    low: ascendingQuantile(ascending, tail),
    high: ascendingQuantile(ascending, 1 - tail),
  };
}

/** The percentile interval mirrored at the observed value: Davison and Hinkley (1997), 5.6. */
export function basicEnds(ascending: Float64Array, tail: number, observed: number): Ends {
  const { low, high } = percentileEnds(ascending, tail);
  return { low: 2 * observed - high, high: 2 * observed - low };
}

/**
 * Bias-corrected and accelerated interval: the percentiles are moved by the share of resamples
 * below the observed value and by the skewness of the jackknife values (one for each cluster left
 * out).
 *
 * Source: Efron (1987), "Better bootstrap confidence intervals", JASA 82(397).
 */
export function bcaEnds(
  ascending: Float64Array,
  tail: number,
  observed: number,
  jackknife: Float64Array,
): Ends {
  const bias = normalQuantile(shareBelow(ascending, observed));
  const acceleration = accelerationOf(jackknife);
  const moved = (share: number): number => {
    const z = bias + normalQuantile(share);
    return normalCdf(bias + z / (1 - acceleration * z));
  };
  // All resamples on one side of the observed value: nothing to move by.
  if (!Number.isFinite(bias)) return percentileEnds(ascending, tail);
  return {
    low: ascendingQuantile(ascending, moved(tail)),
    high: ascendingQuantile(ascending, moved(1 - tail)),
  };
}

/**
 * The share to leave out on each side so that a percentile interval of few clusters is as wide as
 * Student's t demands: resampling k clusters shows only (k - 1) / k of the variance, and its tails
 * are normal ones.
 *
 * Source: Hesterberg (2015), "What teachers should know about the bootstrap", The American
 * Statistician 69(4), the expanded percentile interval.
 *
 * @throws InvariantError unless there are two clusters and 0 < level < 1.
 */
export function expandedTail(level: number, clusters: number): number {
  assert(clusters >= 2 && level > 0 && level < 1, "two clusters, and 0 < level < 1");
  const t = studentQuantile((1 - level) / 2, clusters - 1);
  return normalCdf(t * Math.sqrt(clusters / (clusters - 1)));
}

/** Share of the distribution below a value; ties count half, as scipy's BCa has it. */
function shareBelow(ascending: Float64Array, value: number): number {
  let below = 0;
  let atMost = 0;
  for (const resampled of ascending) {
    if (resampled < value) below += 1;
    if (resampled <= value) atMost += 1;
  }
  return (below + atMost) / 2 / ascending.length;
}

/** Efron's acceleration: a sixth of the skewness of the jackknife's influence; 0 where it has none. */
function accelerationOf(jackknife: Float64Array): number {
  let sum = 0;
  for (const value of jackknife) sum += value;
  const centre = sum / jackknife.length;
  let squares = 0;
  let cubes = 0;
  for (const value of jackknife) {
    squares += (centre - value) ** 2;
    cubes += (centre - value) ** 3;
  }
  const acceleration = cubes / (6 * squares ** 1.5);
  return Number.isFinite(acceleration) ? acceleration : 0;
}
