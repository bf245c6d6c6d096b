import { BTC_SERIES } from "../../../core/domain/btc-contract.ts";
import type { Mode } from "../../../core/domain/decision.ts";
import type { TradingDate } from "../../../core/domain/time.ts";
import { type Instant, instant } from "../../../core/domain/units.ts";
import { HORIZON_MINUTES } from "../../../core/scoring/btc-horizons.ts";
import type { Db } from "../../../schema/database.ts";
import {
  type BtcGapRow,
  findGaps,
  FOUND,
  gapsWithin,
  recordGap,
} from "../../../schema/queries/btc-gaps.ts";
import {
  bucketScores,
  edgesPerCycle,
  horizonSnapshots,
  reportContracts,
} from "../../../schema/queries/btc-report.ts";
import {
  closedWouldTrades,
  cycleSums,
  edgePaths,
  type SeriesCoverage,
  snapshotCoverage,
  spotSourceOf,
  watchedSince,
} from "../../../schema/queries/btc-report-day.ts";
import { drawnContracts } from "./build.ts";
import type { BtcReportInputs, ReportKind } from "./inputs.ts";
import { spanOf } from "./window.ts";

/** Which report. */
export interface ReportRequest {
  readonly mode: Mode;
  readonly date: TradingDate;
  readonly kind: ReportKind;
}

/** A snapshot at most so much older than the horizon's instant still speaks for it: one minute. */
const MAX_AGE_MS = 60_000;

/** Reads all that a report is made of, of a date that is not over up to `now`. */
export async function loadBtcReport(
  db: Db,
  request: ReportRequest,
  { everyMs, now }: { readonly everyMs: number; readonly now: Instant },
): Promise<BtcReportInputs> {
  const { mode, date, kind } = request;
  const { from, to } = spanOf(date, kind);
  const window = { mode, from, to: instant(Math.max(from, Math.min(to, now + 1))) };
  const contracts = await reportContracts(db, window);
  const trades = await closedWouldTrades(db, window);
  const cycles = await cycleSums(db, window);
  const coverage: SeriesCoverage[] = [];
  for (const { series, since } of await watchedSince(db, mode)) {
    const from = instant(Math.max(since, window.from));
    if (from >= window.to) continue;
    coverage.push(await snapshotCoverage(db, { ...window, from, series, everyMs }));
  }
  const drawn = drawnContracts(contracts, trades);
  const first = Math.min(window.from, ...drawn.map(({ closeAt }) => closeAt - PATH_MS));
  return {
    mode,
    kind,
    date,
    series: BTC_SERIES.filter(
      (series) =>
        cycles.some((one) => one.series === series) ||
        contracts.some((one) => one.series === series),
    ),
    contracts,
    snapshots: await horizonSnapshots(db, window, HORIZON_MINUTES, MAX_AGE_MS),
    trades,
    gaps: await gapsWithin(db, { mode, from: window.from, to: instant(window.to - 1) }),
    edgesPerCycle: await edgesPerCycle(db, window),
    buckets: await bucketScores(db, window),
    cycles,
    coverage,
    paths: await edgePaths(
      db,
      drawn.map(({ marketTicker }) => marketTicker),
      { ...window, from: instant(first) },
    ),
  };
}

const HOUR_MS = 3_600_000;
/** A contract is drawn from an hour before its close on. */
const PATH_MS = HOUR_MS;

/** Where nothing was recorded: play leaps over it. */
export interface SourceGap {
  readonly from: number;
  readonly to: number;
}

/** A cause that only the source knows. */
const NOT_RECORDED = "not_recorded";

/**
 * Finds what is missing of the dates of a report, from the first cycle of each series on to `until`, and
 * writes it down. What lies in a gap of the source is no fault of ours, and says so.
 *
 * @returns how many gaps stand.
 */
export async function findBtcGaps(
  db: Db,
  request: ReportRequest & {
    readonly everyMs: number;
    /** All that is before it has been written. */
    readonly until: Instant;
    readonly sourceGaps: readonly SourceGap[];
  },
): Promise<number> {
  const { mode, date, kind, everyMs, until, sourceGaps } = request;
  const span = spanOf(date, kind);
  const source = await spotSourceOf(db, span);
  const standing = new Set<string>();
  for (const { series, since } of await watchedSince(db, mode)) {
    const from = Math.max(since, span.from);
    const to = Math.min(until, span.to);
    const found = await findByHour(from, to, (hour) =>
      findGaps(db, { mode, series, source, ...hour, everyMs, at: until }),
    );
    for (const gap of found) {
      if (gap.filled_at !== null) continue;
      standing.add(`${gap.table_name}/${gap.series}/${gap.from_at.toISOString()}`);
      const [begins, ends] = [gap.from_at.getTime(), gap.to_at.getTime()];
      const isLeapt = sourceGaps.some((one) => one.from < ends && one.to > begins);
      if (gap.cause !== FOUND || !isLeapt) continue;
      await recordGap(
        db,
        mode,
        {
          // Boundary: the search names only tables and series of ours.
          table: gap.table_name as Parameters<typeof recordGap>[2]["table"],
          series: gap.series as Parameters<typeof recordGap>[2]["series"],
          from: instant(begins),
          to: instant(ends),
          missing: gap.missing_rows,
          cause: NOT_RECORDED,
        },
        until,
      );
    }
  }
  return standing.size;
}

/** Up to as much is searched at once. */
const ONE_SEARCH_MS = 6 * HOUR_MS;

/**
 * A long time an hour after the other: what a ladder should have in a day is two million rows, which a
 * database compares in minutes at once and in seconds by the hour. A gap over a border may be two rows.
 */
async function findByHour(
  from: number,
  to: number,
  find: (hour: { readonly from: Instant; readonly to: Instant }) => Promise<readonly BtcGapRow[]>,
): Promise<readonly BtcGapRow[]> {
  if (from >= to) return [];
  if (to - from <= ONE_SEARCH_MS) return find({ from: instant(from), to: instant(to) });
  const found = new Map<string, BtcGapRow>();
  // Up to whole hours, which are whole steps of any pace: a step over a border would be in neither.
  const hourAfter = (at: number): number => (Math.floor(at / HOUR_MS) + 1) * HOUR_MS;
  for (let at = from; at < to; at = hourAfter(at)) {
    const hour = { from: instant(at), to: instant(Math.min(hourAfter(at), to)) };
    for (const gap of await find(hour)) {
      found.set(`${gap.table_name}/${gap.series}/${gap.from_at.toISOString()}`, gap);
    }
  }
  return [...found.values()];
}
