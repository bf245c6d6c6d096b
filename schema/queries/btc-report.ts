import { sql } from "kysely";
import { BTC_SERIES, type BtcSeries } from "../../core/domain/btc-contract.ts";
import type { Mode } from "../../core/domain/decision.ts";
import { type Instant, type UsdMicros } from "../../core/domain/units.ts";
import { type Db, toDate, toInstant } from "../database.ts";

/** Contracts that closed from an instant to before another. */
export interface ReportWindow {
  readonly mode: Mode;
  readonly from: Instant;
  readonly to: Instant;
}

/** Of these only contracts of one kind: of seeded worlds, or of none. */
export interface KindWindow extends ReportWindow {
  /** All there are unless stated. */
  readonly isOfWorld?: boolean;
}

/** SQL: whether run `r` was of a seeded world. */
export const IS_OF_WORLD = sql<boolean>`r.source like 'world:%'`;

/** How many contracts of the window a mode watched in runs of a kind. */
export interface WatchedKind {
  readonly isOfWorld: boolean;
  readonly contracts: number;
}

/** The kinds of contracts that a mode watched, that of the last one to close first. */
export async function watchedKinds(
  db: Db,
  { mode, from, to }: ReportWindow,
): Promise<readonly WatchedKind[]> {
  const { rows } = await sql<WatchedKind>`
    select ${IS_OF_WORLD} as "isOfWorld", count(*) as contracts
    from kalshi_contracts c join kalshi_edges e using (market_ticker) join runs r using (run_id)
    where e.mode = ${mode} and c.close_at >= ${toDate(from)} and c.close_at < ${toDate(to)}
    group by 1 order by max(c.close_at) desc, max(e.computed_at) desc`.execute(db);
  return rows;
}

/** A contract of the window with its result. */
interface ReportContract {
  readonly series: BtcSeries;
  readonly marketTicker: string;
  readonly closeAt: Instant;
  readonly outcome: "yes" | "no" | "scalar" | "void" | null;
  readonly payout: UsdMicros | null;
  readonly settlementValue: UsdMicros | null;
  readonly corrections: number;
}

/** Every contract that closed in the window, settled or not, the first to close first. */
export async function reportContracts(
  db: Db,
  { from, to }: Omit<ReportWindow, "mode">,
): Promise<readonly ReportContract[]> {
  const rows = await db
    .selectFrom("kalshi_contracts")
    .selectAll()
    .where("series_ticker", "in", BTC_SERIES)
    .where("close_at", ">=", toDate(from))
    .where("close_at", "<", toDate(to))
    .orderBy("close_at")
    .orderBy("market_ticker")
    .execute();
  return rows.flatMap((row) => {
    const series = BTC_SERIES.find((one) => one === row.series_ticker);
    if (series === undefined) return [];
    return {
      series,
      marketTicker: row.market_ticker,
      closeAt: toInstant(row.close_at),
      outcome: row.outcome,
      payout: row.payout_micros,
      settlementValue: row.settlement_value_micros,
      corrections: row.corrections,
    };
  });
}

/** What both said of a contract at a horizon. */
export interface HorizonSnapshot {
  readonly marketTicker: string;
  readonly minutesToClose: number;
  readonly at: Instant;
  readonly model: number;
  /** The mid of the book. */
  readonly market: number;
}

/**
 * For each contract that closed in the window with yes or no and each horizon the last snapshot at or
 * before it that has both probabilities, at most `maxAgeMs` old. What has none has no row.
 */
export async function horizonSnapshots(
  db: Db,
  window: KindWindow,
  horizons: readonly number[],
  maxAgeMs: number,
): Promise<readonly HorizonSnapshot[]> {
  const { mode, isOfWorld } = window;
  // A snapshot does not say its run: the latest edge of its contract does.
  const isAsked =
    isOfWorld === undefined
      ? sql`true`
      : sql`exists (select from kalshi_edges e join runs r using (run_id)
          where e.mode = ${mode} and e.market_ticker = c.market_ticker
            and ${IS_OF_WORLD} = ${isOfWorld})`;
  const { rows } = await sql<Omit<HorizonSnapshot, "at"> & { at: Date }>`
    select c.market_ticker as "marketTicker", minutes as "minutesToClose", s.computed_at as at,
      s.model_probability as model, (s.bid_micros + s.ask_micros) / 2e6::float8 as market
    from kalshi_contracts c cross join unnest(${[...horizons]}::int[]) as minutes
      cross join lateral (select c.close_at - make_interval(mins => minutes) as at) horizon
      cross join lateral (
        select * from kalshi_edge_snapshots
        where mode = ${mode} and market_ticker = c.market_ticker
          and computed_at <= horizon.at
          and computed_at >= horizon.at - make_interval(secs => ${maxAgeMs / 1_000}::float8)
          and model_probability is not null and bid_micros is not null and ask_micros is not null
        order by computed_at desc limit 1) s
    where c.close_at >= ${toDate(window.from)} and c.close_at < ${toDate(window.to)}
      and c.outcome in ('yes', 'no') and ${isAsked}
    order by c.close_at, c.market_ticker, minutes desc`.execute(db);
  return rows.map((row) => ({ ...row, at: toInstant(row.at) }));
}

/** Scores of a series in one bucket of the time to the close; means over snapshots. */
export interface BucketScore {
  readonly series: string;
  /** At most so many minutes to the close; null beyond the last bucket. */
  readonly minutes: number | null;
  readonly n: number;
  readonly brierModel: number | null;
  readonly brierMarket: number | null;
  readonly logLossModel: number | null;
  readonly logLossMarket: number | null;
  readonly drift: number | null;
  /** Micros a contract. */
  readonly pnlYes: number | null;
  readonly pnlNo: number | null;
}

/** Mean scores by series and bucket, of the snapshots computed in the window. */
export async function bucketScores(db: Db, window: ReportWindow): Promise<readonly BucketScore[]> {
  const { rows } = await sql<BucketScore>`
    select c.series_ticker as series, horizon_bucket as minutes, count(*) as n,
      avg(brier_model)::float8 as "brierModel", avg(brier_market)::float8 as "brierMarket",
      avg(log_loss_model)::float8 as "logLossModel",
      avg(log_loss_market)::float8 as "logLossMarket", avg(drift)::float8 as drift,
      avg(pnl_yes_micros)::float8 as "pnlYes", avg(pnl_no_micros)::float8 as "pnlNo"
    from kalshi_edge_snapshot_scores s join kalshi_contracts c using (market_ticker)
    where s.mode = ${window.mode} and s.computed_at >= ${toDate(window.from)}
      and s.computed_at < ${toDate(window.to)}
    group by 1, 2 order by 1, 2`.execute(db);
  return rows;
}

/** Edges that the cycles of the window computed, a cycle. @returns null when there was no cycle. */
export async function edgesPerCycle(db: Db, window: ReportWindow): Promise<number | null> {
  const { rows } = await sql<{ mean: number | null }>`
    select avg(evaluated)::float8 as mean from btc_cycles
    where mode = ${window.mode} and started_at >= ${toDate(window.from)}
      and started_at < ${toDate(window.to)}`.execute(db);
  return rows[0]?.mean ?? null;
}
