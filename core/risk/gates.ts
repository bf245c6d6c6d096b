import type {
  ConditionAnswer,
  ConditionResult,
  Estimate,
  GateFacts,
  GateRules,
} from "../domain/gate.ts";
import type { StepRules } from "./ladder.ts";

/** What a condition asks of its number. */
interface Bound {
  /** Smallest sample on which it may pass. */
  readonly sample: number;
  readonly holds: (value: number) => boolean;
  /** More data cannot mend it, such as a drawdown: it fails on any sample. */
  readonly isFinal?: boolean;
  readonly needs: string;
}

interface Condition {
  readonly name: string;
  /** @returns `null` where the gate does not ask it. */
  readonly judge: (facts: GateFacts, rules: GateRules) => Omit<ConditionResult, "name"> | null;
}

/**
 * Judges every condition a gate asks; none is skipped once one has failed. The gate is open only if each
 * answers pass: a number that is not there, or that is not finite, never passes.
 */
export function judgeGate(facts: GateFacts, rules: GateRules): readonly ConditionResult[] {
  return CONDITIONS.flatMap(({ name, judge }) => {
    const result = judge(facts, rules);
    return result === null ? [] : [{ name, ...result }];
  });
}

/** Whether a gate is open: it asks something, and everything it asks is passed. */
export function isOpen(results: readonly ConditionResult[]): boolean {
  return results.length > 0 && results.every(({ answer }) => answer === "pass");
}

/** What the window of a step is judged by. */
export type StepFacts = Pick<
  GateFacts,
  "runtimeDays" | "completedTrades" | "totalReturn" | "drawdown"
> & {
  /** Breakers, incidents and failed nights of the window. */
  readonly processFailures: Estimate;
};

/** What `judgeWindow` asks for a step up, each condition with its number: all pass where it says "up". */
export function judgeStep(facts: StepFacts, rules: StepRules): readonly ConditionResult[] {
  const { runtimeDays: days, completedTrades: count, totalReturn, drawdown } = facts;
  const { windowDays, minCompletedTrades, minReturn, maxDrawdown } = rules;
  const traded = count.value === null || count.value === 0 ? null : totalReturn.value;
  const ask = (
    name: string,
    estimate: Estimate,
    bound: Omit<Bound, "sample">,
  ): ConditionResult => ({
    name,
    // A step is judged by its own window, as short as it is: `judgeWindow` knows no interval.
    ...judgeBound({ ...estimate, hasFewClusters: false }, { ...bound, sample: 0 }),
  });
  const lacking = (result: ConditionResult): ConditionResult =>
    result.answer === "fail" ? { ...result, answer: "not-enough-data" } : result;
  return [
    lacking(
      ask("step_window", days, {
        holds: (value) => value >= windowDays,
        needs: `at least ${windowDays} days since the step was taken`,
      }),
    ),
    lacking(
      ask("step_trades", count, {
        holds: (value) => value >= minCompletedTrades,
        needs: `at least ${minCompletedTrades}`,
      }),
    ),
    ask(
      "step_return",
      { ...totalReturn, value: traded },
      {
        holds: (value) => value >= minReturn,
        needs: `at least ${percent(minReturn)} after fees`,
      },
    ),
    ask("step_drawdown", drawdown, {
      holds: (value) => value <= maxDrawdown,
      needs: `at most ${percent(maxDrawdown)}`,
    }),
    ask("step_process_failures", facts.processFailures, {
      holds: (value) => value === 0,
      needs: "none",
    }),
  ];
}

function judgeBound(estimate: Estimate, bound: Bound): Omit<ConditionResult, "name"> {
  const { value, interval, sample, query, hasFewClusters } = estimate;
  const needs =
    hasFewClusters === true
      ? `${bound.needs}; what there is rests on too few games or days to be trusted`
      : bound.needs;
  return { value, interval, sample, query, needs, answer: answerOf(estimate, bound) };
}

function answerOf({ value, sample, hasFewClusters }: Estimate, bound: Bound): ConditionAnswer {
  if (value === null || !Number.isFinite(value)) return "not-enough-data";
  const isEnough = sample >= bound.sample && hasFewClusters !== true;
  if (bound.holds(value)) return isEnough ? "pass" : "not-enough-data";
  return isEnough || bound.isFinal === true ? "fail" : "not-enough-data";
}

const percent = (share: number): string => `${Number((share * 100).toFixed(4))} %`;
const trades = (rules: GateRules): number => rules.minCompletedTrades ?? 1;

/** The ratio itself, and the lower end of its interval: a high ratio of few days is noise. */
function judgeSharpe(estimate: Estimate, min: number, days: number): Omit<ConditionResult, "name"> {
  const needs = `above ${min}, its lower 95 % bound above 0, over ${days} days`;
  const judged = judgeBound(estimate, { sample: days, holds: (value) => value > min, needs });
  if (judged.answer === "not-enough-data" || estimate.interval === null) {
    return { ...judged, answer: "not-enough-data" };
  }
  return estimate.interval[0] > 0 ? judged : { ...judged, answer: "fail" };
}

/** A validation that is young enough and found an edge; one that could not tell is not enough data. */
function judgeValidation(
  { verdict, ...age }: GateFacts["validation"],
  max: number,
): Omit<ConditionResult, "name"> {
  const needs = `a validation of at most ${max} days ago that found an edge`;
  const judged = judgeBound(age, {
    sample: 1,
    holds: (days) => days >= 0 && days <= max,
    needs,
  });
  if (judged.answer !== "pass" || verdict === "edge") return judged;
  const isUntold = verdict === null || verdict === "not_enough_data";
  return { ...judged, answer: isUntold ? "not-enough-data" : "fail" };
}

/**
 * Each week positive, or the sum positive with no single catastrophic week. Days after the last whole week
 * count in the sum, and may be a catastrophe; enough of them there are only in whole weeks.
 */
function judgeWeeks(
  { weeklyReturns, begunWeekReturn, weeklyQuery }: GateFacts,
  catastrophic: number,
  wholeWeeks: number,
): Omit<ConditionResult, "name"> {
  const needs =
    `${wholeWeeks} whole weeks; the sum of all days positive, and no week, nor one begun, at or below ` +
    percent(catastrophic);
  const weeks = begunWeekReturn === null ? weeklyReturns : [...weeklyReturns, begunWeekReturn];
  const sum = weeks.reduce((total, week) => total + week, 0);
  const estimate = {
    value: weeks.length === 0 ? null : sum,
    interval: null,
    sample: weeklyReturns.length,
    query: weeklyQuery,
  };
  if (weeks.some((week) => week <= catastrophic)) return { ...estimate, needs, answer: "fail" };
  return judgeBound(estimate, { sample: wholeWeeks, holds: (value) => value > 0, needs });
}

const CONDITIONS: readonly Condition[] = [
  {
    name: "runtime",
    judge: ({ runtimeDays }, { minRuntimeDays: min }) => ({
      ...judgeBound(runtimeDays, {
        sample: 1,
        holds: (value) => value >= min,
        needs: `at least ${min} days`,
      }),
      ...(runtimeDays.value !== null && runtimeDays.value < min
        ? { answer: "not-enough-data" as const }
        : {}),
    }),
  },
  {
    name: "nights",
    judge: ({ nights }, { minNights: min }) =>
      judgeBound(nights, { sample: min, holds: () => true, needs: `at least ${min} nights` }),
  },
  {
    name: "data_age",
    judge: ({ dataAgeDays }, { maxDataAgeDays: max }) =>
      judgeBound(dataAgeDays, {
        sample: 1,
        holds: (value) => value <= max,
        needs: `the last night at most ${max} days ago`,
      }),
  },
  {
    name: "completed_trades",
    judge: ({ completedTrades }, { minCompletedTrades: min }) =>
      min === null
        ? null
        : judgeBound(completedTrades, {
            sample: min,
            holds: () => true,
            needs: `at least ${min}`,
          }),
  },
  {
    name: "total_return",
    judge: ({ totalReturn }, { minTotalReturn: min, minReturnDays }) =>
      min === null
        ? null
        : judgeBound(totalReturn, {
            sample: minReturnDays,
            holds: (value) => value >= min,
            needs: `at least ${percent(min)} after fees, over ${minReturnDays} days`,
          }),
  },
  {
    name: "weekly_return",
    judge: (facts, { catastrophicWeek, minRuntimeDays }) =>
      catastrophicWeek === null
        ? null
        : judgeWeeks(facts, catastrophicWeek, Math.ceil(minRuntimeDays / 7)),
  },
  {
    name: "sharpe",
    judge: ({ sharpe }, { minSharpe, minReturnDays }) =>
      minSharpe === null ? null : judgeSharpe(sharpe, minSharpe, minReturnDays),
  },
  {
    name: "profit_factor",
    judge: ({ profitFactor }, rules) =>
      rules.minProfitFactor === null
        ? null
        : judgeBound(profitFactor, {
            sample: trades(rules),
            holds: (value) => value > (rules.minProfitFactor ?? Infinity),
            needs: `above ${rules.minProfitFactor}`,
          }),
  },
  {
    name: "drawdown",
    judge: ({ drawdown }, { maxDrawdown: max, minReturnDays }) =>
      max === null
        ? null
        : judgeBound(drawdown, {
            sample: minReturnDays,
            holds: (value) => value < max,
            isFinal: true,
            needs: `below ${percent(max)}, over ${minReturnDays} days`,
          }),
  },
  {
    name: "fee_drag",
    judge: ({ feeDrag }, rules) =>
      rules.maxFeeDrag === null
        ? null
        : judgeBound(feeDrag, {
            sample: trades(rules),
            holds: (value) => value >= 0 && value < (rules.maxFeeDrag ?? 0),
            needs: `below ${percent(rules.maxFeeDrag)} of gross profit`,
          }),
  },
  {
    name: "win_rate",
    judge: ({ winRate }, { winRate: range, ...rules }) =>
      range === null
        ? null
        : judgeBound(winRate, {
            sample: rules.minCompletedTrades ?? 1,
            holds: (value) => value >= range.min && value <= range.max,
            needs: `${percent(range.min)} to ${percent(range.max)}`,
          }),
  },
  {
    name: "worst_trade",
    judge: ({ worstTrade }, rules) =>
      rules.worstTrade === null
        ? null
        : judgeBound(worstTrade, {
            sample: trades(rules),
            holds: (value) => value > (rules.worstTrade ?? 0),
            isFinal: true,
            needs: `above ${percent(rules.worstTrade)} of capital`,
          }),
  },
  {
    name: "calibration",
    judge: ({ calibration }, { maxBrierExcess: max, minScoredGames }) =>
      max === null
        ? null
        : judgeBound(calibration, {
            sample: minScoredGames,
            holds: (value) => value <= max,
            needs: `Brier score at most ${max} above the market's, over ${minScoredGames} games`,
          }),
  },
  {
    name: "fill_rate",
    judge: ({ fillRateGap }, rules) =>
      rules.maxFillRateGap === null
        ? null
        : judgeBound(fillRateGap, {
            sample: trades(rules),
            holds: (value) => Math.abs(value) <= (rules.maxFillRateGap ?? 0),
            needs: `within ${percent(rules.maxFillRateGap)} of what the plans expected`,
          }),
  },
  {
    name: "slippage",
    judge: ({ slippageCents }, rules) =>
      rules.maxSlippageCents === null
        ? null
        : judgeBound(slippageCents, {
            sample: trades(rules),
            holds: (value) => value <= (rules.maxSlippageCents ?? 0),
            needs: `fills at most ${rules.maxSlippageCents} cents worse than planned`,
          }),
  },
  {
    name: "limit_breaches",
    judge: ({ limitBreaches }, { maxLimitBreaches: max, minNights }) =>
      judgeBound(limitBreaches, {
        sample: minNights,
        holds: (value) => value <= max,
        isFinal: true,
        needs: `at most ${max}`,
      }),
  },
  {
    name: "incidents",
    judge: ({ incidents }, { maxIncidents: max, minNights }) =>
      judgeBound(incidents, {
        sample: minNights,
        holds: (value) => value <= max,
        isFinal: true,
        needs: `at most ${max}`,
      }),
  },
  drill("kill_drill", ({ killDrillAgeDays }) => killDrillAgeDays, "killDrillMaxAgeDays"),
  drill(
    "restore_drill",
    ({ restoreDrillAgeDays }) => restoreDrillAgeDays,
    "restoreDrillMaxAgeDays",
  ),
  {
    name: "live_divergence",
    judge: ({ liveDivergence }, { maxLiveDivergence: max, minReturnDays }) =>
      max === null
        ? null
        : judgeBound(liveDivergence, {
            sample: minReturnDays,
            holds: (value) => value < max,
            needs: `live returns less than ${percent(max)} away from paper's`,
          }),
  },
  {
    name: "validation",
    judge: ({ validation }, { validationMaxAgeDays: max }) =>
      max === null ? null : judgeValidation(validation, max),
  },
];

/** Names of all conditions that a gate can ask, in the sequence they are shown. */
export const CONDITION_NAMES: readonly string[] = CONDITIONS.map(({ name }) => name);

function drill(
  name: string,
  read: (facts: GateFacts) => Estimate,
  rule: "killDrillMaxAgeDays" | "restoreDrillMaxAgeDays",
): Condition {
  return {
    name,
    judge: (facts, rules) => {
      const max = rules[rule];
      if (max === null) return null;
      return judgeBound(read(facts), {
        sample: 1,
        holds: (value) => value >= 0 && value <= max,
        needs: `passed within ${max} days`,
      });
    },
  };
}
