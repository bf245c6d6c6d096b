import { assert } from "../domain/assert.ts";
import type { Instant } from "../domain/units.ts";

/** What one settled contract says about the basis: its average, and the spot's over the same minute. */
export interface BasisObservation {
  readonly closeAt: Instant;
  /** The index average that the venue states, dollars. */
  readonly average: number;
  /** Mean of the spot feed over the same sixty seconds, dollars, */
  readonly spotMean: number;
  /** and of how many of them it was known. */
  readonly spotTicks: number;
}

/** Constants of the estimate. A basis is spot over index less 1: 1e-4 is one basis point. */
export interface BasisConfig {
  /** What is assumed before anything settled: mean and standard deviation. */
  readonly prior: { readonly basis: number; readonly deviation: number };
  /** Standard deviation of one observation around the basis of its minute, */
  readonly noise: number;
  /** and of what the basis drifts in an hour; grows with the root of time. */
  readonly driftPerHour: number;
  /** Fewer known seconds of the minute say too little, 1 to 60. */
  readonly minTicks: number;
  /** Further from 0 than this it is no basis but an error of the feed. */
  readonly maxBasis: number;
  /** How many observations are kept. */
  readonly kept: number;
}

/**
 * Constants found on Coinbase's trades and the settlement values of 2026-05-11 to 05-13 (26 of
 * them): a mean of -1.2 basis points with a deviation of 0.66; two settlements differ by 0.54 when
 * up to an hour lies between them, by 0.85 after two and by 1.26 after four. The prior covers the
 * -1.3 to +2.8 basis points that 27,700 settlements of another recording show.
 */
export const BASIS_CONFIG: BasisConfig = {
  prior: { basis: 0, deviation: 1.5e-4 },
  noise: 3.7e-5,
  driftPerHour: 3e-5,
  minTicks: 45,
  maxBasis: 5e-3,
  kept: 64,
};

/** The basis as settled contracts show it. */
export interface BasisEstimate {
  readonly basis: number;
  /** Standard deviation of the basis of one minute around it: what a forecast must allow for. */
  readonly deviation: number;
  /** Settlements behind it. */
  readonly n: number;
  /** Age of the newest of them, run milliseconds; null when the prior stands alone. */
  readonly ageMs: number | null;
}

/**
 * Adds an observation to those that are remembered: sorted by close, one for each close (the last
 * told, so that a corrected settlement takes the place of the first), the newest `kept` of them.
 * One with too few seconds, or a basis that is none, is left out.
 *
 * @throws InvariantError unless prices are positive and finite.
 */
export function rememberBasis(
  known: readonly BasisObservation[],
  observation: BasisObservation,
  config: BasisConfig,
): readonly BasisObservation[] {
  const { average, spotMean, spotTicks } = observation;
  assert(average > 0 && average < Infinity, "an average is positive and finite");
  assert(spotMean > 0 && spotMean < Infinity, "a mean is positive and finite");
  if (spotTicks < config.minTicks) return known;
  if (Math.abs(spotMean / average - 1) > config.maxBasis) return known;
  return [...known.filter(({ closeAt }) => closeAt !== observation.closeAt), observation]
    .sort((a, b) => a.closeAt - b.closeAt)
    .slice(-config.kept);
}

/**
 * Estimates the basis between spot and index from settled contracts: a level that drifts as a
 * random walk and is observed with noise (the local level model; Durbin and Koopman, "Time series
 * analysis by state space methods", 2.2). The level's variance never exceeds the prior's. Between
 * two settlements and after the last the estimate stands still and its deviation grows.
 *
 * Observations from after `at` are not used: they were not known.
 *
 * @param known in sequence of their closes, as `rememberBasis` keeps them.
 */
export function estimateBasis(
  known: readonly BasisObservation[],
  at: Instant,
  config: BasisConfig,
): BasisEstimate {
  const { prior, noise, driftPerHour } = config;
  const most = prior.deviation ** 2;
  let basis = prior.basis;
  let variance = most;
  let since: Instant | null = null;
  let n = 0;
  const grown = (until: Instant): number => {
    const hours = since === null ? 0 : (until - since) / 3_600_000;
    return Math.min(most, variance + driftPerHour ** 2 * hours);
  };
  for (const { closeAt, average, spotMean } of known) {
    if (closeAt > at) break;
    variance = grown(closeAt);
    const gain = variance / (variance + noise ** 2);
    basis += gain * (spotMean / average - 1 - basis);
    variance *= 1 - gain;
    since = closeAt;
    n += 1;
  }
  const deviation = Math.sqrt(grown(at) + noise ** 2);
  return { basis, deviation, n, ageMs: since === null ? null : at - since };
}
