import { assert } from "../domain/assert.ts";
import { normalCdf, normalQuantile } from "../domain/normal.ts";
import { CLUSTERS_MIN } from "./inference/estimate.ts";
import { kurtosis, mean, skewness, standardDeviation } from "./inference/moments.ts";

const EULER_MASCHERONI = 0.5772156649015329;

/** A Sharpe ratio judged against the best of so many worthless tries. A day, not a year. */
export interface DeflatedSharpe {
  /** Days with a result. */
  readonly n: number;
  /** Configurations tried, this one included. */
  readonly trials: number;
  /** Daily: mean over standard deviation, not annualised. */
  readonly sharpe: number | null;
  /** Daily Sharpe ratio that the best of the trials is expected to show if none is worth anything. */
  readonly threshold: number | null;
  /** Probability that the true ratio is above `threshold`: above 0.95 it is no accident of search. Null on too few days. */
  readonly probability: number | null;
}

/**
 * Deflated Sharpe ratio: corrects for the number of configurations tried, the length of the
 * sample, and returns that are not normal.
 *
 * Source: Bailey and López de Prado (2014), "The deflated Sharpe ratio", Journal of Portfolio
 * Management 40(5).
 *
 * @param returns daily returns of the configuration chosen; days without results are zeros.
 * @param trialSharpes daily Sharpe ratios of all configurations tried, the chosen one included.
 * @returns no probability below `CLUSTERS_MIN` days with a result of its own: its normal law is one of long
 * samples, and a sample is no longer for the days on which it did nothing.
 */
export function deflatedSharpe(
  returns: readonly number[],
  trialSharpes: readonly number[],
): DeflatedSharpe {
  const n = returns.filter((day) => day !== 0).length;
  const trials = trialSharpes.length;
  const centre = mean(returns);
  const deviation = standardDeviation(returns);
  const none = { n, trials, sharpe: null, threshold: null, probability: null };
  if (centre === null || deviation === null || deviation === 0 || trials === 0) return none;
  const sharpe = centre / deviation;
  const threshold = expectedBestSharpe(trials, standardDeviation(trialSharpes) ?? 0);
  const probability = n < CLUSTERS_MIN ? null : sharpeAbove(returns, threshold);
  return { n, trials, sharpe, threshold, probability };
}

/**
 * Probabilistic Sharpe ratio: probability that the true daily ratio is above `threshold`.
 *
 * Source: Bailey and López de Prado (2012), "The Sharpe ratio efficient frontier", Journal of Risk
 * 15(2), equation 11.
 *
 * @returns null for returns without variation.
 */
export function sharpeAbove(returns: readonly number[], threshold: number): number | null {
  const centre = mean(returns);
  const deviation = standardDeviation(returns);
  const skew = skewness(returns);
  const tails = kurtosis(returns);
  if (centre === null || deviation === null || skew === null || tails === null) return null;
  const sharpe = centre / deviation;
  const variance = 1 - skew * sharpe + ((tails - 1) / 4) * sharpe ** 2;
  return normalCdf(((sharpe - threshold) * Math.sqrt(returns.length - 1)) / Math.sqrt(variance));
}

/** What the best of `trials` independent, worthless configurations is expected to show. */
function expectedBestSharpe(trials: number, deviation: number): number {
  assert(trials >= 1, "at least one trial");
  if (trials === 1) return 0;
  const best =
    (1 - EULER_MASCHERONI) * normalQuantile(1 - 1 / trials) +
    EULER_MASCHERONI * normalQuantile(1 - 1 / (trials * Math.E));
  return deviation * best;
}
