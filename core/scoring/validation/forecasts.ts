import {
  brierDecomposition,
  type BrierDecomposition,
  calibrationGap,
  type ReliabilityBin,
  reliabilityBins,
  tailGaps,
} from "../calibration.ts";
import { brierDifference, brierSkill } from "../forecast-comparison.ts";
import { groupBy } from "../group.ts";
import type { Resampling } from "../inference/bootstrap.ts";
import type { Estimate, Figure } from "../inference/estimate.ts";
import { surprisal } from "../log-loss.ts";
import { meanScore } from "../mean-score.ts";
import type { JudgedForecast } from "./sample.ts";

/** How one series forecast at one horizon. */
export interface HorizonFigures {
  readonly series: string;
  readonly horizon: string;
  readonly brier: { readonly ours: Estimate; readonly market: Estimate };
  /** Ours less the market's: below 0 we forecast better. */
  readonly difference: Estimate;
}

/** How well outcomes were forecast. */
export interface ForecastFigures {
  readonly figures: readonly Figure[];
  readonly decomposition: BrierDecomposition;
  readonly reliability: {
    readonly ours: readonly ReliabilityBin[];
    readonly market: readonly ReliabilityBin[];
  };
  readonly horizons: readonly HorizonFigures[];
}

/** Scores forecasts beside the market's price at the same instants; clusters are games. */
export function forecastFigures(
  forecasts: readonly JudgedForecast[],
  resampling: () => Resampling,
): ForecastFigures {
  const of = (side: "model" | "baseline") =>
    forecasts.map((row) => ({ ...row, probability: row[side] }));
  const tails = tailGaps(of("model"), resampling());
  return {
    figures: [
      score("Brier score, ours", BRIER, meanOf(forecasts, "model", squaredError, resampling())),
      score(
        "Brier score, market",
        BRIER,
        meanOf(forecasts, "baseline", squaredError, resampling()),
      ),
      score(
        "Brier score, difference",
        "Ours less the market's at the same instants; below 0 we forecast better.",
        brierDifference(forecasts, resampling()),
      ),
      {
        ...score("Brier skill", SKILL, brierSkill(forecasts, resampling())),
        unit: "share",
      },
      score("log loss, ours", LOSS, meanOf(forecasts, "model", surprisal, resampling())),
      score("log loss, market", LOSS, meanOf(forecasts, "baseline", surprisal, resampling())),
      { ...score("gap, ours", GAP, calibrationGap(of("model"), resampling())), unit: "share" },
      { ...score("gap, market", GAP, calibrationGap(of("baseline"), resampling())), unit: "share" },
      { ...score("gap of the low tail", LOW_TAIL, tails.low), unit: "share" },
      { ...score("gap of the high tail", HIGH_TAIL, tails.high), unit: "share" },
    ],
    decomposition: brierDecomposition(of("model")),
    reliability: {
      ours: reliabilityBins(of("model"), resampling()),
      market: reliabilityBins(of("baseline"), resampling()),
    },
    horizons: horizonFigures(forecasts, resampling),
  };
}

/** Scores each series at each of its horizons, by the series' names. */
export function horizonFigures(
  forecasts: readonly JudgedForecast[],
  resampling: () => Resampling,
): readonly HorizonFigures[] {
  return [...groupBy(forecasts, ({ series, horizon }) => JSON.stringify([series, horizon]))]
    .flatMap(([, own]) => (own[0] ? [horizonOf(own[0], own, resampling)] : []))
    .sort((a, b) => (a.series < b.series ? -1 : a.series > b.series ? 1 : 0));
}

function horizonOf(
  { series, horizon }: JudgedForecast,
  own: readonly JudgedForecast[],
  resampling: () => Resampling,
): HorizonFigures {
  return {
    series,
    horizon,
    brier: {
      ours: meanOf(own, "model", squaredError, resampling()),
      market: meanOf(own, "baseline", squaredError, resampling()),
    },
    difference: brierDifference(own, resampling()),
  };
}

const BRIER = "Mean squared error of the probability, 0 perfect, 0.25 a constant 0.5.";
const SKILL = "1 less our Brier score over the market's: 1 is perfect, 0 equals the market.";
const LOSS =
  "Mean minus logarithm of the probability given to what happened, nats; nothing is clipped.";
const GAP = "Frequency less mean forecast: above 0 it happens more often than was said.";
const LOW_TAIL =
  "Frequency less forecast where we said at most 10 %: above 0 the improbable happens more often.";
const HIGH_TAIL =
  "Frequency less forecast where we said at least 90 %: below 0 the probable happens less often.";

function squaredError(probability: number, outcome: 0 | 1): number {
  return (probability - outcome) ** 2;
}

function meanOf(
  rows: readonly JudgedForecast[],
  side: "model" | "baseline",
  loss: (probability: number, outcome: 0 | 1) => number,
  resampling: Resampling,
): Estimate {
  const probabilityOf = (row: JudgedForecast): number => row[side];
  const scoreOf = (row: JudgedForecast, outcome: 0 | 1): number => loss(row[side], outcome);
  return meanScore(rows, { probabilityOf, scoreOf }, resampling);
}

function score(name: string, definition: string, estimate: Estimate): Figure {
  return { name, definition, unit: "score", estimate };
}
