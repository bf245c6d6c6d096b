import { assert } from "../domain/assert.ts";

/** A forecast whose outcome is known. */
export interface ResolvedForecast {
  /** Forecast probability of the outcome, 0 to 1. */
  readonly probability: number;
  /** 1 when it happened, 0 when it did not. */
  readonly outcome: 0 | 1;
}

/**
 * Mean squared error of probability forecasts for binary outcomes.
 *
 * Unit: squared probability, 0 (perfect) to 1; a constant 0.5 scores 0.25. Lower is better.
 * Source: Brier (1950), "Verification of forecasts expressed in terms of probability",
 * Monthly Weather Review 78(1), in the one-category form (half of Brier's two-category sum).
 *
 * @returns `null` for an empty sample: no evidence is not a perfect score.
 * @throws InvariantError when a probability lies outside 0 to 1.
 */
export function brierScore(sample: readonly ResolvedForecast[]): number | null {
  if (sample.length === 0) return null;
  let total = 0;
  for (const { probability, outcome } of sample) {
    assert(probability >= 0 && probability <= 1, "0 <= probability <= 1");
    total += (probability - outcome) ** 2;
  }
  return total / sample.length;
}
