import { sql } from "kysely";
import { BTC_SERIES, type BtcSeries } from "../../core/domain/btc-contract.ts";
import type { Mode } from "../../core/domain/decision.ts";
import type { SpotSource } from "../../core/domain/spot.ts";
import type { CountCenti, Instant, PriceMicros, UsdMicros } from "../../core/domain/units.ts";
import { type Db, toDate, toInstant, toInstantOrNull } from "../database.ts";
import { IS_OF_WORLD, type KindWindow, type ReportWindow } from "./btc-report.ts";

/** A decision to trade in a contract that closed in the window, with what became of it. */
export interface ClosedWouldTrade {
  readonly marketTicker: string;
  readonly decidedAt: Instant;
  readonly closeAt: Instant;
  /** What it buys; null when its terms were not kept. */
  readonly outcome: "yes" | "no" | null;
  /** Why risk let it not through; null when it did. */
  readonly refusalCode: string | null;
  readonly filled: CountCenti;
  readonly fee: UsdMicros;
  /** After fees; null while it is not settled, or when nothing was filled. */
  readonly pnl: UsdMicros | null;
}

/** Decisions to trade by the close of their contract, the first decided first. */
export async function closedWouldTrades(
  db: Db,
  { mode, from, to, isOfWorld }: KindWindow,
): Promise<readonly ClosedWouldTrade[]> {
  const rows = await db
    .selectFrom("would_trades as w")
    .innerJoin("kalshi_contracts as c", "c.market_ticker", "w.market_ticker")
    .innerJoin("runs as r", "r.run_id", "w.run_id")
    .select(["w.market_ticker", "w.decided_at", "c.close_at", "w.outcome", "w.refusal_code"])
    .select(["w.filled_centi", "w.fee_micros", "w.pnl_micros"])
    .where("w.mode", "=", mode)
    .where("w.code", "=", "propose")
    .where("c.close_at", ">=", toDate(from))
    .where("c.close_at", "<", toDate(to))
    .$if(isOfWorld !== undefined, (all) => all.where(IS_OF_WORLD, "=", isOfWorld === true))
    .orderBy("w.decided_at")
    .orderBy("w.decision_id")
    .execute();
  return rows.map((row) => ({
    marketTicker: row.market_ticker,
    decidedAt: toInstant(row.decided_at),
    closeAt: toInstant(row.close_at),
    outcome: row.outcome,
    refusalCode: row.refusal_code,
    filled: row.filled_centi ?? (0 as CountCenti),
    fee: row.fee_micros ?? (0 as UsdMicros),
    pnl: row.pnl_micros,
  }));
}

/** What the cycles of a series came to in a window. */
export interface CycleSums {
  readonly series: BtcSeries;
  readonly cycles: number;
  /** Contracts that were not selected, by reason, summed over the cycles. */
  readonly excluded: Readonly<Record<string, number>>;
}

/** Sums the cycles of a window by series; a series without one has no row. */
export async function cycleSums(
  db: Db,
  { mode, from, to }: ReportWindow,
): Promise<readonly CycleSums[]> {
  const { rows } = await sql<{ series: string; cycles: number; excluded: string }>`
    with own as (
      select series, excluded from btc_cycles
      where mode = ${mode} and started_at >= ${toDate(from)} and started_at < ${toDate(to)}),
    reasons as (
      select series, key, sum(value::bigint) as n
      from own, jsonb_each_text(own.excluded::jsonb) group by series, key)
    select series, count(*) as cycles, coalesce((
      select jsonb_object_agg(key, n) from reasons
      where reasons.series = own.series and n > 0), '{}')::text as excluded
    from own group by series order by series`.execute(db);
  return rows.flatMap(({ series, cycles, excluded }) => {
    const known = seriesOf(series);
    // Boundary: an object of counts, made by the query above.
    const counts = JSON.parse(excluded) as Record<string, number>;
    return known === null ? [] : { series: known, cycles, excluded: counts };
  });
}

/** One instant of a contract's path; prices of YES. */
export interface PathRow {
  readonly marketTicker: string;
  readonly at: Instant;
  readonly model: number | null;
  readonly bid: PriceMicros | null;
  readonly ask: PriceMicros | null;
}

/** The edges of some contracts between two instants, by contract, oldest first. */
export async function edgePaths(
  db: Db,
  tickers: readonly string[],
  { mode, from, to }: ReportWindow,
): Promise<readonly PathRow[]> {
  if (tickers.length === 0) return [];
  const rows = await db
    .selectFrom("kalshi_edge_snapshots")
    .select(["market_ticker", "computed_at", "model_probability", "bid_micros", "ask_micros"])
    .where("mode", "=", mode)
    .where("market_ticker", "in", tickers)
    .where("computed_at", ">=", toDate(from))
    .where("computed_at", "<", toDate(to))
    .orderBy("market_ticker")
    .orderBy("computed_at")
    .execute();
  return rows.map((row) => ({
    marketTicker: row.market_ticker,
    at: toInstant(row.computed_at),
    model: row.model_probability,
    bid: row.bid_micros,
    ask: row.ask_micros,
  }));
}

/** Which series a mode has ever watched, and from when on. */
export async function watchedSince(
  db: Db,
  mode: Mode,
): Promise<readonly { readonly series: BtcSeries; readonly since: Instant }[]> {
  const rows = await db
    .selectFrom("btc_cycles")
    .select(["series", (eb) => eb.fn.min("started_at").as("since")])
    .where("mode", "=", mode)
    .groupBy("series")
    .orderBy("series")
    .execute();
  return rows.flatMap(({ series, since }) => {
    const known = seriesOf(series);
    return known === null ? [] : { series: known, since: toInstant(since) };
  });
}

/** The last close, at or before an instant, of a contract that a mode computed edges of. */
export async function lastWatchedClose(db: Db, mode: Mode, at: Instant): Promise<Instant | null> {
  const found = await db
    .selectFrom("kalshi_contracts as c")
    .innerJoin("kalshi_edges as e", "e.market_ticker", "c.market_ticker")
    .select((eb) => eb.fn.max("c.close_at").as("close"))
    .where("e.mode", "=", mode)
    .where("c.close_at", "<=", toDate(at))
    .executeTakeFirst();
  return toInstantOrNull(found?.close ?? null);
}

/** The feed that told most prices of a window; Coinbase when none did. */
export async function spotSourceOf(
  db: Db,
  { from, to }: Omit<ReportWindow, "mode">,
): Promise<SpotSource> {
  const { rows } = await sql<{ source: SpotSource }>`
    select source from spot_ticks
    where source_at >= ${toDate(from)} and source_at < ${toDate(to)}
    group by source order by count(*) desc limit 1`.execute(db);
  return rows[0]?.source ?? "coinbase";
}

function seriesOf(name: string): BtcSeries | null {
  return BTC_SERIES.find((one) => one === name) ?? null;
}
