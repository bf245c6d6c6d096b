import { deflatedSharpe } from "../deflated-sharpe.ts";
import { mean, standardDeviation } from "../inference/moments.ts";
import { overfitting } from "../overfitting.ts";
import { type DatedResult, netOf } from "../results.ts";
import type { ValidationFigures } from "./figures.ts";

/** A configuration that was tried, with its net returns on capital of each day that counts. */
export interface TriedConfiguration {
  readonly name: string;
  readonly daily: readonly number[];
}

/**
 * Returns of what was tried on the days on which any of it has a result, where the others brought 0: all were played
 * on the same days, which is the caller's to see to. A day on which nothing was traded is no evidence, however long
 * the window.
 *
 * @param capital micro-dollars at work.
 */
export function triedOn(
  tried: readonly { readonly name: string; readonly results: readonly DatedResult[] }[],
  capital: number,
): readonly TriedConfiguration[] {
  const days = [...new Set(tried.flatMap(({ results }) => results.map(({ date }) => date)))].sort();
  return tried.map(({ name, results }) => {
    const nets = new Map(days.map((day) => [day, 0]));
    for (const result of results) {
      nets.set(result.date, (nets.get(result.date) ?? 0) + netOf(result));
    }
    return { name, daily: days.map((day) => (nets.get(day) ?? 0) / capital) };
  });
}

/** Whether the search found more than luck; null where fewer than two configurations are known. */
export function searchOf(tried: readonly TriedConfiguration[]): ValidationFigures["search"] {
  const [played] = tried;
  if (!played || tried.length < 2) return null;
  return {
    overfitting: overfitting(tried.map(({ daily }) => daily)),
    deflated: deflatedSharpe(
      played.daily,
      tried.map(({ daily }) => {
        const deviation = standardDeviation(daily);
        return deviation === null || deviation === 0 ? 0 : (mean(daily) ?? 0) / deviation;
      }),
    ),
  };
}
