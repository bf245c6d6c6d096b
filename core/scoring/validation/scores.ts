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

/** Chance for one figure. */
export function freshResampling(): Resampling {
  return { chance: seededChance(SEED) };
}

/** Scores a sample: forecasts, money, orders. */
export function scoreSample(sample: ValidationSample): Scores {
  return {
    mode: sample.mode,
    span: sample.span,
    nights: sample.nights,
    positions: { ended: sample.trades.length, open: sample.open },
    forecasts: forecastFigures(sample.forecasts, freshResampling),
    money: moneyFigures(sample, freshResampling),
    execution: executionFigures(sample, freshResampling),
  };
}

/** Finds a figure of a score by its name. @returns null when it has none of that name. */
export function findFigure(scores: Scores, name: string) {
  const { forecasts, money, execution } = scores;
  const all = [...forecasts.figures, ...money.figures, ...execution.figures];
  return all.find((figure) => figure.name === name) ?? null;
}
