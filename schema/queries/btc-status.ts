import { sql } from "kysely";
import { BTC_SERIES, type BtcSeries } from "../../core/domain/btc-contract.ts";
import type { Mode } from "../../core/domain/decision.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import { type Db, toDate, toInstant, toInstantOrNull } from "../database.ts";
import { snapshotCoverage, stepAtOrBefore } from "./btc-coverage.ts";
import { type BtcGapRow, gapsWithin } from "./btc-gaps.ts";
import { type BtcLoop, type ErrorRate, errorRates, loopsOf } from "./btc-loops.ts";
import { openSeries } from "./btc-runs.ts";
import { type SpotStaleness, spotStaleness } from "./btc-spot-spells.ts";
import { type WouldTradeSums, wouldTradeSums } from "./would-trades.ts";

/** How one series stands. */
interface SeriesStatus {
  readonly series: BtcSeries;
  /** Contracts between their open and their close. */
  readonly open: number;
  /** Closed and not settled; settled and not scored by their last settlement. */
  readonly unsettled: number;
  readonly unscored: number;
  /** Of a quote that can be believed. */
  readonly lastQuoteAt: Instant | null;
  /** Why the newest quotes of open contracts cannot be believed, and of how many. JSON. */
  readonly staleQuotes: string;
  readonly lastEdgeAt: Instant | null;
  /** Mean over the last cycles; null before the first. */
  readonly edgesPerCycle: number | null;
  /** Snapshots written of those that the last minutes should have, 0 to 1; null when none was expected. */
  readonly coverage: number | null;
  /** What the last minutes lack. */
  readonly missingSnapshots: number;
  readonly lastCycleAt: Instant | null;
  /** By reason, of the last cycle. JSON. */
  readonly excluded: string | null;
}

/** How the pipeline stands: rows counted, nothing judged. */
export interface BtcStatus {
  readonly series: readonly SeriesStatus[];
  readonly lastSpot: readonly { readonly source: string; readonly at: Instant }[];
  /** Decided since the day began. */
  readonly wouldTrades: WouldTradeSums;
  /** Series that are watched: their loops have work. */
  readonly watched: readonly BtcSeries[];
  readonly loops: readonly BtcLoop[];
  readonly errors: readonly ErrorRate[];
  readonly staleness: SpotStaleness;
  /** Gaps that stand: all there are, and those of the last day, the newest first. */
  readonly openGaps: number;
  readonly gaps: readonly BtcGapRow[];
}

/** What is looked at. */
export interface StatusRequest {
  readonly mode: Mode;
  readonly at: Instant;
  /** Begin of the day whose would-trades are counted. */
  readonly dayBegan: Instant;
  /** Cycles over which edges are averaged. */
  readonly cycles: number;
  /** Pace of the cycles, and the time over which coverage is counted; run milliseconds. */
  readonly everyMs: number;
  readonly coverageMs: number;
  /** So late a cycle may be written before it is missed, run milliseconds. */
  readonly lateMs: number;
  /** Errors and staleness are counted since then. */
  readonly recently: Instant;
}

/** Further back nothing is looked for: yesterday's last quote says no more than none. */
const LOOK_BACK_MS = 86_400_000;
/** An older quote of an open contract says nothing of it now. */
const RECENT_MS = 10 * 60_000;

/** Reads the status of a mode. */
export async function btcStatus(db: Db, request: StatusRequest): Promise<BtcStatus> {
  const { mode, at, dayBegan, recently: since } = request;
  const series: SeriesStatus[] = [];
  for (const one of BTC_SERIES) series.push(await seriesStatus(db, one, request));
  const { rows: lastSpot } = await sql<{ source: string; at: Date }>`
    select source, max(source_at) as at from spot_ticks
    where source_at > ${backFrom(at)} and source_at <= ${toDate(at)}
    group by source order by source`.execute(db);
  const { openGaps } = await db
    .selectFrom("btc_gaps")
    .select((eb) => eb.fn.countAll<number>().as("openGaps"))
    .where("mode", "=", mode)
    .where("filled_at", "is", null)
    .executeTakeFirstOrThrow();
  return {
    series,
    lastSpot: lastSpot.map((row) => ({ source: row.source, at: toInstant(row.at) })),
    wouldTrades: await wouldTradeSums(db, { mode, from: dayBegan, to: instant(at + 1) }),
    watched: await openSeries(db, mode),
    loops: await loopsOf(db, mode),
    errors: await errorRates(db, mode, { since, at }),
    staleness: await spotStaleness(db, mode, { since, at }),
    openGaps,
    gaps: await standingGaps(db, mode, at),
  };
}

async function standingGaps(db: Db, mode: Mode, at: Instant): Promise<readonly BtcGapRow[]> {
  const found = await gapsWithin(db, { mode, from: instant(backFrom(at).getTime()), to: at });
  return found.filter(({ filled_at }) => filled_at === null).toReversed();
}

const backFrom = (at: Instant): Date => new Date(at - LOOK_BACK_MS);

interface SeriesRow {
  readonly open: number;
  readonly unsettled: number;
  readonly unscored: number;
  readonly lastQuoteAt: Date | null;
  readonly lastEdgeAt: Date | null;
  readonly edgesPerCycle: number | null;
  readonly firstCycleAt: Date | null;
  readonly lastCycleAt: Date | null;
  readonly staleQuotes: string;
  readonly excluded: string | null;
}

async function seriesStatus(
  db: Db,
  series: BtcSeries,
  request: StatusRequest,
): Promise<SeriesStatus> {
  const { mode, at, cycles } = request;
  const { rows } = await sql<SeriesRow>`
    with own as (select * from kalshi_contracts where series_ticker = ${series}),
    latest as (
      select * from btc_cycles where mode = ${mode} and series = ${series}
        and started_at <= ${toDate(at)}
      order by started_at desc limit ${cycles}),
    doubted as (
      select stale_because, count(*) as n
      from own cross join lateral (
        select stale_because from kalshi_quotes q
        where q.market_ticker = own.market_ticker and observed_at <= ${toDate(at)}
          and observed_at > ${toDate(instant(at - RECENT_MS))}
        order by observed_at desc limit 1) newest
      where open_at <= ${toDate(at)} and close_at > ${toDate(at)} and stale_because is not null
      group by stale_because)
    select
      (select count(*) from own where open_at <= ${toDate(at)} and close_at > ${toDate(at)}) as open,
      (select count(*) from own where close_at <= ${toDate(at)} and outcome is null) as unsettled,
      (select count(*) from own c join kalshi_edges e using (market_ticker)
        where e.mode = ${mode} and c.outcome is not null and not exists (
          select from kalshi_contract_scores s where (s.mode, s.market_ticker, s.corrections)
            = (e.mode, c.market_ticker, c.corrections))) as unscored,
      (select max(newest.at) from own cross join lateral (
        select observed_at as at from kalshi_quotes q
        where q.market_ticker = own.market_ticker and stale_because is null
          and observed_at > ${backFrom(at)} and observed_at <= ${toDate(at)}
        order by observed_at desc limit 1) newest
        where close_at > ${backFrom(at)}) as "lastQuoteAt",
      (select coalesce(jsonb_object_agg(stale_because, n), '{}')::text from doubted)
        as "staleQuotes",
      (select max(computed_at) from own join kalshi_edges using (market_ticker)
        where mode = ${mode}) as "lastEdgeAt",
      (select avg(evaluated)::float8 from latest) as "edgesPerCycle",
      (select min(started_at) from btc_cycles where mode = ${mode} and series = ${series})
        as "firstCycleAt",
      (select max(started_at) from latest) as "lastCycleAt",
      (select excluded from latest order by started_at desc limit 1) as excluded`.execute(db);
  const [row] = rows;
  if (!row) throw new Error("a query of single values answers one row");
  const { lastQuoteAt, lastEdgeAt, firstCycleAt, lastCycleAt, ...same } = row;
  const window = coverageWindow(
    request,
    toInstantOrNull(firstCycleAt),
    toInstantOrNull(lastCycleAt),
  );
  const covered =
    window === null
      ? null
      : await snapshotCoverage(db, { ...window, mode, series, everyMs: request.everyMs });
  return {
    series,
    ...same,
    coverage: covered?.share ?? null,
    missingSnapshots: covered === null ? 0 : covered.expected - covered.written,
    lastQuoteAt: toInstantOrNull(lastQuoteAt),
    lastEdgeAt: toInstantOrNull(lastEdgeAt),
    lastCycleAt: toInstantOrNull(lastCycleAt),
  };
}

/**
 * The last minutes up to the last cycle, whose rows are all there; or up to where a cycle has been missed,
 * so that a watch that stands still is seen. @returns null before the first cycle.
 */
function coverageWindow(
  { at, everyMs, coverageMs, lateMs }: StatusRequest,
  first: Instant | null,
  last: Instant | null,
): { readonly from: Instant; readonly to: Instant } | null {
  if (first === null || last === null) return null;
  const written = stepAtOrBefore(last, everyMs) + everyMs;
  const to = Math.max(written, stepAtOrBefore(instant(at - lateMs), everyMs));
  const from = Math.max(stepAtOrBefore(first, everyMs), to - coverageMs);
  return { from: instant(from), to: instant(to) };
}
