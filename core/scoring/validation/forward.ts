import { brierDifference } from "../forecast-comparison.ts";
import { groupBy } from "../group.ts";
import type { Resampling } from "../inference/bootstrap.ts";
import type { Estimate } from "../inference/estimate.ts";
import { mean } from "../inference/moments.ts";
import { meanNet, netOf } from "../results.ts";
import { type JudgedFold, walkForward, walkForwardFolds } from "../walk-forward.ts";
import type { JudgedForecast, JudgedTrade } from "./sample.ts";

/** Folds of a walk forward, and days left out before each that judges. */
const PLAN = { folds: 5, gap: 1 } as const;

/** Whether what would have been chosen on the past was worth it on the days after. */
export interface ForwardFigures {
  /** Strategies whose positions had earned so far are kept, the others left out. */
  readonly strategies: {
    readonly folds: readonly JudgedFold<readonly string[]>[];
    /** Mean net of a position of those kept, out of sample, micro-dollars. */
    readonly net: Estimate;
  };
  /** Weight of our forecast, beside the market's price, that had the best Brier score so far. */
  readonly mix: {
    readonly folds: readonly JudgedFold<number>[];
    /** Brier score of the mix less the market's, out of sample: below 0 our forecast adds something. */
    readonly difference: Estimate;
  };
}

/** Walks forward over the days of a sample, twice: with strategies, and with the forecast's weight. */
export function forwardFigures(
  trades: readonly JudgedTrade[],
  forecasts: readonly JudgedForecast[],
  resampling: () => Resampling,
): ForwardFigures {
  const chosen = walkForward(trades, foldsOf(trades), {
    choose: earningStrategies,
    apply: (kept, items) => items.filter(({ strategy }) => kept.includes(strategy)),
    score: (items) => mean(items.map(netOf)),
  });
  const mixed = walkForward(forecasts, foldsOf(forecasts), {
    choose: bestWeight,
    apply: mixOf,
    score: brierExcess,
  });
  return {
    strategies: { folds: chosen.folds, net: meanNet(chosen.judged, resampling()) },
    mix: { folds: mixed.folds, difference: brierDifference(mixed.judged, resampling()) },
  };
}

function foldsOf(items: readonly { readonly date: string }[]) {
  return walkForwardFolds(
    items.map(({ date }) => date),
    PLAN,
  );
}

function earningStrategies(trades: readonly JudgedTrade[]): readonly string[] {
  return [...groupBy(trades, ({ strategy }) => strategy)]
    .filter(([, own]) => (mean(own.map(netOf)) ?? 0) > 0)
    .map(([strategy]) => strategy)
    .sort();
}

/** Tenths from the market alone (0) to us alone (1); of equally good ones the nearest to the market. */
const WEIGHTS = Array.from({ length: 11 }, (_, tenth) => tenth / 10);

function bestWeight(train: readonly JudgedForecast[]): number {
  const scored = WEIGHTS.map((weight) => ({
    weight,
    excess: brierExcess(mixOf(weight, train)) ?? 0,
  }));
  return scored.reduce((best, one) => (one.excess < best.excess ? one : best)).weight;
}

function mixOf(weight: number, rows: readonly JudgedForecast[]): readonly JudgedForecast[] {
  return rows.map((row) => {
    return { ...row, model: weight * row.model + (1 - weight) * row.baseline };
  });
}

function brierExcess(rows: readonly JudgedForecast[]): number | null {
  return mean(
    rows.map(({ model, baseline, outcome }) => (model - outcome) ** 2 - (baseline - outcome) ** 2),
  );
}
