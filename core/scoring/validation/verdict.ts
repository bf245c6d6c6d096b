import type { Estimate } from "../inference/estimate.ts";
import type { ValidationFigures } from "./figures.ts";
import { findFigure, type Scores } from "./scores.ts";

/** What a validation comes to. `not_enough_data` is neither good nor bad, and opens no gate. */
export type ValidationVerdict = "edge" | "no_edge" | "worse" | "not_enough_data";

/** The verdict with its reasons, each a sentence. */
export interface Judgement {
  readonly verdict: ValidationVerdict;
  readonly reasons: readonly string[];
}

/**
 * The verdict, by rules that are written down before any figure is seen:
 * - `worse` when an interval lies wholly on the bad side: positions lose, or the market forecasts better;
 * - `not_enough_data` when positions or forecasts have no interval that can be trusted, or
 *   configurations were tried on too few days;
 * - `no_edge` when the data are there and do not show one: the interval includes 0, or the walk
 *   forward, a break or decline over time, or the search that found the configuration speaks against it;
 * - `not_enough_data` again when positions earn on days too few for the walk forward or for a break
 *   or decline: what cannot speak against an edge does not speak for it;
 * - `edge` otherwise.
 */
export function judge(found: ValidationFigures): Judgement {
  const net = estimateOf(found, "mean net a position");
  const excess = estimateOf(found, "Brier score, difference");
  const worse = [
    ...(isBelow(net) ? ["positions lose after fees: the whole interval is below 0"] : []),
    ...(isAbove(excess)
      ? ["the market's price forecasts better: the whole interval is above 0"]
      : []),
  ];
  if (worse.length > 0) return { verdict: "worse", reasons: worse };
  const lacking = [
    ...(net.interval === null ? [`positions: ${lackOf(net)}`] : []),
    ...(excess.interval === null ? [`forecasts: ${lackOf(excess)}`] : []),
    ...untoldOfSearch(found),
  ];
  if (lacking.length > 0) return { verdict: "not_enough_data", reasons: lacking };
  const against = [
    ...(isAbove(net) ? [] : ["the interval of the mean net result includes 0"]),
    ...doubtsOf(found),
  ];
  if (against.length > 0) return { verdict: "no_edge", reasons: against };
  const untold = untoldOverTime(found);
  return untold.length > 0
    ? { verdict: "not_enough_data", reasons: untold }
    : { verdict: "edge", reasons: ["positions earn after fees, and nothing speaks against it"] };
}

/** What of the edge over time cannot be told: many games of few nights must not pass for it. */
function untoldOverTime({ forward, decay }: ValidationFigures): readonly string[] {
  const { length: days } = decay.days;
  return [
    ...(forward.strategies.net.value === null
      ? ["the walk forward: there is nothing that was chosen on the past"]
      : []),
    ...(decay.verdict === null
      ? [
          `the edge over time: ${days} ${days === 1 ? "day is" : "days are"} too few to tell whether it lasts`,
        ]
      : []),
  ];
}

/** A search is known, and what of it is luck cannot be told: it must not pass for none. */
function untoldOfSearch({ search }: ValidationFigures): readonly string[] {
  if (search === null) return [];
  const { overfitting, deflated } = search;
  if (overfitting.probability !== null && deflated.probability !== null) return [];
  const days = deflated.n === 1 ? "1 day with a result is" : `${deflated.n} days with a result are`;
  return [`the search: ${days} too few to tell skill from luck`];
}

/** What speaks against an edge that positions show. */
function doubtsOf({ forward, decay, search }: ValidationFigures): readonly string[] {
  const outside = forward.strategies.net.value;
  return [
    ...(outside !== null && outside <= 0
      ? ["strategies chosen on the past earned nothing on the days after"]
      : []),
    ...(decay.verdict === "breaks" ? [`the edge broke on ${decay.changedOn ?? "some day"}`] : []),
    ...(decay.verdict === "wanes" ? ["the edge wanes over time"] : []),
    ...(search !== null && (search.overfitting.probability ?? 0) >= 0.5
      ? ["the best of the configurations tried is no better than the median on other days"]
      : []),
    ...(search !== null && (search.deflated.probability ?? 1) < 0.95
      ? ["the Sharpe ratio is no better than the best of so many worthless tries"]
      : []),
  ];
}

function estimateOf(scores: Scores, name: string): Estimate {
  const none = { value: null, n: 0, clusters: 0, interval: null, lack: "empty_sample" } as const;
  return findFigure(scores, name)?.estimate ?? none;
}

function isAbove({ interval }: Estimate): boolean {
  return interval !== null && interval.low !== null && interval.low > 0;
}

function isBelow({ interval }: Estimate): boolean {
  return interval !== null && interval.high !== null && interval.high < 0;
}

/** Why a figure has no interval that can be trusted, in words. */
export function lackOf({ lack, clusters }: Estimate): string {
  switch (lack) {
    case "empty_sample":
      return "there is none";
    case "too_few_clusters":
      return `${clusters} games or days are too few for an interval that can be trusted`;
    case "rare_outcome":
      return "by the forecasts themselves the rarer outcome is too rare for an interval that can be trusted";
    case "no_variation":
      return "all of them agree, which says nothing of the error";
    case "undefined_value":
      return "the figure does not exist for this sample";
    case "unstable":
      return "the figure does not exist for too many resamples";
    case "no_interval":
      return "no interval is defined for an extreme";
    case null:
      return "nothing is lacking";
  }
}
