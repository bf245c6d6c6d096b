import { assert } from "../domain/assert.ts";

/** How many values there were, and two of them by rank. Unit: that of the values. */
export interface Percentiles {
  readonly n: number;
  readonly p50: number | null;
  readonly p99: number | null;
}

/**
 * The value at or below which a share `q` of the sample lies, by nearest rank: always a value that
 * was seen, never an interpolation.
 *
 * @returns `null` for an empty sample.
 * @throws InvariantError unless 0 < q <= 1.
 */
export function percentile(sample: readonly number[], q: number): number | null {
  assert(q > 0 && q <= 1, "0 < q <= 1");
  const ascending = [...sample].sort((a, b) => a - b);
  return ascending[Math.ceil(q * ascending.length) - 1] ?? null;
}

/** Median and 99th percentile of a sample, as latencies are told. */
export function percentiles(sample: readonly number[]): Percentiles {
  return { n: sample.length, p50: percentile(sample, 0.5), p99: percentile(sample, 0.99) };
}
