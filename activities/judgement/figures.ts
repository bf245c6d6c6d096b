import type { Estimate, Figure } from "../../core/scoring/inference/estimate.ts";
import { lackOf } from "../../core/scoring/validation/verdict.ts";
import { cents, count, money, NOTHING, ratio, score, share } from "../report/format.ts";
import type { ReportTable } from "../report/table.ts";

type Unit = Figure["unit"];

/** A figure's number in its own unit. */
export function inUnit(value: number | null, unit: Unit): string {
  switch (unit) {
    case "usd":
      return value === null ? NOTHING : `${money(String(value / 1_000_000))} USD`;
    case "cents":
      return cents(value);
    case "share":
      return share(value);
    case "score":
      return score(value);
    case "ratio":
      return ratio(value);
  }
}

/** An interval, or why there is none. An open end is told as such. */
export function intervalOf(estimate: Estimate, unit: Unit): string {
  const { interval } = estimate;
  if (interval === null) return lackOf(estimate);
  const low = interval.low === null ? "−∞" : inUnit(interval.low, unit);
  const high = interval.high === null ? "∞" : inUnit(interval.high, unit);
  return `${low} to ${high}`;
}

/** Value, interval, observations and clusters of an estimate, as cells. */
export function estimateCells(estimate: Estimate, unit: Unit): readonly string[] {
  return [
    inUnit(estimate.value, unit),
    intervalOf(estimate, unit),
    count(estimate.n),
    count(estimate.clusters),
  ];
}

/** Heads of `estimateCells`. */
export const ESTIMATE_HEAD = ["±value", "95 % interval", ">n", ">clusters"] as const;

/** Figures with what they rest on and what they mean. */
export function figureTable(title: string, note: string, figures: readonly Figure[]): ReportTable {
  return {
    title,
    note,
    head: ["figure", ...ESTIMATE_HEAD, "definition"],
    rows: figures.map(({ name, unit, estimate, definition }) => [
      name,
      ...estimateCells(estimate, unit),
      definition,
    ]),
  };
}
