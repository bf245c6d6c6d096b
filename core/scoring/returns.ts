import { assert } from "../domain/assert.ts";
import { isTradingDate, type TradingDate } from "../domain/time.ts";
import { blockBootstrap } from "./inference/block-bootstrap.ts";
import type { Resampling } from "./inference/bootstrap.ts";
import type { Estimate } from "./inference/estimate.ts";
import { type DatedResult, netOf } from "./results.ts";

const DAY_MS = 86_400_000;
/** Days of a year on which these markets trade: all of them. */
const DAYS_A_YEAR = 365;

/** What one calendar day brought on the capital at work. */
export interface DailyReturn {
  readonly date: TradingDate;
  /** Net of fees, micro-dollars, of the positions that ended on the day. */
  readonly net: number;
  /** `net` over the capital of that day. */
  readonly share: number;
}

/** Days of a window, both ends included, and the capital that each had. */
export interface Window {
  readonly from: TradingDate;
  readonly to: TradingDate;
  /** Micro-dollars at work on a day: the stage's capital, whether or not it was used. */
  readonly capitalOn: (date: TradingDate) => number;
}

/**
 * Daily net returns on capital, one for every calendar day of the window: a day on which no
 * position ended returned 0. Simple returns on a capital that is given, not compounded.
 *
 * @throws InvariantError when a result lies outside the window, a date is none, or a day's capital
 * is not positive.
 */
export function dailyReturns(
  results: readonly DatedResult[],
  { from, to, capitalOn }: Window,
): readonly DailyReturn[] {
  const nets = new Map<TradingDate, number>(datesBetween(from, to).map((date) => [date, 0]));
  for (const result of results) {
    const net = nets.get(result.date);
    assert(net !== undefined, `${result.date} lies between ${from} and ${to}`);
    nets.set(result.date, net + netOf(result));
  }
  return [...nets].map(([date, net]) => {
    const capital = capitalOn(date);
    assert(capital > 0, "a day's capital > 0");
    return { date, net, share: net / capital };
  });
}

/** What seven days brought, or what is left of them at the window's end. */
export interface WeeklyReturn {
  readonly from: TradingDate;
  readonly to: TradingDate;
  /** 7, or fewer in the last week. */
  readonly days: number;
  /** Net of fees, micro-dollars. */
  readonly net: number;
  /** Sum of the daily returns. */
  readonly share: number;
}

/** Sums daily returns by weeks of seven days counted from the first day, not from a Monday. */
export function weeklyReturns(daily: readonly DailyReturn[]): readonly WeeklyReturn[] {
  const weeks: WeeklyReturn[] = [];
  for (let start = 0; start < daily.length; start += 7) {
    const week = daily.slice(start, start + 7);
    const [first] = week;
    const last = week.at(-1);
    if (!first || !last) continue;
    weeks.push({
      from: first.date,
      to: last.date,
      days: week.length,
      net: week.reduce((sum, { net }) => sum + net, 0),
      share: week.reduce((sum, { share }) => sum + share, 0),
    });
  }
  return weeks;
}

/**
 * Total return on capital: the sum of the daily returns, net of fees, with a stationary-bootstrap
 * interval for what such a stretch of days brings.
 */
export function totalReturn(daily: readonly DailyReturn[], resampling: Resampling): Estimate {
  return blockBootstrap(sharesOf(daily), [itself], ([sum = 0]) => sum, resampling);
}

/**
 * Sharpe ratio of daily net returns, a year: mean over standard deviation (n - 1), times the root
 * of 365, over every calendar day of the window and with no riskless return taken off.
 *
 * Source: Sharpe (1994), "The Sharpe ratio", Journal of Portfolio Management 21(1). Interval: the
 * stationary bootstrap of `blockBootstrap`. Lacking (`undefined_value`) when the days do not vary.
 */
export function sharpeRatio(daily: readonly DailyReturn[], resampling: Resampling): Estimate {
  return blockBootstrap(sharesOf(daily), [itself, square, one], yearlySharpe, resampling);
}

function yearlySharpe([sum = 0, squares = 0, days = 0]: Float64Array): number {
  const variance = (squares - sum ** 2 / days) / (days - 1);
  // What rounding leaves of days that do not vary is no variance.
  if (!(variance > 1e-12 * (squares / days))) return Number.NaN;
  return (sum / days / Math.sqrt(variance)) * Math.sqrt(DAYS_A_YEAR);
}

/**
 * Sortino ratio of daily net returns, a year: mean over the root of the mean square of what fell
 * below 0 (days above count as 0), times the root of 365; conventions as for `sharpeRatio`.
 *
 * Source: Sortino and van der Meer (1991), "Downside risk", Journal of Portfolio Management 17(4).
 * Lacking (`undefined_value`) when no day lost.
 */
export function sortinoRatio(daily: readonly DailyReturn[], resampling: Resampling): Estimate {
  const below = (share: number): number => Math.min(0, share) ** 2;
  return blockBootstrap(
    sharesOf(daily),
    [itself, below, one],
    ([sum = 0, squares = 0, days = 0]) =>
      (sum / days / Math.sqrt(squares / days)) * Math.sqrt(DAYS_A_YEAR),
    resampling,
  );
}

/** The dates from one to another, both included. */
function datesBetween(from: TradingDate, to: TradingDate): readonly TradingDate[] {
  assert(isTradingDate(from) && isTradingDate(to) && from <= to, "a window runs from date to date");
  const first = Date.parse(`${from}T00:00:00Z`);
  const days = (Date.parse(`${to}T00:00:00Z`) - first) / DAY_MS;
  return Array.from({ length: days + 1 }, (_, day) =>
    new Date(first + day * DAY_MS).toISOString().slice(0, 10),
  );
}

function sharesOf(daily: readonly DailyReturn[]): readonly number[] {
  return daily.map(({ share }) => share);
}

function itself(value: number): number {
  return value;
}

function square(value: number): number {
  return value * value;
}

function one(): number {
  return 1;
}
