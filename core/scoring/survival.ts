import { assert } from "../domain/assert.ts";
import type { Chance } from "./inference/chance.ts";
import type { Interval, Lack } from "./inference/estimate.ts";
import { ascendingQuantile } from "./inference/moments.ts";
import { wilsonInterval } from "./inference/proportion.ts";

/** Days below which what was seen says too little about what can come. */
const DAYS_MIN = 30;

/** A future to be played many times. */
export interface SurvivalPlan {
  /** Net results of the days seen, as shares of the capital then at work; days off are zeros. */
  readonly dailyShares: readonly number[];
  /** Micro-dollars at work, such as this stage's capital or the next one's. */
  readonly capital: number;
  /** Days played. */
  readonly days: number;
  /** Losses at which limits bind, micro-dollars, and the drawdown as a share of the mark. */
  readonly dailyLoss: number;
  readonly weeklyLoss: number;
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

/** What futures made of the days seen hold. */
export interface Survival {
  /** Days seen. */
  readonly n: number;
  readonly paths: number;
  /** Probability of reaching each limit at least once; null without enough days. */
  readonly dailyLoss: Frequency | null;
  readonly weeklyLoss: Frequency | null;
  readonly drawdown: Frequency | null;
  readonly ruin: Frequency | null;
  /** Equity at the end, micro-dollars: 5 %, 50 % and 95 % of the futures end below. */
  readonly endEquity: { readonly p5: number; readonly p50: number; readonly p95: number } | null;
  readonly lack: Lack | null;
}

/**
 * Monte-Carlo survival: futures made of whole days drawn with replacement from those seen, on a
 * fixed capital (results scale with it and are not compounded). Weeks are seven days from the
 * first. A future goes on after a limit, and ends at ruin.
 *
 * Days are drawn one by one: losing streaks beyond chance are not in it.
 *
 * @returns `too_few_clusters` with fewer than 30 days seen: they hold too few bad ones.
 * @throws InvariantError unless capital, days, limits and paths are positive.
 */
export function survival(plan: SurvivalPlan, chance: Chance): Survival {
  const { dailyShares, capital, days, paths = 10_000 } = plan;
  const { dailyLoss, weeklyLoss, drawdownShare } = plan;
  const positive = [capital, days, paths, dailyLoss, weeklyLoss, drawdownShare];
  assert(
    positive.every((value) => value > 0),
    "capital, days, paths and limits > 0",
  );
  const n = dailyShares.length;
  if (n < DAYS_MIN) {
    const lack = n === 0 ? "empty_sample" : "too_few_clusters";
    return {
      n,
      paths: 0,
      dailyLoss: null,
      weeklyLoss: null,
      drawdown: null,
      ruin: null,
      endEquity: null,
      lack,
    };
  }
  const hits = { dailyLoss: 0, weeklyLoss: 0, drawdown: 0, ruin: 0 };
  const ends = new Float64Array(paths);
  for (let path = 0; path < paths; path += 1) {
    const future = playFuture(plan, chance);
    hits.dailyLoss += Number(future.hasDailyLoss);
    hits.weeklyLoss += Number(future.hasWeeklyLoss);
    hits.drawdown += Number(future.hasDrawdown);
    hits.ruin += Number(future.isRuined);
    ends[path] = future.equity;
  }
  const frequency = (count: number): Frequency => {
    return { probability: count / paths, interval: wilsonInterval(count, paths) };
  };
  ends.sort();
  return {
    n,
    paths,
    dailyLoss: frequency(hits.dailyLoss),
    weeklyLoss: frequency(hits.weeklyLoss),
    drawdown: frequency(hits.drawdown),
    ruin: frequency(hits.ruin),
    endEquity: {
      p5: ascendingQuantile(ends, 0.05),
      p50: ascendingQuantile(ends, 0.5),
      p95: ascendingQuantile(ends, 0.95),
    },
    lack: null,
  };
}

interface Future {
  equity: number;
  hasDailyLoss: boolean;
  hasWeeklyLoss: boolean;
  hasDrawdown: boolean;
  isRuined: boolean;
}

function playFuture(plan: SurvivalPlan, chance: Chance): Future {
  const { dailyShares, capital, days, ruinEquity = 0 } = plan;
  const future: Future = {
    equity: capital,
    hasDailyLoss: false,
    hasWeeklyLoss: false,
    hasDrawdown: false,
    isRuined: false,
  };
  let mark = capital;
  let week = 0;
  for (let day = 0; day < days && !future.isRuined; day += 1) {
    if (day % 7 === 0) week = 0;
    const net = (dailyShares[chance.below(dailyShares.length)] ?? 0) * capital;
    week += net;
    future.equity += net;
    mark = Math.max(mark, future.equity);
    future.hasDailyLoss ||= net <= -plan.dailyLoss;
    future.hasWeeklyLoss ||= week <= -plan.weeklyLoss;
    future.hasDrawdown ||= mark - future.equity >= plan.drawdownShare * mark;
    future.isRuined = future.equity <= ruinEquity;
  }
  return future;
}
