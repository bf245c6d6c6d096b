import type { TradingDate } from "../../../core/domain/time.ts";
import { formatUsd } from "../../../core/domain/units.ts";
import type { HorizonScore } from "../../../core/scoring/btc-horizons.ts";
import { CLUSTERS_MIN } from "../../../core/scoring/inference/estimate.ts";
import type { BtcVerdict } from "./report-schema.ts";

/** Chance of even one false finding that a report accepts. */
const FALSE_FINDING = 0.05;

/** What is judged. */
export interface JudgedScores {
  /** Comparisons with their plain intervals, */
  readonly scores: readonly HorizonScore[];
  /** and the same ones with intervals of `correctedLevel`. */
  readonly corrected: readonly HorizonScore[];
  /** Of the dates that are reported. */
  readonly trades: { readonly filled: number; readonly netMicros: number };
  /** First and last date of the comparisons, Eastern. */
  readonly from: TradingDate;
  readonly to: TradingDate;
}

/** A verdict and its reason. */
export interface Judgement {
  readonly verdict: BtcVerdict;
  readonly evidence: string;
}

/**
 * The confidence that each of several intervals must have so that all of them together are wrong in
 * 5 % of reports: Bonferroni's correction, 1 less 5 % over the number of comparisons that have data.
 */
export function correctedLevel(scores: readonly HorizonScore[]): number {
  return 1 - FALSE_FINDING / Math.max(1, withData(scores).length);
}

/**
 * Judges whether our probabilities were better than the market's own. An edge needs an interval,
 * corrected for all comparisons looked at, that lies wholly below 0, of at least `CLUSTERS_MIN` hours, and
 * no other wholly above. What was earned is told beside it and decides nothing: it is a handful of trades.
 */
export function judge({ scores, corrected, trades, from, to }: JudgedScores): Judgement {
  const compared = withData(scores).length;
  const level = correctedLevel(scores);
  const able = corrected.filter(isTrusted);
  const better = able.filter((one) => endOf(one, 1) < 0);
  const worse = able.filter((one) => endOf(one, 0) > 0);
  const tell = (list: readonly HorizonScore[]): string => list.map(inWords).join("; ");
  const method =
    `closes of ${from} to ${to}, ${compared} comparisons, intervals of ${percent(level)} (Bonferroni) over hours; ` +
    `${trades.filled} would-trades filled, net ${formatUsd(trades.netMicros)} USD after fees`;
  if (able.length === 0) {
    const most = Math.max(0, ...scores.map(({ difference }) => difference.clusters));
    const reason =
      `no comparison has the ${CLUSTERS_MIN} hours that an interval needs to be trusted ` +
      `(the most is ${most})`;
    return { verdict: "not_enough_data", evidence: `${reason}; ${method}.` };
  }
  if (better.length > 0 && worse.length > 0) {
    const both = `better at ${tell(better)}, and worse at ${tell(worse)}: no edge to rely on`;
    return { verdict: "no_edge", evidence: `${both}; ${method}.` };
  }
  if (better.length > 0) {
    const near = better.some(({ minutesToClose }) => minutesToClose <= 2)
      ? " (within two minutes of the close such intervals are known to be too narrow)"
      : "";
    const evidence = `our Brier score is below the market's at ${tell(better)}${near}; ${method}.`;
    return { verdict: "edge", evidence };
  }
  if (worse.length > 0) {
    const evidence = `our Brier score is above the market's at ${tell(worse)}; ${method}.`;
    return { verdict: "worse", evidence };
  }
  const none = `every interval that can be trusted (${able.length}) includes 0`;
  return { verdict: "no_edge", evidence: `${none}; ${method}.` };
}

function withData(scores: readonly HorizonScore[]): readonly HorizonScore[] {
  return scores.filter(({ n }) => n > 0);
}

function isTrusted({ difference }: HorizonScore): boolean {
  return difference.lack === null && difference.ci95 !== null;
}

function endOf({ difference }: HorizonScore, end: 0 | 1): number {
  return difference.ci95?.[end] ?? 0;
}

function inWords({ series, minutesToClose, difference }: HorizonScore): string {
  const [low = 0, high = 0] = difference.ci95 ?? [];
  const by = (difference.mean ?? 0).toFixed(4);
  const interval = `${low.toFixed(4)} to ${high.toFixed(4)}`;
  return `${series} T-${minutesToClose} (${by}, ${interval}, ${difference.clusters} hours)`;
}

function percent(level: number): string {
  return `${(level * 100).toFixed(2)} %`;
}
