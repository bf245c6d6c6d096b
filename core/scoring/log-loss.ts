import { assert } from "../domain/assert.ts";
import type { ResolvedForecast } from "./brier.ts";

/**
 * Mean of minus the natural logarithm of the probability given to what happened.
 *
 * Unit: nats, 0 (perfect) upwards; a constant 0.5 scores ln 2 = 0.693. Lower is better.
 * Infinite when something happened that was called impossible: nothing is clipped.
 * Source: Good (1952), "Rational decisions", Journal of the Royal Statistical Society B 14(1).
 *
 * @returns `null` for an empty sample: no evidence is not a perfect score.
 * @throws InvariantError when a probability lies outside 0 to 1.
 */
export function logLoss(sample: readonly ResolvedForecast[]): number | null {
  if (sample.length === 0) return null;
  let total = 0;
  for (const { probability, outcome } of sample) {
    assert(probability >= 0 && probability <= 1, "0 <= probability <= 1");
    total += surprisal(probability, outcome);
  }
  return total / sample.length;
}

/** Minus the natural logarithm of the probability given to what happened: the log loss of one forecast, nats. */
export function surprisal(probability: number, outcome: ResolvedForecast["outcome"]): number {
  return -Math.log(outcome === 1 ? probability : 1 - probability);
}
