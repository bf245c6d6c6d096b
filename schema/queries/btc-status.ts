import { sql } from "kysely";
import { BTC_SERIES, type BtcSeries } from "../../core/domain/btc-contract.ts";
import type { Mode } from "../../core/domain/decision.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import { type Db, toDate, toInstant, toInstantOrNull } from "../database.ts";
import { type BtcLoopRow, loopsOf } from "./btc-loops.ts";
import { type WouldTradeSums, wouldTradeSums } from "./would-trades.ts";

/** How one series stands. */
interface SeriesStatus {
  readonly series: BtcSeries;
  /** Contracts between their open and their close. */
  readonly open: number;
  /** Closed and not settled; settled and not scored by their last settlement. */
  readonly unsettled: number;
  readonly unscored: number;
  readonly lastQuoteAt: Instant | null;
  readonly lastEdgeAt: Instant | null;
  /** Mean over the last cycles; null before the first. */
  readonly edgesPerCycle: number | null;
  /** Snapshots written of those that the last cycles should have, 0 to 1; null before the first. */
  readonly coverage: number | null;
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
  readonly loops: readonly BtcLoopRow[];
  readonly openGaps: number;
}

/** What is looked at. */
export interface StatusRequest {
  readonly mode: Mode;
  readonly at: Instant;
  /** Begin of the day whose would-trades are counted. */
  readonly dayBegan: Instant;
  /** Cycles over which edges are averaged. */
  readonly cycles: number;
}

/** Further back nothing is looked for: yesterday's last quote says no more than none. */
const LOOK_BACK_MS = 86_400_000;

/** Reads the status of a mode. */
export async function btcStatus(db: Db, request: StatusRequest): Promise<BtcStatus> {
  const { mode, at, dayBegan } = request;
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
    loops: await loopsOf(db, mode),
    openGaps,
  };
}

const backFrom = (at: Instant): Date => new Date(at - LOOK_BACK_MS);

interface SeriesRow {
  readonly open: number;
  readonly unsettled: number;
  readonly unscored: number;
  readonly lastQuoteAt: Date | null;
  readonly lastEdgeAt: Date | null;
  readonly edgesPerCycle: number | null;
  readonly coverage: number | null;
  readonly lastCycleAt: Date | null;
  readonly excluded: string | null;
}

async function seriesStatus(
  db: Db,
  series: BtcSeries,
  { mode, at, cycles }: StatusRequest,
): Promise<SeriesStatus> {
  const { rows } = await sql<SeriesRow>`
    with own as (select * from kalshi_contracts where series_ticker = ${series}),
    latest as (
      select * from btc_cycles where mode = ${mode} and series = ${series}
        and started_at <= ${toDate(at)}
      order by started_at desc limit ${cycles}),
    written as (
      select count(*) as n from kalshi_edge_snapshots s join own using (market_ticker)
      where s.mode = ${mode} and computed_at >= (select min(started_at) from latest)
        and computed_at >= ${backFrom(at)} and computed_at <= ${toDate(at)})
    select
      (select count(*) from own where open_at <= ${toDate(at)} and close_at > ${toDate(at)}) as open,
      (select count(*) from own where close_at <= ${toDate(at)} and outcome is null) as unsettled,
      (select count(*) from own c join kalshi_edges e using (market_ticker)
        where e.mode = ${mode} and c.outcome is not null and not exists (
          select from kalshi_contract_scores s where (s.mode, s.market_ticker, s.corrections)
            = (e.mode, c.market_ticker, c.corrections))) as unscored,
      (select max(observed_at) from own join kalshi_quotes q using (market_ticker)
        where observed_at > ${backFrom(at)} and observed_at <= ${toDate(at)}
          and close_at > ${backFrom(at)}) as "lastQuoteAt",
      (select max(computed_at) from own join kalshi_edges using (market_ticker)
        where mode = ${mode}) as "lastEdgeAt",
      (select avg(evaluated)::float8 from latest) as "edgesPerCycle",
      (select (select n from written)::float8 / nullif(sum(contracts), 0) from latest) as coverage,
      (select max(started_at) from latest) as "lastCycleAt",
      (select excluded from latest order by started_at desc limit 1) as excluded`.execute(db);
  const [row] = rows;
  if (!row) throw new Error("a query of single values answers one row");
  const { lastQuoteAt, lastEdgeAt, lastCycleAt, ...same } = row;
  return {
    series,
    ...same,
    lastQuoteAt: toInstantOrNull(lastQuoteAt),
    lastEdgeAt: toInstantOrNull(lastEdgeAt),
    lastCycleAt: toInstantOrNull(lastCycleAt),
  };
}

/** When the last cycle of any mode began: the run's clock, for what is done aside. @returns `null` before the first. */
export async function lastCycleAt(db: Db): Promise<Instant | null> {
  const { rows } = await sql<{ at: Date | null }>`
    select max(started_at) as at from btc_cycles`.execute(db);
  return toInstantOrNull(rows[0]?.at ?? null);
}
