import { assert } from "../domain/assert.ts";
import { quickNormalCdf } from "../domain/normal.ts";

/** One-second values of the index that are averaged at the close: the last is the close's own. */
export const AVERAGE_TICKS = 60;

/** What is known of the average that settles a Bitcoin contract. All rates are of log returns. */
export interface SettlementInput {
  /** Last price of the spot feed, dollars, above 0. */
  readonly spot: number;
  /** Spot over index less 1, within 5 % of 0; exactly 0 where the spot is the index itself. */
  readonly basis: number;
  /** Standard deviation of that, 0 to 0.05: how far index and average may lie from what the spot says. */
  readonly basisDeviation: number;
  /** Standard deviation of the log return over one second, jumps left out; 0 to 0.01. */
  readonly volatility: number;
  /** Jumps a second, 0 to 1. */
  readonly jumpRate: number;
  /** Standard deviation of one jump's log return, 0 to 0.5. */
  readonly jumpDeviation: number;
  /** Time to the close, 0 to a week. */
  readonly secondsToClose: number;
  /** Ticks of the average already seen, 0 to 60, */
  readonly seenTicks: number;
  /** and their mean, dollars of the index; not read when none was seen. */
  readonly seenMean: number;
}

/** The distribution of the settlement average: two log-normal parts of one mean, without and with jumps. */
export interface SettlementForecast {
  /** Expected average, dollars. */
  readonly mean: number;
  /** Standard deviation of its logarithm without a jump; 0 when the average is certain. */
  readonly deviation: number;
  /** Chance that the index jumps before the close, 0 to 1, */
  readonly jumpProbability: number;
  /** and the standard deviation in that case. */
  readonly jumpDeviation: number;
}

/**
 * Forecasts the average of sixty one-second index values that settles a Bitcoin contract.
 *
 * The index is `F = spot / (1 + basis)`, a martingale (no drift) with independent log returns of
 * variance `volatility^2` a second. Of the average, s = `seenTicks` are fixed and n = 60 - s are to
 * come, so that its mean is `(s * seenMean + n * F) / 60`, and with
 * `share = n * F / (60 * mean)` the variance of its logarithm is
 * `share^2 * volatility^2 * varianceSeconds + basisDeviation^2`. The sum of log-normals is taken for a
 * log-normal of that mean and variance (Turnbull and Wakeman, "A quick algorithm for pricing
 * European average options", JFQA 1991): over one minute the difference is far below 0.0025, the
 * standard error of 40,000 simulated paths.
 *
 * Jumps come as a Poisson process apart from that: with chance `1 - exp(-jumpRate * t)` there is at
 * least one, and then `share^2 * jumpDeviation^2 * jumpRate * varianceSeconds` is added over that
 * chance, so that the total variance is that of the process (Merton, "Option pricing when underlying
 * stock returns are discontinuous", JFE 1976, cut to two terms). That is off by up to 0.012 inside
 * the last minute when one second in a hundred jumps by 25 deviations, and by no more than those
 * paths can show for jumps as they are seen.
 *
 * Unit: dollars and log returns. Source of the averaging rule: Kalshi's Bitcoin rules, the sixty
 * values of `(close - 60 s, close]`.
 *
 * @throws InvariantError when a number is not finite or lies outside its stated range.
 */
export function settlementForecast(input: SettlementInput): SettlementForecast {
  assertInput(input);
  const { volatility, jumpRate, jumpDeviation, secondsToClose, seenTicks } = input;
  const index = input.spot / (1 + input.basis);
  const unseen = AVERAGE_TICKS - seenTicks;
  const fixed = seenTicks === 0 ? 0 : seenTicks * input.seenMean;
  const mean = (fixed + unseen * index) / AVERAGE_TICKS;
  const share = (unseen * index) / (AVERAGE_TICKS * mean);
  const seconds = share * share * varianceSeconds(secondsToClose, unseen);
  const still = volatility * volatility * seconds + input.basisDeviation ** 2;
  const jumpProbability = 1 - Math.exp(-jumpRate * secondsToClose);
  const jumping =
    jumpProbability > 0 ? (jumpDeviation ** 2 * jumpRate * seconds) / jumpProbability : 0;
  return {
    mean,
    deviation: Math.sqrt(still),
    jumpProbability,
    jumpDeviation: Math.sqrt(still + jumping),
  };
}

/**
 * Seconds of variance in the mean of the `unseen` last one-second values before the close: their
 * variance over that of one second's return.
 *
 * With the first of them `d` seconds away, of m still to come, the i-th and j-th share
 * `d + min(i, j) - 1` seconds, which sums to `m^2 * d + (m - 1) * m * (2m - 1) / 6`, over n^2. For
 * a whole minute to come that is `t - 60 + 20.5`, and inside it `t / 3 + 1 / 2 + 1 / (6t)`: what
 * the continuous average gives (`t - 60 + 20`, `t / 3`) and half a second for the ticks. Values
 * that are due but were not seen, as behind a lagging feed, count as known at the present price.
 *
 * @returns 0 when none is unseen, or the close has come.
 * @throws InvariantError unless `secondsToClose >= 0` and `unseen` is an integer from 0 to 60.
 */
export function varianceSeconds(secondsToClose: number, unseen: number): number {
  assert(secondsToClose >= 0, "0 <= seconds to the close");
  assert(
    Number.isInteger(unseen) && unseen >= 0 && unseen <= AVERAGE_TICKS,
    "0 <= unseen ticks <= 60",
  );
  const coming = Math.min(unseen, Math.ceil(secondsToClose));
  if (coming === 0) return 0;
  const first = secondsToClose - (coming - 1);
  const shared = coming * coming * first + ((coming - 1) * coming * (2 * coming - 1)) / 6;
  return shared / (unseen * unseen);
}

/**
 * Probability that the settlement average reaches a level: `average >= level`.
 *
 * For each part of the forecast `N(ln(mean / level) / deviation - deviation / 2)`, weighed by the
 * chance of a jump; a certain average is at or above the level, or is not. N is `quickNormalCdf`
 * (Abramowitz and Stegun 7.1.26), good to 1.5e-7, far below the smallest price step of 1e-3.
 *
 * @param level dollars; `-Infinity` and `Infinity` are the open ends.
 * @throws InvariantError when the level is not a number.
 */
export function probabilityAtOrAbove(forecast: SettlementForecast, level: number): number {
  assert(!Number.isNaN(level), "a level is a number");
  if (level <= 0) return 1;
  const distance = Math.log(forecast.mean / level);
  const still = reach(distance, forecast.deviation);
  const { jumpProbability } = forecast;
  if (jumpProbability === 0) return still;
  return still + jumpProbability * (reach(distance, forecast.jumpDeviation) - still);
}

/**
 * Fair value of a contract: the probability that `low <= average < high`, as `averageInterval` of
 * the domain gives them for every kind of contract, ties and rounding to the cent included.
 * Allocates nothing. Over intervals that divide the line the probabilities sum to 1, exactly but
 * for the rounding of the sum.
 *
 * @param low dollars; `-Infinity` for a contract without a floor.
 * @param high dollars; `Infinity` for one without a cap.
 * @throws InvariantError unless `low < high`.
 */
export function probabilityWithin(forecast: SettlementForecast, low: number, high: number): number {
  assert(low < high, "low < high");
  const above = probabilityAtOrAbove(forecast, low);
  if (high === Infinity) return above;
  return Math.max(0, above - probabilityAtOrAbove(forecast, high));
}

/** Chance that a log-normal variable of mean 1 exceeds `exp(-distance)`. */
function reach(distance: number, deviation: number): number {
  if (deviation === 0) return distance >= 0 ? 1 : 0;
  return quickNormalCdf(distance / deviation - deviation / 2);
}

/** A close further ahead than a week is not forecast. Seconds. */
export const FORECAST_SECONDS_MAX = 7 * 24 * 3_600;

function assertInput(input: SettlementInput): void {
  assert(input.spot > 0 && input.spot < Infinity, "a spot price is positive and finite");
  assert(Math.abs(input.basis) <= 0.05, "-0.05 <= basis <= 0.05");
  assertWithin(input.basisDeviation, 0.05, "0 <= basis deviation <= 0.05");
  assertWithin(input.volatility, 0.01, "0 <= volatility a second <= 0.01");
  assertWithin(input.jumpRate, 1, "0 <= jumps a second <= 1");
  assertWithin(input.jumpDeviation, 0.5, "0 <= jump deviation <= 0.5");
  assertWithin(input.secondsToClose, FORECAST_SECONDS_MAX, "0 <= seconds to the close <= a week");
  const { seenTicks, seenMean } = input;
  assert(Number.isInteger(seenTicks), "seen ticks are whole");
  assertWithin(seenTicks, AVERAGE_TICKS, "0 <= seen ticks <= 60");
  assert(
    seenTicks === 0 || (seenMean > 0 && seenMean < Infinity),
    "the mean of what was seen is positive and finite",
  );
}

function assertWithin(value: number, most: number, invariant: string): void {
  assert(value >= 0 && value <= most, invariant);
}
