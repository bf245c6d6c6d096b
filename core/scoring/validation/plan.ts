import type { TradingDate } from "../../domain/time.ts";
import type { Estimate, Figure } from "../inference/estimate.ts";
import { findFigure, type Scores } from "./scores.ts";

/** What a test plan may ask, by the name of the figure that answers. Money is in USD, shares from 0 to 1. */
export const PLAN_METRICS = {
  mean_net_usd: "mean net a position",
  win_rate: "win rate",
  profit_factor: "profit factor",
  fee_drag: "fee drag",
  total_return: "total return",
  sharpe: "Sharpe ratio",
  sortino: "Sortino ratio",
  brier_difference: "Brier score, difference",
  brier_skill: "Brier skill",
  fill_rate_gap: "fills against the plan",
  slippage_cents: "slippage",
  closing_line_value_cents: "closing-line value",
} as const;
/** One of them. */
type PlanMetric = keyof typeof PLAN_METRICS;

/** One thing that a plan says will be so. */
export interface Hypothesis {
  readonly id: string;
  readonly says: string;
  readonly metric: PlanMetric;
  /** Of one strategy's positions alone; null of all. */
  readonly strategy: string | null;
  readonly direction: "above" | "below";
  /** In the metric's unit. */
  readonly than: number;
}

/** What became of a hypothesis. */
export interface JudgedHypothesis extends Hypothesis {
  readonly answer: "confirmed" | "not_confirmed" | "not_enough_data";
  readonly estimate: Estimate;
}

/** The sample that a plan asks for. */
interface PlannedSample {
  readonly to: TradingDate;
  readonly minGames: number;
  readonly minPositions: number;
}

/** How far it has come. */
interface ReachedSample {
  readonly games: number;
  readonly positions: number;
  /** The last day is over. */
  readonly isOver: boolean;
  /** Its nights that have begun and not ended. */
  readonly stillPlayed: readonly TradingDate[];
  readonly stoppedOn: TradingDate | null;
}

/** What the sample of a plan wants still, each a sentence; nothing once it is whole. */
export function missingOf(planned: PlannedSample, reached: ReachedSample): readonly string[] {
  const { stoppedOn: stop, games, positions } = reached;
  const why = stop === null ? "" : `, since the stop rule ended it on ${stop}`;
  const shortOf = (n: number, least: number, what: string): readonly string[] =>
    n < least ? [`${n} ${what} of ${least} planned${why}`] : [];
  const days = [
    ...(reached.isOver ? [] : [`its last day, ${planned.to}, is not over yet`]),
    ...reached.stillPlayed.map((date) => `the night of ${date} is still played`),
  ];
  return [
    // The stop rule is of the plan: a test that it ended waits for no further day.
    ...(stop === null ? days : []),
    ...shortOf(games, planned.minGames, "games"),
    ...shortOf(positions, planned.minPositions, "positions"),
  ];
}

/**
 * Judges hypotheses: one is confirmed only where the whole interval lies on its side, and there is not
 * enough data where there is no interval. The scores' intervals must be at the level of all together.
 *
 * @param missing what the sample wants still: until it is whole none is answered, whatever the numbers,
 *   or each look on the way would be a further chance to be confirmed.
 */
export function judgeHypotheses(
  scores: Scores,
  hypotheses: readonly Hypothesis[],
  missing: readonly string[],
): readonly JudgedHypothesis[] {
  return hypotheses.map((hypothesis) => {
    const estimate = estimateOf(scores, hypothesis);
    const answer = missing.length > 0 ? "not_enough_data" : answerOf(hypothesis, estimate);
    return { ...hypothesis, estimate, answer };
  });
}

/** The verdict on a plan: confirmed only if all that it says is. */
export function planVerdict(judged: readonly JudgedHypothesis[]): JudgedHypothesis["answer"] {
  const answers = new Set(judged.map(({ answer }) => answer));
  if (answers.has("not_confirmed")) return "not_confirmed";
  return answers.has("not_enough_data") || answers.size === 0 ? "not_enough_data" : "confirmed";
}

/** The level of each interval, so that all together are at 95 % (Bonferroni). */
export function levelOf(hypotheses: readonly Hypothesis[]): number {
  return 1 - 0.05 / Math.max(1, hypotheses.length);
}

/** When a test was to be ended early. Shares of the capital at its start. */
export interface StopRule {
  readonly maxDrawdown: number | null;
  readonly maxLoss: number | null;
}

/**
 * The first day whose end met the stop rule. @returns null when none did.
 *
 * @param daily net returns as shares of the capital, in sequence, not compounded.
 */
export function stoppedOn(
  daily: readonly { readonly date: TradingDate; readonly share: number }[],
  { maxDrawdown, maxLoss }: StopRule,
): TradingDate | null {
  let equity = 1;
  let mark = 1;
  for (const { date, share } of daily) {
    equity += share;
    mark = Math.max(mark, equity);
    const isDrawn = maxDrawdown !== null && (mark - equity) / mark >= maxDrawdown;
    const isLost = maxLoss !== null && 1 - equity >= maxLoss;
    if (isDrawn || isLost) return date;
  }
  return null;
}

const NONE: Estimate = { value: null, n: 0, clusters: 0, interval: null, lack: "empty_sample" };

function estimateOf(scores: Scores, { metric, strategy }: Hypothesis): Estimate {
  const name = PLAN_METRICS[metric];
  const figure =
    strategy === null
      ? findFigure(scores, name)
      : scores.money.byStrategy[strategy]?.find((one) => one.name === name);
  return figure ? inPlanUnit(figure) : NONE;
}

function inPlanUnit({ unit, estimate }: Figure): Estimate {
  const scale = unit === "usd" ? 1e-6 : unit === "cents" ? 1e-4 : 1;
  const scaled = (value: number | null): number | null => (value === null ? null : value * scale);
  const { value, interval } = estimate;
  return {
    ...estimate,
    value: scaled(value),
    interval: interval && { ...interval, low: scaled(interval.low), high: scaled(interval.high) },
  };
}

function answerOf(
  { direction, than }: Hypothesis,
  { interval }: Estimate,
): JudgedHypothesis["answer"] {
  if (interval === null) return "not_enough_data";
  const isShown =
    direction === "above" ? (interval.low ?? -Infinity) > than : (interval.high ?? Infinity) < than;
  return isShown ? "confirmed" : "not_confirmed";
}
