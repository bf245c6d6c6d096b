import type { TradingDate } from "../domain/time.ts";
import { groupBy } from "./group.ts";
import { clusterSums, type Resampling } from "./inference/bootstrap.ts";
import type { Estimate } from "./inference/estimate.ts";
import { permutedDifference } from "./inference/permutation.ts";

/** A number of one day, of a strategy, or of a series at a horizon. */
export interface DatedValue {
  readonly cluster: string;
  readonly date: TradingDate;
  readonly value: number;
}

/** What is watched for drift, with all its days. */
export interface Watched {
  /** Such as `strategy model-edge` or `KXBTC15M, 5 min to close`. */
  readonly name: string;
  readonly what: "brier_excess" | "bias" | "net";
  readonly values: readonly DatedValue[];
}

/** How the last days of something differ from those before. */
export interface Drift extends Omit<Watched, "values"> {
  readonly recent: { readonly n: number; readonly mean: number | null };
  readonly before: { readonly n: number; readonly mean: number | null };
  /** Mean of the recent less that of those before, with its interval at the level of all together. */
  readonly difference: Estimate;
  /** Whether the interval leaves out 0; null where there is none that can be trusted. */
  readonly isDrifting: boolean | null;
}

/**
 * Compares the days from `since` on with all before. The interval is at 1 - 0.05 / k, k the number that
 * are watched, so that the chance of calling even one of them by mistake stays at 5 % (Bonferroni). It is
 * that of a permutation test, which keeps such a level also of near-certain forecasts that seldom miss
 * (drift.test.ts): a bootstrap called 5 to 6 of 100 series by mistake where it promised 1 of 400.
 * Where the mean stays and the spread alone moves, the promise is kept about (`permutedDifference`).
 *
 * Units: `brier_excess` squared probability, ours less the market's; `bias` frequency less forecast;
 * `net` micro-dollars a position after fees.
 *
 * @param among from when on days are recent, and how many are watched.
 */
export function driftOf(
  { name, what, values }: Watched,
  among: { readonly since: TradingDate; readonly watched: number },
  resampling: Resampling,
): Drift {
  const level = 1 - 0.05 / Math.max(1, among.watched);
  const parts = groupBy(values, ({ date }) => date >= among.since);
  const [recent, before] = [parts.get(true) ?? [], parts.get(false) ?? []];
  const difference = permutedDifference(sumsOf(recent), sumsOf(before), { ...resampling, level });
  return {
    name,
    what,
    recent: summaryOf(recent),
    before: summaryOf(before),
    difference,
    isDrifting: excludesZero(difference),
  };
}

/** Whether an interval lies wholly on one side of 0. @returns null where there is no interval. */
export function excludesZero({ interval }: Estimate): boolean | null {
  if (interval === null) return null;
  const { low, high } = interval;
  return (low ?? -Infinity) > 0 || (high ?? Infinity) < 0;
}

function sumsOf(values: readonly DatedValue[]) {
  return clusterSums(values, ({ cluster }) => cluster, [({ value }) => value, () => 1]);
}

function summaryOf(values: readonly DatedValue[]): Drift["recent"] {
  const n = values.length;
  return { n, mean: n === 0 ? null : values.reduce((sum, { value }) => sum + value, 0) / n };
}
