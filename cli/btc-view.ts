import type { Db } from "../schema/database.ts";
import { easternClock, easternDate, easternInstant } from "../core/domain/time.ts";
import { formatUsd, instant } from "../core/domain/units.ts";
import { type BtcStatus, btcStatus } from "../schema/queries/btc-status.ts";
import { healthJson, healthLines } from "./btc-health-view.ts";
import { age, ageOf } from "./btc-ages.ts";
import type { ScreenClock } from "./live-view.ts";
import { table } from "./output.ts";

type SeriesStatus = BtcStatus["series"][number];

/** Cycles over which edges are averaged. */
const CYCLES = 30;
/** Coverage is of the last ten minutes of the run, errors and staleness of the last hour. */
const COVERAGE_MS = 10 * 60_000;
const RECENTLY_MS = 3_600_000;
/** A cycle is missed when the next is over as well; whatever the speed, rows take a moment of the wall. */
const LATE_CYCLES = 2;
const LATE_WALL_MS = 5_000;

/** Reads the status of a mode at an instant of its run. */
export async function readBtcStatus(
  db: Db,
  mode: "shadow" | "paper",
  clock: Pick<ScreenClock, "nowMs" | "speed">,
  everyMs: number,
): Promise<BtcStatus> {
  const at = instant(Math.floor(clock.nowMs));
  return btcStatus(db, {
    mode,
    at,
    dayBegan: easternInstant(easternDate(at), 0, 0),
    cycles: CYCLES,
    everyMs,
    coverageMs: COVERAGE_MS,
    lateMs: Math.max(LATE_CYCLES * everyMs, LATE_WALL_MS * clock.speed),
    recently: instant(Math.max(0, at - RECENTLY_MS)),
  });
}

/** The status as people and other programs read it: ages in seconds of the run, money in dollars. */
export function btcStatusJson(status: BtcStatus, now: number): object {
  const { wouldTrades, lastSpot } = status;
  const { gross, fees, net, ...counts } = wouldTrades;
  return {
    series: status.series.map(({ excluded, staleQuotes, ...one }) => ({
      ...one,
      lastQuoteAgeSeconds: ageOf(one.lastQuoteAt, now),
      lastEdgeAgeSeconds: ageOf(one.lastEdgeAt, now),
      lastCycleAgeSeconds: ageOf(one.lastCycleAt, now),
      staleQuotes: countsOf(staleQuotes),
      excluded: countsOf(excluded),
    })),
    lastSpot: lastSpot.map(({ source, at }) => ({ source, at, ageSeconds: ageOf(at, now) })),
    wouldTradesToday: {
      ...counts,
      pnlUsd: { gross: formatUsd(gross), fees: formatUsd(fees), net: formatUsd(net) },
    },
    ...healthJson(status, now),
  };
}

/** The status as a screen: a line a series, the rest below. */
export function btcScreen(status: BtcStatus, clock: ScreenClock): string {
  const { nowMs, speed, isRunning } = clock;
  const { wouldTrades: trades, lastSpot } = status;
  const watched = status.series.filter(isWatched);
  const spot = lastSpot.map(({ source, at }) => `${source} ${age(at, nowMs)}`).join(", ");
  return [
    `${easternClock(nowMs)} ET, x${speed}${isRunning ? "" : ", standing still"}   spot ${spot || "none yet"}`,
    watched.length === 0 ? "no series has been watched yet" : seriesTable(watched, nowMs),
    `would-trades today ${trades.n}, filled ${trades.filled}, settled ${trades.settled}, hits ${trades.hits}, ` +
      `net ${formatUsd(trades.net)} USD after ${formatUsd(trades.fees)} fees`,
    ...healthLines(status, nowMs),
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
      ["stale quotes", "excluded"],
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
      mostOf(countsOf(one.staleQuotes)),
      mostOf(countsOf(one.excluded)),
    ]),
  );
}

/** A series that has cycles, or contracts. */
function isWatched({ lastCycleAt, open, unsettled }: SeriesStatus): boolean {
  return lastCycleAt !== null || open > 0 || unsettled > 0;
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

function number(value: number | null): string {
  return value === null ? "–" : value.toFixed(1);
}

function percent(value: number | null): string {
  return value === null ? "–" : `${(value * 100).toFixed(1)} %`;
}
