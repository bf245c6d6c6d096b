import { sql } from "kysely";
import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import { type Db, toDate } from "../database.ts";
import type { ReportWindow } from "./btc-report.ts";

/** Snapshots that a series has, of those that it should have. */
export interface SeriesCoverage {
  readonly series: BtcSeries;
  readonly written: number;
  /** One for each open contract and step of the pace. */
  readonly expected: number;
  /** `written` of `expected`, 0 to 1; null when nothing was expected. */
  readonly share: number | null;
}

/** Where coverage is counted: whole steps of the pace. */
export interface CoverageRequest extends ReportWindow {
  readonly series: BtcSeries;
  /** Pace of the cycles, run milliseconds. */
  readonly everyMs: number;
}

/**
 * The one definition of coverage: each contract, from its open to before its close, should have a snapshot
 * in every step of the pace, as the search for gaps has it. Two in one step count once, and a step without a
 * cycle counts as missing. What the window holds of a step in part, at either end, is left out.
 */
export async function snapshotCoverage(db: Db, request: CoverageRequest): Promise<SeriesCoverage> {
  const { mode, series, everyMs } = request;
  const from = toDate(stepAtOrAfter(request.from, everyMs));
  const to = toDate(stepAtOrBefore(request.to, everyMs));
  if (from >= to) return { series, written: 0, expected: 0, share: null };
  const pace = sql`make_interval(secs => ${everyMs / 1_000}::float8)`;
  const stepsBefore = (at: ReturnType<typeof sql>) =>
    sql`ceil(extract(epoch from ${at}) * 1000 / ${everyMs}::float8)`;
  const { rows } = await sql<{ written: number; expected: number }>`
    with own as (
      select market_ticker, open_at, close_at, greatest(open_at, ${from}) as begins,
        least(close_at, ${to}) as ends
      from kalshi_contracts
      where series_ticker = ${series} and open_at < ${to} and close_at > ${from}),
    steps as (
      select distinct market_ticker, date_bin(${pace}, computed_at, 'epoch') as step
      from kalshi_edge_snapshots s join own using (market_ticker)
      where s.mode = ${mode} and computed_at >= ${from} and computed_at < ${to})
    select
      (select count(*) from steps join own using (market_ticker)
        where step >= open_at and step < close_at) as written,
      (select coalesce(sum(greatest(0, ${stepsBefore(sql`ends`)} - ${stepsBefore(sql`begins`)})), 0)
        from own)::bigint as expected`.execute(db);
  const { written = 0, expected = 0 } = rows[0] ?? {};
  return { series, written, expected, share: expected === 0 ? null : written / expected };
}

/** The first instant that is a step of the pace, at or after another. */
export function stepAtOrAfter(at: Instant, everyMs: number): Instant {
  return instant(Math.ceil(at / everyMs) * everyMs);
}

/** The last instant that is a step of the pace, at or before another. */
export function stepAtOrBefore(at: Instant, everyMs: number): Instant {
  return instant(Math.floor(at / everyMs) * everyMs);
}
