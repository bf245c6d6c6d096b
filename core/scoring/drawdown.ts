import { assert } from "../domain/assert.ts";
import { type Instant, instant } from "../domain/units.ts";
import type { DailyReturn } from "./returns.ts";

const DAY_MS = 86_400_000;

/** The worth of an account at one instant: cash and what is held, micro-dollars. */
export interface EquityPoint {
  readonly at: Instant;
  readonly equity: number;
}

/** A fall from a high-water mark. One path was seen, so that there is no interval. */
export interface Drawdown {
  /** Points on the path. */
  readonly n: number;
  /** Deepest fall below the mark over the mark, 0 to 1 or more; null for an empty path. */
  readonly share: number | null;
  /** The same fall, micro-dollars. */
  readonly depth: number | null;
  /** When the mark was last set before the fall; null when there was none. */
  readonly peakAt: Instant | null;
  readonly troughAt: Instant | null;
  /** When the mark was reached again; null while it is not. */
  readonly recoveredAt: Instant | null;
  /** From mark to recovery, or to the path's end while there is none. Milliseconds. */
  readonly durationMs: number | null;
  /** The longest time below any mark, be it as shallow as it may. Milliseconds. */
  readonly longestMs: number | null;
}

/**
 * The deepest drawdown of a path of equity, relative to its high-water mark, with its duration.
 * The capital at the start belongs on the path as its first point. Of equally deep ones the first.
 *
 * @throws InvariantError when instants do not ascend or a mark is not positive.
 */
export function maxDrawdown(path: readonly EquityPoint[]): Drawdown {
  const falls = fallsOf(path);
  const n = path.length;
  const none = n === 0 ? null : 0;
  const longestMs = falls.reduce((most, fall) => Math.max(most, fall.endAt - fall.peak.at), 0);
  const deepest = falls.reduce<Fall | null>((most, fall) => {
    return most === null || shareOf(fall) > shareOf(most) ? fall : most;
  }, null);
  if (deepest === null) {
    return {
      n,
      share: none,
      depth: none,
      peakAt: null,
      troughAt: null,
      recoveredAt: null,
      durationMs: none,
      longestMs: none,
    };
  }
  return {
    n,
    share: shareOf(deepest),
    depth: deepest.peak.equity - deepest.trough.equity,
    peakAt: deepest.peak.at,
    troughAt: deepest.trough.at,
    recoveredAt: deepest.isRecovered ? deepest.endAt : null,
    durationMs: deepest.endAt - deepest.peak.at,
    longestMs,
  };
}

/**
 * The deepest drawdown of the equity at the ends of days, from the capital at the end of the day
 * before the first: a fall on the first day lasted one day.
 *
 * @param daily days in sequence; nets in micro-dollars, as is the capital.
 */
export function dailyDrawdown(daily: readonly DailyReturn[], capital: number): Drawdown {
  let equity = capital;
  const path = daily.map(({ date, net }) => {
    equity += net;
    return { at: instant(Date.parse(date)), equity };
  });
  const [first] = path;
  return maxDrawdown(first ? [{ at: instant(first.at - DAY_MS), equity: capital }, ...path] : []);
}

interface Fall {
  readonly peak: EquityPoint;
  trough: EquityPoint;
  endAt: Instant;
  isRecovered: boolean;
}

function fallsOf(path: readonly EquityPoint[]): readonly Fall[] {
  const falls: Fall[] = [];
  let peak: EquityPoint | null = null;
  let open: Fall | null = null;
  let before = -Infinity;
  for (const point of path) {
    assert(point.at >= before, "a path's instants ascend");
    before = point.at;
    if (peak === null || point.equity >= peak.equity) {
      assert(point.equity > 0, "a high-water mark > 0");
      if (open) Object.assign(open, { endAt: point.at, isRecovered: true });
      open = null;
      peak = point;
      continue;
    }
    if (open === null) {
      open = { peak, trough: point, endAt: point.at, isRecovered: false };
      falls.push(open);
    }
    if (point.equity < open.trough.equity) open.trough = point;
    open.endAt = point.at;
  }
  return falls;
}

function shareOf({ peak, trough }: Fall): number {
  return (peak.equity - trough.equity) / peak.equity;
}
