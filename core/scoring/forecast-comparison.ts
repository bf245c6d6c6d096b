import { assert } from "../domain/assert.ts";
import { clusterBootstrap, clusterSums, type Resampling } from "./inference/bootstrap.ts";
import type { Estimate } from "./inference/estimate.ts";

/** Our forecast and the baseline's of the same outcome at the same instant. */
export interface ComparedForecast {
  /** What may be taken as independent of others: a game, a night, an hour. */
  readonly cluster: string;
  /** Probability of the outcome, 0 to 1. */
  readonly model: number;
  /** The same from the baseline, such as the market's price. */
  readonly baseline: number;
  readonly outcome: 0 | 1;
}

/**
 * Paired difference of Brier scores: ours less the baseline's. Below zero we forecast better; an
 * interval that lies above zero says that we are worse.
 *
 * Unit: squared probability. Each forecast is compared with the baseline's of the same instant, so
 * that hard games weigh on both alike; intervals are over clusters.
 *
 * @throws InvariantError when a probability lies outside 0 to 1.
 */
export function brierDifference(
  forecasts: readonly ComparedForecast[],
  resampling: Resampling,
): Estimate {
  const difference = (row: ComparedForecast): number => {
    return squaredError(row.model, row) - squaredError(row.baseline, row);
  };
  const sample = clusterSums(forecasts, clusterOf, [difference, () => 1]);
  return clusterBootstrap(sample, ([sum = 0, n = 0]) => sum / n, resampling);
}

/**
 * Brier skill: 1 less our Brier score over the baseline's. 1 is perfect, 0 equals the baseline,
 * below zero is worse. Lacking (`undefined_value`) when the baseline was perfect.
 *
 * Source: Murphy (1973), Journal of Applied Meteorology 12(4).
 *
 * @throws InvariantError when a probability lies outside 0 to 1.
 */
export function brierSkill(
  forecasts: readonly ComparedForecast[],
  resampling: Resampling,
): Estimate {
  const sample = clusterSums(forecasts, clusterOf, [
    (row) => squaredError(row.model, row),
    (row) => squaredError(row.baseline, row),
  ]);
  return clusterBootstrap(sample, ([ours = 0, theirs = 0]) => 1 - ours / theirs, resampling);
}

function squaredError(probability: number, { outcome }: ComparedForecast): number {
  assert(probability >= 0 && probability <= 1, "0 <= probability <= 1");
  return (probability - outcome) ** 2;
}

function clusterOf({ cluster }: ComparedForecast): string {
  return cluster;
}
