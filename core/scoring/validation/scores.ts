import type { Resampling } from "../inference/bootstrap.ts";
import { seededChance } from "../inference/chance.ts";
import { type ExecutionFigures, executionFigures } from "./execution.ts";
import { type ForecastFigures, forecastFigures } from "./forecasts.ts";
import { type MoneyFigures, moneyFigures } from "./money.ts";
import type { ValidationSample } from "./sample.ts";

/** What every stretch of days is scored by, short or long. */
export interface Scores {
  readonly mode: string;
  readonly span: ValidationSample["span"];
  readonly nights: number;
  /** Positions that ended, and those that have not. */
  readonly positions: { readonly ended: number; readonly open: number };
  readonly forecasts: ForecastFigures;
  readonly money: MoneyFigures;
  readonly execution: ExecutionFigures;
}

/** The same sample gives the same figures: chance starts at one seed for each. */
const SEED = 20_261;

/** How intervals are made. */
export interface ScoreOptions {
  /** Confidence of every interval; 0.95 unless stated, more where several are looked at together. */
  readonly level?: number;
  /** Resamples of each; 10,000 unless stated. A process that must not pause long takes fewer. */
  readonly resamples?: number;
}

/** Chance for one figure. */
export function freshResampling(options: ScoreOptions = {}): Resampling {
  return { ...options, chance: seededChance(SEED) };
}

/** Scores a sample: forecasts, money, orders. */
export function scoreSample(sample: ValidationSample, options: ScoreOptions = {}): Scores {
  const resampling = (): Resampling => freshResampling(options);
  return {
    mode: sample.mode,
    span: sample.span,
    nights: sample.nights,
    positions: { ended: sample.trades.length, open: sample.open },
    forecasts: forecastFigures(sample.forecasts, resampling),
    money: moneyFigures(sample, resampling),
    execution: executionFigures(sample, resampling),
  };
}

/** Finds a figure of a score by its name. @returns null when it has none of that name. */
export function findFigure(scores: Scores, name: string) {
  const { forecasts, money, execution } = scores;
  const all = [...forecasts.figures, ...money.figures, ...execution.figures];
  return all.find((figure) => figure.name === name) ?? null;
}
