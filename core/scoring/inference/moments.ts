import { assert } from "../../domain/assert.ts";

/** Arithmetic mean; null for an empty sample. Unit: that of the values. */
export function mean(sample: ArrayLike<number>): number | null {
  return sample.length === 0 ? null : total(sample) / sample.length;
}

/**
 * Standard deviation with n - 1 in the denominator. Unit: that of the values.
 *
 * @returns null for fewer than two values.
 */
export function standardDeviation(sample: ArrayLike<number>): number | null {
  const n = sample.length;
  return n < 2 ? null : Math.sqrt(centralMoment(sample, 2) * (n / (n - 1)));
}

/**
 * Skewness: third central moment over the second to the power of 3/2 (scipy.stats.skew, biased).
 *
 * @returns null for an empty sample or one without variation.
 */
export function skewness(sample: ArrayLike<number>): number | null {
  const second = centralMoment(sample, 2);
  return second > 0 ? centralMoment(sample, 3) / second ** 1.5 : null;
}

/**
 * Kurtosis: fourth central moment over the square of the second; 3 for a normal distribution.
 *
 * @returns null for an empty sample or one without variation.
 */
export function kurtosis(sample: ArrayLike<number>): number | null {
  const second = centralMoment(sample, 2);
  return second > 0 ? centralMoment(sample, 4) / second ** 2 : null;
}

/**
 * Quantile of values in ascending sequence, interpolated between ranks (type 7 of Hyndman and Fan
 * 1996, numpy's default). Infinite values keep their rank.
 *
 * @throws InvariantError for an empty sample, or when `q` lies outside 0 to 1.
 */
export function ascendingQuantile(ascending: ArrayLike<number>, q: number): number {
  assert(ascending.length > 0 && q >= 0 && q <= 1, "a quantile of values, 0 <= q <= 1");
  const rank = q * (ascending.length - 1);
  const below = ascending[Math.floor(rank)] ?? Number.NaN;
  const above = ascending[Math.ceil(rank)] ?? Number.NaN;
  const share = rank - Math.floor(rank);
  if (share === 0 || below === above) return below;
  return below + (above - below) * share;
}

/** Sum of the values, added in their sequence. */
export function total(sample: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < sample.length; index += 1) sum += sample[index] ?? 0;
  return sum;
}

function centralMoment(sample: ArrayLike<number>, power: number): number {
  const n = sample.length;
  if (n === 0) return 0;
  const centre = total(sample) / n;
  let sum = 0;
  for (let index = 0; index < n; index += 1) sum += ((sample[index] ?? 0) - centre) ** power;
  return sum / n;
}
