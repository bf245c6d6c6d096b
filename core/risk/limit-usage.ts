import type { Activity, RiskLimits } from "../domain/risk.ts";
import {
  type AtRisk,
  bankroll,
  bitcoinHour,
  capitalAtRisk,
  type Exposed,
  gameGroup,
  isOfSlate,
  lostForGood,
  marketLoss,
  openOccasions,
  positionLoss,
  slateGroup,
  totalAtRisk,
} from "./exposure.ts";
import { LOSS_BREAKERS, triggerNumbers } from "./loss-triggers.ts";
import { type LossFacts, measureLosses } from "./losses.ts";

/** What the use of limits is measured from, at one moment. */
export type UsageFacts = LossFacts &
  Exposed & {
    readonly activity: Pick<Activity, "entriesToday" | "entriesThisHour" | "cycleNotional">;
  };

/** How far one limit is used. */
export interface LimitUsage {
  /** Code of the rule or breaker that enforces it. */
  readonly limit: string;
  /** What it is used by, where the limit is of each market, game, hour or strategy; the worst of them. */
  readonly by: string | null;
  /** In the limit's own unit; losses below zero are gains. */
  readonly used: number;
  readonly max: number;
}

/** How far every limit that accumulates is used: caps, throttles and loss triggers. No order is judged here. */
export function limitUsage(facts: UsageFacts, limits: RiskLimits): readonly LimitUsage[] {
  const { activity } = facts;
  const atRisk = totalAtRisk(facts);
  const whole = (limit: string, used: number, max: number): LimitUsage => ({
    limit,
    by: null,
    used,
    max,
  });
  const losses = measureLosses(facts);
  return [
    ...LOSS_BREAKERS.map((breaker) => {
      const { value, limit } = triggerNumbers(breaker, losses, limits);
      return whole(breaker, value, limit);
    }),
    whole("exposure_cap", atRisk, limits.exposureCap),
    whole("total_capital", atRisk + lostForGood(facts), limits.maxTotalCapital),
    whole("bankroll_slice", atRisk, limits.bankrollSlice * bankroll(facts)),
    whole("open_positions", openOccasions(facts), limits.maxOpenPositions),
    whole("trades_per_day", activity.entriesToday, limits.maxTradesPerDay),
    whole("trades_per_hour", activity.entriesThisHour, limits.maxTradesPerHour),
    whole("cycle_notional", activity.cycleNotional, limits.maxNotionalPerCycle),
    ...worstOfEach(facts, limits),
  ];
}

function worstOfEach(facts: Exposed, limits: RiskLimits): readonly LimitUsage[] {
  const ours = [...facts.holdings.filter(({ count }) => count !== 0), ...facts.openOrders];
  const items: readonly AtRisk[] = [...ours, ...facts.foreign];
  const grouped = (
    limit: string,
    max: number,
    nameOf: (item: AtRisk) => string | null,
    isIn = (item: AtRisk, name: string) => nameOf(item) === name,
  ): LimitUsage | null =>
    worst(items, nameOf, (name) => ({
      limit,
      by: name,
      used: capitalAtRisk(facts, (item) => isIn(item, name)),
      max,
    }));
  return [
    worst(
      items,
      ({ marketTicker }) => marketTicker,
      (name) => ({
        limit: "market_loss",
        by: name,
        used: marketLoss(facts, name),
        max: limits.maxLossPerMarket,
      }),
    ),
    worst(
      ours,
      ({ marketTicker, strategy }) => `${marketTicker} ${strategy}`,
      (name) => {
        const [ticker = "", strategy = ""] = name.split(" ");
        const used = positionLoss(facts, ticker, strategy);
        return { limit: "position_size", by: name, used, max: limits.maxPositionSize };
      },
    ),
    grouped("game_loss", limits.maxLossPerGame, gameGroup),
    grouped("slate_loss", limits.maxLossPerSlate, slateGroup, isOfSlate),
    grouped("bitcoin_hour_loss", limits.maxLossPerBitcoinHour, ({ marketTicker }) =>
      bitcoinHour(marketTicker),
    ),
    worst(
      ours,
      ({ strategy }) => strategy,
      (name) => ({
        limit: "strategy_capital",
        by: name,
        used: capitalAtRisk(facts, ({ strategy }) => strategy === name),
        max: Object.entries(limits.maxStrategyCapital).find(([one]) => one === name)?.[1] ?? 0,
      }),
    ),
  ].flatMap((usage) => usage ?? []);
}

function worst<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string | null,
  measure: (name: string) => LimitUsage,
): LimitUsage | null {
  const names = new Set(items.flatMap((item) => nameOf(item) ?? []));
  return [...names]
    .map(measure)
    .reduce<LimitUsage | null>((a, b) => (a !== null && share(a) >= share(b) ? a : b), null);
}

/** From this share of a limit on somebody is told, and of the daily loss as a critical alert. */
const TOLD_FROM_SHARE = 0.6;
const CRITICAL_FROM_SHARE = 0.8;

/** Alarm code of a limit that is used by 60 % or more; its field is the limit's code. */
export const LIMIT_NEAR = "limit_near";
/** Alarm code of 80 % of the daily loss: the limit that ends the day. */
export const DAILY_LOSS_NEAR = "daily_loss_near";

/** What is to be told of the use of limits. */
export interface UsageAlarm {
  readonly code: typeof LIMIT_NEAR | typeof DAILY_LOSS_NEAR;
  readonly severity: "warning" | "critical";
  readonly field: string;
  readonly percent: number;
  readonly usage: LimitUsage;
}

/** Which uses of limits are to be told. A number that is not finite counts as a limit used up. */
export function usageAlarms(usages: readonly LimitUsage[]): readonly UsageAlarm[] {
  return usages.flatMap((usage): readonly UsageAlarm[] => {
    const used = share(usage);
    const tell = { field: usage.limit, percent: Math.round(used * 100), usage };
    const isNear = used >= TOLD_FROM_SHARE;
    const isCritical = usage.limit === "daily_loss" && used >= CRITICAL_FROM_SHARE;
    return [
      ...(isNear ? [{ ...tell, code: LIMIT_NEAR, severity: "warning" } as const] : []),
      ...(isCritical ? [{ ...tell, code: DAILY_LOSS_NEAR, severity: "critical" } as const] : []),
    ];
  });
}

/** Of a limit of 0 anything at all is all of it, and so is a number that is none. */
function share({ used, max }: LimitUsage): number {
  if (used <= 0) return 0;
  const value = used / max;
  return Number.isFinite(value) ? value : 1;
}
