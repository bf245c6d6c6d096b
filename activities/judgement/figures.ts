import type { ComparedResults } from "../../core/scoring/comparison.ts";
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

/** What two ways of playing brought, and their difference, as cells; of an empty sample nothing is known. */
export function comparedCells({ first, second, shared, difference }: ComparedResults) {
  return [
    count(first.n),
    inUnit(first.mean, "usd"),
    count(second.n),
    inUnit(second.mean, "usd"),
    count(shared),
    ...estimateCells(difference, "usd"),
  ];
}

/** Heads of `comparedCells`, named for what is compared: here, and there. */
export function comparedHead(here: string, there: string): readonly string[] {
  const means = [`>${here}`, "±mean", `>${there}`, `±mean ${there}`];
  return [...means, ">games of both", ...ESTIMATE_HEAD];
}

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
