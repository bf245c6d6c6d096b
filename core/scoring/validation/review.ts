import { type Drift, excludesZero } from "../drift.ts";
import type { EdgeDecay } from "../edge-decay.ts";
import type { Estimate } from "../inference/estimate.ts";

/** What a week is reviewed by. */
export interface ReviewFacts {
  /** Mean net of a position less what shadow would have made of the same nights, micro-dollars. */
  readonly againstShadow: Estimate;
  /** Our Brier score less the market's, over all nights so far. */
  readonly brierExcess: Estimate;
  readonly drift: readonly Drift[];
  readonly decay: EdgeDecay["verdict"];
  /** Nights of the week that failed or never ended, breakers that tripped in it, incidents, critical alarms. */
  readonly failedNights: number;
  readonly breakers: number;
  readonly incidents: number;
  readonly criticalAlarms: number;
  /** Largest use of each limit in the week, as shares of the limit. */
  readonly limits: readonly { readonly limit: string; readonly share: number }[];
}

/** What is proposed; a person decides. */
export interface ReviewDecision {
  readonly decision: "keep" | "tighten" | "roll-back";
  readonly reasons: readonly string[];
}

/** From this share of a limit on the review says so: as the alarms do. */
const NEAR_SHARE = 0.8;

/**
 * Proposes to keep on, to tighten or to roll back, with its reasons: roll back on anything that says
 * the process or the forecast is broken, tighten on anything that says it is getting worse. What
 * has too little data proposes nothing, and is told.
 */
export function proposeDecision(facts: ReviewFacts): ReviewDecision {
  const broken = brokenReasons(facts);
  if (broken.length > 0) return { decision: "roll-back", reasons: broken };
  const worsening = worseningReasons(facts);
  if (worsening.length > 0) return { decision: "tighten", reasons: worsening };
  const unknown = [
    ...(facts.againstShadow.interval === null ? ["results against shadow: not enough data"] : []),
    ...(facts.brierExcess.interval === null ? ["calibration: not enough data"] : []),
    ...(facts.decay === null ? ["edge over time: not enough data"] : []),
  ];
  const fine = unknown.length < 3 ? ["nothing that can be judged speaks against it"] : [];
  return { decision: "keep", reasons: [...fine, ...unknown] };
}

function brokenReasons(facts: ReviewFacts): readonly string[] {
  const { failedNights, breakers, incidents, brierExcess, limits } = facts;
  const exceeded = limits.filter(({ share }) => !(share < 1)).map(({ limit }) => limit);
  return [
    ...(failedNights > 0 ? [`${failedNights} nights failed their checks or never ended`] : []),
    ...(breakers > 0 ? [`${breakers} circuit breakers tripped`] : []),
    ...(incidents > 0 ? [`${incidents} incidents were opened`] : []),
    ...(exceeded.length > 0 ? [`limits were reached: ${exceeded.join(", ")}`] : []),
    ...(isAbove(brierExcess) ? ["the market's price forecasts better than we do"] : []),
  ];
}

function worseningReasons(facts: ReviewFacts): readonly string[] {
  const { againstShadow, drift, decay, criticalAlarms, limits } = facts;
  const near = limits.filter(({ share }) => share >= NEAR_SHARE).map(({ limit }) => limit);
  const drifting = drift.filter((one) => one.isDrifting === true && isWorse(one));
  return [
    ...(excludesZero(againstShadow) === true && (againstShadow.value ?? 0) < 0
      ? ["positions bring less than shadow expected of the same nights"]
      : []),
    ...drifting.map(({ name, what }) => `${name} drifts: ${what.replaceAll("_", " ")}`),
    ...(decay === "breaks" || decay === "wanes" ? [`the edge ${decay} over time`] : []),
    ...(criticalAlarms > 0 ? [`${criticalAlarms} critical alarms`] : []),
    ...(near.length > 0 ? [`limits were nearly reached: ${near.join(", ")}`] : []),
  ];
}

/** A bias that moves is worse in either direction; results are when they fall, errors when they rise. */
function isWorse({ what, difference }: Drift): boolean {
  const value = difference.value ?? 0;
  return what === "bias" || (what === "net" ? value < 0 : value > 0);
}

function isAbove({ interval }: Estimate): boolean {
  return interval !== null && interval.low !== null && interval.low > 0;
}
