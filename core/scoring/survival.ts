import { assert } from "../domain/assert.ts";
import type { Chance } from "./inference/chance.ts";
import { CLUSTERS_MIN, type Interval, type Lack } from "./inference/estimate.ts";
import { ascendingQuantile } from "./inference/moments.ts";
import { wilsonInterval } from "./inference/proportion.ts";

/** What can befall a future: each loss limit that halts entries, and the end of the money. */
export const PERILS = [
  "dailyLoss",
  "weeklyLoss",
  "singleTradeLoss",
  "consecutiveLosses",
  "drawdown",
  "ruin",
] as const;
/** One of them. */
type Peril = (typeof PERILS)[number];

/** A future to be played many times. */
export interface SurvivalPlan {
  /**
   * The calendar days seen: net results of the trades that ended on each, as shares of the capital
   * then at work; a day off has none.
   */
  readonly seen: readonly (readonly number[])[];
  /** Micro-dollars at work, such as this stage's capital or the next one's. */
  readonly capital: number;
  /** Days played. */
  readonly days: number;
  /** Losses at which limits bind: micro-dollars, losing trades in a row, and a share of the mark. */
  readonly dailyLoss: number;
  readonly weeklyLoss: number;
  readonly singleTradeLoss: number;
  readonly consecutiveLosses: number;
  readonly drawdownShare: number;
  /** Equity at or below which all is over, micro-dollars; 0 unless stated. */
  readonly ruinEquity?: number;
  /** Futures played; 10,000 unless stated. */
  readonly paths?: number;
}

/** How often something happened in the futures played. */
interface Frequency {
  readonly probability: number;
  /** Wilson's 95 % interval: what playing more futures could still change, not what days not seen could. */
  readonly interval: Interval | null;
}

/** What futures made of the days seen hold: the probability of meeting each peril at least once. */
export interface Survival extends Readonly<Record<Peril, Frequency | null>> {
  /** Days seen, and those among them on which a trade ended. */
  readonly n: number;
  readonly clusters: number;
  readonly paths: number;
  /** Equity at the end, micro-dollars: 5 %, 50 % and 95 % of the futures end below. */
  readonly endEquity: { readonly p5: number; readonly p50: number; readonly p95: number } | null;
  readonly lack: Lack | null;
}

/**
 * Monte-Carlo survival: futures made of whole days drawn with replacement from those seen, on a
 * fixed capital (results scale with it and are not compounded; limits do not). Weeks are seven days
 * from the first. A future goes on after a limit, and ends at ruin.
 *
 * Days are drawn one by one, and the trades of one end in a sequence drawn anew each time: losing
 * streaks beyond chance are not in it, nor is what stood open within a day.
 *
 * @returns `too_few_clusters` with fewer than `CLUSTERS_MIN` days with a trade: they hold too few bad ones.
 * @throws InvariantError unless capital, days, limits and paths are positive.
 */
export function survival(plan: SurvivalPlan, chance: Chance): Survival {
  const { seen, capital, days, paths = 10_000 } = plan;
  const { dailyLoss, weeklyLoss, singleTradeLoss, consecutiveLosses, drawdownShare } = plan;
  const limits = [dailyLoss, weeklyLoss, singleTradeLoss, consecutiveLosses, drawdownShare];
  assert(
    [capital, days, paths, ...limits].every((value) => value > 0),
    "capital, days, paths and limits > 0",
  );
  const n = seen.length;
  const clusters = seen.filter((trades) => trades.length > 0).length;
  if (clusters < CLUSTERS_MIN) {
    const lack = clusters === 0 ? "empty_sample" : "too_few_clusters";
    return { n, clusters, paths: 0, ...byPeril(() => null), endEquity: null, lack };
  }
  const met = byPeril(() => 0);
  const ends = new Float64Array(paths);
  const drawable = seen.map((trades) => daySeen(trades, capital));
  for (let path = 0; path < paths; path += 1) {
    const future = playFuture(plan, drawable, chance);
    for (const peril of PERILS) met[peril] += Number(future.met[peril]);
    ends[path] = future.equity;
  }
  ends.sort();
  return {
    n,
    clusters,
    paths,
    ...byPeril((peril) => ({
      probability: met[peril] / paths,
      interval: wilsonInterval(met[peril], paths),
    })),
    endEquity: {
      p5: ascendingQuantile(ends, 0.05),
      p50: ascendingQuantile(ends, 0.5),
      p95: ascendingQuantile(ends, 0.95),
    },
    lack: null,
  };
}

function byPeril<Value>(value: (peril: Peril) => Value): Record<Peril, Value> {
  return {
    dailyLoss: value("dailyLoss"),
    weeklyLoss: value("weeklyLoss"),
    singleTradeLoss: value("singleTradeLoss"),
    consecutiveLosses: value("consecutiveLosses"),
    drawdown: value("drawdown"),
    ruin: value("ruin"),
  };
}

/** A day as it is drawn, at the capital played; micro-dollars. */
interface DrawableDay {
  readonly net: number;
  /** The worst trade; 0 when none lost. */
  readonly worst: number;
  readonly trades: number;
  readonly losses: number;
}

function daySeen(trades: readonly number[], capital: number): DrawableDay {
  return {
    net: trades.reduce((sum, share) => sum + share, 0) * capital,
    worst: Math.min(0, ...trades) * capital,
    trades: trades.length,
    losses: trades.filter((share) => share < 0).length,
  };
}

interface Future {
  equity: number;
  readonly met: Record<Peril, boolean>;
}

function playFuture(plan: SurvivalPlan, seen: readonly DrawableDay[], chance: Chance): Future {
  const { capital, days, ruinEquity = 0 } = plan;
  const met = byPeril(() => false);
  let equity = capital;
  let mark = capital;
  let week = 0;
  let streak = 0;
  for (let number = 0; number < days && !met.ruin; number += 1) {
    const day = seen[chance.below(seen.length)];
    if (!day) break;
    if (number % 7 === 0) week = 0;
    week += day.net;
    equity += day.net;
    mark = Math.max(mark, equity);
    const streaks = streaksOf(day, streak, chance);
    streak = streaks.last;
    met.dailyLoss ||= day.net <= -plan.dailyLoss;
    met.weeklyLoss ||= week <= -plan.weeklyLoss;
    met.singleTradeLoss ||= day.worst <= -plan.singleTradeLoss;
    met.consecutiveLosses ||= streaks.longest >= plan.consecutiveLosses;
    met.drawdown ||= mark - equity >= plan.drawdownShare * mark;
    met.ruin = equity <= ruinEquity;
  }
  return { equity, met };
}

/** Losing trades in a row as a day goes on from what stood before it, its trades in any sequence. */
function streaksOf(
  { trades, losses }: DrawableDay,
  before: number,
  chance: Chance,
): { readonly longest: number; readonly last: number } {
  let longest = before;
  let last = before;
  let lossesLeft = losses;
  for (let left = trades; left > 0; left -= 1) {
    const isLoss = chance.below(left) < lossesLeft;
    if (isLoss) lossesLeft -= 1;
    last = isLoss ? last + 1 : 0;
    longest = Math.max(longest, last);
  }
  return { longest, last };
}
