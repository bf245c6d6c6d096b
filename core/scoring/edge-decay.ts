import type { TradingDate } from "../domain/time.ts";
import { groupBy } from "./group.ts";
import { type ChangePoint, changePoint, type Trend, trend } from "./inference/change-point.ts";
import { type DatedResult, netOf } from "./results.ts";

/** What a position brought on each day on which any ended. */
interface EdgeDay {
  readonly date: TradingDate;
  readonly n: number;
  /** Mean after fees, micro-dollars a position. */
  readonly mean: number;
}

/** Whether the edge of a strategy lasts. */
export interface EdgeDecay {
  readonly days: readonly EdgeDay[];
  /** Whether its level broke, with the date of the first day after the most likely break. */
  readonly change: ChangePoint;
  readonly changedOn: TradingDate | null;
  /** Whether it wanes slowly: micro-dollars a position and day. */
  readonly trend: Trend;
  /** `breaks` and `wanes` only downwards, at 5 % shared by the two tests; null with too few days. */
  readonly verdict: "breaks" | "wanes" | "lasts" | null;
}

/**
 * Tests the edge over time for a break (CUSUM) and for a slow decline (least squares). Days are
 * taken as they come, whatever lies between them, and each counts the same.
 *
 * Source: `changePoint` and `trend`; the two share their 5 % by Bonferroni.
 */
export function edgeDecay(results: readonly DatedResult[]): EdgeDecay {
  const days = [...groupBy(results, ({ date }) => date)]
    .map(([date, own]) => {
      const n = own.length;
      return { date, n, mean: own.reduce((sum, result) => sum + netOf(result), 0) / n };
    })
    .sort((a, b) => (a.date < b.date ? -1 : 1));
  const series = days.map(({ mean }) => mean);
  const change = changePoint(series);
  const line = trend(series);
  return {
    days,
    change,
    changedOn: change.index === null ? null : (days[change.index]?.date ?? null),
    trend: line,
    verdict: verdictOf(change, line),
  };
}

/** Of two tests each at 2.5 %. */
const LEVEL = 0.025;

function verdictOf(change: ChangePoint, line: Trend): EdgeDecay["verdict"] {
  if (change.p === null) return null;
  const isLower = (change.meanAfter ?? 0) < (change.meanBefore ?? 0);
  if (isLower && change.p < LEVEL) return "breaks";
  return (line.slope ?? 0) < 0 && (line.p ?? 1) < LEVEL ? "wanes" : "lasts";
}
