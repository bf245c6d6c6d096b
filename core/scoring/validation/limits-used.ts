import { mondayOf, type TradingDate } from "../../domain/time.ts";
import type { DailyReturn } from "../returns.ts";
import type { ReviewFacts } from "./review.ts";
import type { StageTerms } from "./validate.ts";

/** What the use of limits in a week is found from. Micro-dollars. */
export interface WeekOfLimits {
  /** Every calendar day up to the week's end, those before the week too: a fall begins where it began. */
  readonly days: readonly Pick<DailyReturn, "date" | "net">[];
  /** The week's first day. */
  readonly from: TradingDate;
  /** Net result of the week's worst position; 0 where none lost. */
  readonly worstTrade: number;
  /** What alarms told of while it was used, open positions marked, each in its own unit. */
  readonly told: readonly {
    readonly limit: string;
    readonly used: number;
    readonly max: number;
  }[];
  /** Days of drawdown breakers that a person has released: the fall is measured anew after them. */
  readonly released: readonly TradingDate[];
  readonly terms: Pick<
    StageTerms,
    "capital" | "dailyLoss" | "weeklyLoss" | "singleTradeLoss" | "drawdownShare"
  >;
}

/**
 * The most that a week used of each limit, as shares of it: of losses the larger of what the results
 * of its days and its alarms say, which see what days do not; of all others what alarms told.
 */
export function limitsUsed(week: WeekOfLimits): ReviewFacts["limits"] {
  const { terms, told, worstTrade } = week;
  const most = mostLost(week);
  const used = new Map([
    ["daily_loss", most.daily / terms.dailyLoss],
    ["single_trade_loss", Math.max(0, -worstTrade) / terms.singleTradeLoss],
    ["weekly_loss", most.weekly / terms.weeklyLoss],
    ["drawdown", most.fall / terms.drawdownShare],
  ]);
  // A number that is none stays so: it counts as a limit that was reached.
  for (const { limit, used: own, max } of told) {
    used.set(limit, Math.max(used.get(limit) ?? 0, own / max));
  }
  return [...used].map(([limit, share]) => ({ limit, share }));
}

/**
 * The most that was lost at the end of any day of the week: that day, since its Monday, where the loss
 * limit's weeks begin, and from the highest equity before, as a share of it.
 */
function mostLost({ days, from, released, terms: { capital } }: WeekOfLimits) {
  const most = { daily: 0, weekly: 0, fall: 0 };
  let [equity, highest, sinceMonday, monday] = [capital, capital, 0, ""];
  for (const { date, net } of days) {
    if (mondayOf(date) !== monday) [sinceMonday, monday] = [0, mondayOf(date)];
    sinceMonday += net;
    equity += net;
    highest = Math.max(highest, equity);
    if (date >= from) {
      most.daily = Math.max(most.daily, -net);
      most.weekly = Math.max(most.weekly, -sinceMonday);
      most.fall = Math.max(most.fall, (highest - equity) / highest);
    }
    if (released.includes(date)) highest = equity;
  }
  return most;
}
