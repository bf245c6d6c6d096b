import { assert } from "../domain/assert.ts";
import { clusterBootstrap, clusterSums, type Resampling } from "./inference/bootstrap.ts";
import type { Estimate } from "./inference/estimate.ts";
import { total } from "./inference/moments.ts";
import { expectedError, meanScore, noNarrower } from "./mean-score.ts";

/** Our forecast and the baseline's of the same outcome at the same instant. */
export interface ComparedForecast {
  /** What may be taken as independent of others: a game, a night, an hour. */
  readonly cluster: string;
  /** What shares its outcome with others of the same name; the cluster unless stated, as where it is a game. */
  readonly game?: string;
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
 * that hard games weigh on both alike; intervals are those of `meanScore`, over clusters.
 *
 * @throws InvariantError when a probability lies outside 0 to 1.
 */
export function brierDifference(
  forecasts: readonly ComparedForecast[],
  resampling: Resampling,
): Estimate {
  return meanScore(forecasts, { probabilityOf: between, scoreOf: difference(1) }, resampling);
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
    ({ model, outcome }) => squaredError(model, outcome),
    ({ baseline, outcome }) => squaredError(baseline, outcome),
  ]);
  const skill = ([ours = 0, theirs = 0]: Float64Array): number => 1 - ours / theirs;
  const estimate = clusterBootstrap(sample, skill, resampling);
  if (estimate.value === null) return estimate;
  // To first order the ratio errs as the difference from so many times the baseline's score does.
  const scoring = { probabilityOf: between, scoreOf: difference(1 - estimate.value) };
  const baseline = total(sample.columns[1] ?? []) / sample.n;
  return noNarrower(estimate, expectedError(forecasts, scoring), { unit: baseline });
}

/** Our squared error less so many times the baseline's. */
function difference(times: number) {
  return (row: ComparedForecast, outcome: 0 | 1): number =>
    squaredError(row.model, outcome) - times * squaredError(row.baseline, outcome);
}

/** What both forecasts together expect. */
function between({ model, baseline }: ComparedForecast): number {
  return (model + baseline) / 2;
}

function squaredError(probability: number, outcome: 0 | 1): number {
  assert(probability >= 0 && probability <= 1, "0 <= probability <= 1");
  return (probability - outcome) ** 2;
}

function clusterOf({ cluster }: ComparedForecast): string {
  return cluster;
}
