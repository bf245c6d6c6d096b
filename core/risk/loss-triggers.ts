import type { KillLevel } from "../domain/kill.ts";
import { type RiskLimits } from "../domain/risk.ts";
import { formatUsd } from "../domain/units.ts";
import type { Losses } from "./losses.ts";

/** Codes of the breakers that losses trip. Stable: rows, alarms and runbooks key on them. */
export const LOSS_BREAKERS = [
  "daily_loss",
  "weekly_loss",
  "single_trade_loss",
  "consecutive_losses",
  "drawdown",
] as const;
/** One of them. */
export type LossBreaker = (typeof LOSS_BREAKERS)[number];

/** A trigger that has fired: what `tripBreaker` is told. */
export interface Fired {
  readonly breaker: LossBreaker;
  readonly cause: string;
  readonly numbers: Readonly<Record<string, number>>;
  readonly level: KillLevel;
}

/**
 * Entries stop and exits go on, locks too: after a loss the reductions of the strategies are wanted most,
 * and a stricter level would refuse or cancel them. A person may throw one.
 */
const LEVEL: KillLevel = "no-entries";

/** How each trigger reads the losses: its value fires at the limit, not only beyond it. */
const TRIGGERS: Readonly<
  Record<
    LossBreaker,
    {
      readonly value: (losses: Losses) => number;
      readonly limit: (limits: RiskLimits) => number;
      readonly what: string;
      readonly show: (value: number) => string;
    }
  >
> = {
  daily_loss: {
    value: ({ daily }) => daily,
    limit: ({ maxDailyLoss }) => maxDailyLoss,
    what: "lost today, USD",
    show: showUsd,
  },
  weekly_loss: {
    value: ({ weekly }) => weekly,
    limit: ({ maxWeeklyLoss }) => maxWeeklyLoss,
    what: "lost this week, USD",
    show: showUsd,
  },
  single_trade_loss: {
    value: ({ worstTrade }) => worstTrade,
    limit: ({ maxSingleTradeLoss }) => maxSingleTradeLoss,
    what: "lost in one trade, USD",
    show: showUsd,
  },
  consecutive_losses: {
    value: ({ streak }) => streak,
    limit: ({ consecutiveLossesHalt }) => consecutiveLossesHalt,
    what: "losing trades in a row",
    show: String,
  },
  drawdown: {
    value: ({ drawdownPct }) => drawdownPct,
    limit: ({ drawdownHaltPct }) => drawdownHaltPct,
    what: "percent below the highest equity",
    show: (value) => value.toFixed(2),
  },
};

/** The value of a trigger and its limit, in its own unit. */
export function triggerNumbers(
  breaker: LossBreaker,
  losses: Losses,
  limits: RiskLimits,
): { readonly value: number; readonly limit: number } {
  const { value, limit } = TRIGGERS[breaker];
  return { value: value(losses), limit: limit(limits) };
}

/** Whether a trigger has fired: its loss has come to the limit. A number that is not finite fires. */
export function hasFired({ value, limit }: { value: number; limit: number }): boolean {
  return !(Number.isFinite(value) && Number.isFinite(limit) && value < limit);
}

/**
 * The triggers that fire on these losses; none trips on a market whose book was never seen. Pure: called
 * in the risk transaction before each order, after fills and settlements, and by reconciliation.
 */
export function lossTriggers(losses: Losses, limits: RiskLimits): readonly Fired[] {
  return LOSS_BREAKERS.flatMap((breaker): Fired[] => {
    const numbers = triggerNumbers(breaker, losses, limits);
    if (!hasFired(numbers)) return [];
    const { what, show } = TRIGGERS[breaker];
    const cause = `${show(numbers.value)} ${what}, limit ${show(numbers.limit)}`;
    return [{ breaker, cause, numbers: { ...numbers, result: losses.result }, level: LEVEL }];
  });
}

function showUsd(micros: number): string {
  return Number.isSafeInteger(micros) ? formatUsd(micros) : String(micros);
}
