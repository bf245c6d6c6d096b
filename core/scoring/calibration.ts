import { assert } from "../domain/assert.ts";
import { brierScore, type ResolvedForecast } from "./brier.ts";
import { clusterBootstrap, clusterSums, type Resampling } from "./inference/bootstrap.ts";
import { type Estimate, type Interval, type Lack, RARER_MIN } from "./inference/estimate.ts";

/** A resolved forecast with what may be taken as independent of others: a game, a night, an hour. */
export interface ClusteredForecast extends ResolvedForecast {
  readonly cluster: string;
}

/** Forecasts of about the same probability, and how often they came true. */
interface ForecastBin {
  /** Forecasts from `low`, below `high`; the last bin includes 1. */
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly meanForecast: number | null;
  /** Share that happened, 0 to 1. */
  readonly frequency: number | null;
  /** `frequency` less `meanForecast`: positive when we said too little. */
  readonly gap: number | null;
}

/** A bin with how sure its frequency is. */
export interface ReliabilityBin extends ForecastBin {
  readonly clusters: number;
  /** 95 % interval of the frequency, over clusters: forecasts of one share what happens. */
  readonly interval: Interval | null;
  /** Why there is no interval; null where there is one. */
  readonly lack: Lack | null;
}

/**
 * Sorts forecasts into bins of equal width from 0 to 1; empty bins stay, with nulls.
 *
 * @throws InvariantError when a probability lies outside 0 to 1, or without a bin.
 */
export function reliabilityBins(
  sample: readonly ClusteredForecast[],
  resampling: Resampling,
  bins = 10,
): readonly ReliabilityBin[] {
  return sortIntoBins(sample, bins).map((own, index) => {
    const { clusters, interval, lack } = meanOf(own, ({ outcome }) => outcome, resampling);
    return { ...binOf(own, index, bins), clusters, interval, lack };
  });
}

function sortIntoBins<Forecast extends ResolvedForecast>(
  sample: readonly Forecast[],
  bins: number,
): readonly (readonly Forecast[])[] {
  assert(Number.isInteger(bins) && bins > 0, "at least one bin");
  const sorted = Array.from({ length: bins }, (): Forecast[] => []);
  for (const forecast of sample) {
    const { probability } = forecast;
    assert(probability >= 0 && probability <= 1, "0 <= probability <= 1");
    sorted[Math.min(bins - 1, Math.floor(probability * bins))]?.push(forecast);
  }
  return sorted;
}

function binOf(own: readonly ResolvedForecast[], index: number, bins: number): ForecastBin {
  const n = own.length;
  const forecasts = own.reduce((sum, { probability }) => sum + probability, 0);
  const happened = own.reduce((sum, { outcome }) => sum + outcome, 0);
  return {
    low: index / bins,
    high: (index + 1) / bins,
    n,
    meanForecast: n === 0 ? null : forecasts / n,
    frequency: n === 0 ? null : happened / n,
    gap: n === 0 ? null : (happened - forecasts) / n,
  };
}

/** A Brier score taken apart: score = reliability - resolution + uncertainty + withinBins. */
export interface BrierDecomposition {
  readonly n: number;
  readonly score: number | null;
  /** Mean squared gap between forecast and frequency, by bin: 0 is perfect. */
  readonly reliability: number | null;
  /** Mean squared distance of the bins' frequencies from the overall one: the more the better. */
  readonly resolution: number | null;
  /** Variance of the outcome itself, at most 0.25: not ours to change. */
  readonly uncertainty: number | null;
  /** What forecasts of one bin differ by: 0 when all forecasts of a bin are equal. */
  readonly withinBins: number | null;
}

/**
 * Takes a Brier score apart over bins of equal width.
 *
 * Source: Murphy (1973), "A new vector partition of the probability score", Journal of Applied
 * Meteorology 12(4), with the part within bins of Stephenson, Coelho and Jolliffe (2008).
 *
 * @throws InvariantError when a probability lies outside 0 to 1.
 */
export function brierDecomposition(
  sample: readonly ResolvedForecast[],
  bins = 10,
): BrierDecomposition {
  const n = sample.length;
  const score = brierScore(sample);
  if (score === null) {
    return {
      n,
      score,
      reliability: null,
      resolution: null,
      uncertainty: null,
      withinBins: null,
    };
  }
  const overall = sample.reduce((sum, { outcome }) => sum + outcome, 0) / n;
  let reliability = 0;
  let resolution = 0;
  for (const [index, own] of sortIntoBins(sample, bins).entries()) {
    const bin = binOf(own, index, bins);
    reliability += (bin.n * (bin.gap ?? 0) ** 2) / n;
    resolution += (bin.n * ((bin.frequency ?? overall) - overall) ** 2) / n;
  }
  const uncertainty = overall * (1 - overall);
  const withinBins = score - (reliability - resolution + uncertainty);
  return { n, score, reliability, resolution, uncertainty, withinBins };
}

/** A mean over forecasts, with an interval where they expect the rarer outcome often enough. */
function meanOf(
  sample: readonly ClusteredForecast[],
  value: (forecast: ClusteredForecast) => number,
  resampling: Resampling,
): Estimate {
  const sums = clusterSums(sample, ({ cluster }) => cluster, [value, () => 1]);
  const rarer = rarerOf(sample);
  return clusterBootstrap({ ...sums, rarer }, ([sum = 0, n = 0]) => sum / n, resampling);
}

/**
 * Clusters in which the rarer outcome is expected, by the mean forecast of each, since its forecasts share
 * what happens; of clusters of different size as many as would count alike (Kish 1965, "Survey sampling", 11.7).
 */
function rarerOf(sample: readonly ClusteredForecast[]): number {
  const { columns } = clusterSums(sample, ({ cluster }) => cluster, [
    ({ probability }) => probability,
    ({ outcome }) => outcome,
    () => 1,
  ]);
  const [
    forecasts = new Float64Array(),
    outcomes = new Float64Array(),
    sizes = new Float64Array(),
  ] = columns;
  let [weights, squares, happened] = [0, 0, 0];
  sizes.forEach((size, cluster) => {
    const probability = (forecasts[cluster] ?? 0) / size;
    const rarer = Math.min(probability, 1 - probability);
    weights += size * rarer;
    squares += size ** 2 * rarer;
    const share = (outcomes[cluster] ?? 0) / size;
    if ((probability >= 0.5 ? 1 - share : share) > 0.5) happened += 1;
  });
  // So many are no chance where so few are expected: who was so sure is told how wrong it was.
  if (happened >= RARER_PLAIN) return happened;
  return squares > 0 ? weights ** 2 / squares : 0;
}

/** Three times what must be expected: chance brings so many in one of a thousand samples at most. */
const RARER_PLAIN = 3 * RARER_MIN;

/**
 * Frequency less mean forecast, with an interval over clusters: above 0 it happens more often than
 * was said.
 */
export function calibrationGap(
  sample: readonly ClusteredForecast[],
  resampling: Resampling,
): Estimate {
  return meanOf(sample, ({ outcome, probability }) => outcome - probability, resampling);
}

/** Frequency less forecast among the near-certain, where overconfidence costs most. */
export interface TailGaps {
  /** Forecasts of at most `edge`. Above zero: the improbable happens more often than we say. */
  readonly low: Estimate;
  /** Forecasts of at least 1 - `edge`. Below zero: the probable happens less often than we say. */
  readonly high: Estimate;
}

/**
 * Calibration in both tails, with intervals over clusters.
 *
 * @param edge width of a tail; 0.1 unless stated.
 * @throws InvariantError unless 0 < edge < 0.5.
 */
export function tailGaps(
  sample: readonly ClusteredForecast[],
  resampling: Resampling,
  edge = 0.1,
): TailGaps {
  assert(edge > 0 && edge < 0.5, "0 < edge < 0.5");
  const gap = (tail: readonly ClusteredForecast[]) => calibrationGap(tail, resampling);
  return {
    low: gap(sample.filter(({ probability }) => probability <= edge)),
    high: gap(sample.filter(({ probability }) => probability >= 1 - edge)),
  };
}
