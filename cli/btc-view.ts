import type { Db } from "../schema/database.ts";
import { easternClock, easternDate, easternInstant } from "../core/domain/time.ts";
import { formatUsd, type Instant, instant } from "../core/domain/units.ts";
import { type BtcStatus, btcStatus } from "../schema/queries/btc-status.ts";
import type { ScreenClock } from "./live-view.ts";
import { table } from "./output.ts";

type SeriesStatus = BtcStatus["series"][number];

/** Cycles over which edges and coverage are averaged. */
const CYCLES = 30;

/** Reads the status of a mode at an instant of its run. */
export async function readBtcStatus(
  db: Db,
  mode: "shadow" | "paper",
  now: number,
): Promise<BtcStatus> {
  const at = instant(Math.floor(now));
  const dayBegan = easternInstant(easternDate(at), 0, 0);
  return btcStatus(db, { mode, at, dayBegan, cycles: CYCLES });
}

/** The status as people and other programs read it: ages in seconds of the run, money in dollars. */
export function btcStatusJson(status: BtcStatus, now: number): object {
  const { wouldTrades, lastSpot, openGaps } = status;
  const { gross, fees, net, ...counts } = wouldTrades;
  return {
    series: status.series.map(({ excluded, ...one }) => ({
      ...one,
      lastQuoteAgeSeconds: ageOf(one.lastQuoteAt, now),
      lastEdgeAgeSeconds: ageOf(one.lastEdgeAt, now),
      lastCycleAgeSeconds: ageOf(one.lastCycleAt, now),
      excluded: countsOf(excluded),
    })),
    lastSpot: lastSpot.map(({ source, at }) => ({ source, at, ageSeconds: ageOf(at, now) })),
    wouldTradesToday: {
      ...counts,
      pnlUsd: { gross: formatUsd(gross), fees: formatUsd(fees), net: formatUsd(net) },
    },
    errors: errorsOf(status.loops),
    loops: status.loops.map(({ name, series, last_at }) => ({
      name,
      series,
      ageSeconds: ageOf(instant(last_at.getTime()), now),
    })),
    openGaps,
  };
}

/** The status as a screen: a line a series, the rest below. */
export function btcScreen(status: BtcStatus, clock: ScreenClock): string {
  const { nowMs, speed, isRunning } = clock;
  const { wouldTrades: trades, lastSpot, openGaps } = status;
  const watched = status.series.filter(isWatched);
  const spot = lastSpot.map(({ source, at }) => `${source} ${age(at, nowMs)}`).join(", ");
  const errors = Object.entries(errorsOf(status.loops)).map(([name, n]) => `${name} ${n}`);
  return [
    `${easternClock(nowMs)} ET, x${speed}${isRunning ? "" : ", standing still"}   spot ${spot || "none yet"}` +
      `   open gaps ${openGaps}`,
    watched.length === 0 ? "no series has been watched yet" : seriesTable(watched, nowMs),
    `would-trades today ${trades.n}, filled ${trades.filled}, settled ${trades.settled}, hits ${trades.hits}, ` +
      `net ${formatUsd(trades.net)} USD after ${formatUsd(trades.fees)} fees`,
    `errors     ${errors.length === 0 ? "none" : errors.join(", ")}`,
  ].join("\n");
}

/** One line a series, for output that is no terminal. */
export function btcLines(status: BtcStatus, nowMs: number): readonly string[] {
  return status.series
    .filter(isWatched)
    .map(
      (one) =>
        `${easternClock(nowMs)} ${one.series}: ${one.open} open, quote ${age(one.lastQuoteAt, nowMs)}, ` +
        `edges a cycle ${number(one.edgesPerCycle)}, coverage ${percent(one.coverage)}, ` +
        `${one.unsettled} to settle, ${one.unscored} to score`,
    );
}

function seriesTable(series: readonly SeriesStatus[], nowMs: number): string {
  return table(
    ["series", "open", "quote", "cycle", "edges/cycle", "coverage", "to settle", "to score"].concat(
      "excluded",
    ),
    series.map((one) => [
      one.series,
      String(one.open),
      age(one.lastQuoteAt, nowMs),
      age(one.lastCycleAt, nowMs),
      number(one.edgesPerCycle),
      percent(one.coverage),
      String(one.unsettled),
      String(one.unscored),
      mostOf(countsOf(one.excluded)),
    ]),
  );
}

/** A series that has cycles, or contracts. */
function isWatched({ lastCycleAt, open, unsettled }: SeriesStatus): boolean {
  return lastCycleAt !== null || open > 0 || unsettled > 0;
}

/** How often each class of error was met, in all loops. */
function errorsOf(loops: BtcStatus["loops"]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const { errors } of loops) {
    for (const [name, n] of Object.entries(countsOf(errors))) sums[name] = (sums[name] ?? 0) + n;
  }
  return sums;
}

/** Boundary: an object of counts, written by us. */
function countsOf(text: string | null): Readonly<Record<string, number>> {
  return text === null ? {} : (JSON.parse(text) as Record<string, number>);
}

function mostOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, n]) => n > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([reason, n]) => `${reason} ${n}`)
    .join(", ");
}

/** Seconds of the run since an instant; null when there is none. */
export function ageOf(at: Instant | null, now: number): number | null {
  return at === null ? null : Math.max(0, Math.round((now - at) / 100) / 10);
}

function age(at: Instant | null, now: number): string {
  const seconds = ageOf(at, now);
  return seconds === null ? "–" : `${seconds.toFixed(1)} s`;
}

function number(value: number | null): string {
  return value === null ? "–" : value.toFixed(1);
}

function percent(value: number | null): string {
  return value === null ? "–" : `${(value * 100).toFixed(1)} %`;
}
