import { sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { Instant } from "../../core/domain/units.ts";
import { type Db, toDate } from "../database.ts";
import { dayOf, ensurePartitions } from "./btc-partitions.ts";

/** Buckets of the time to the close: at most so many minutes. What is further away has none. */
const HORIZON_BUCKETS = [1, 2, 5, 10, 15, 30, 60] as const;

/** How snapshots are scored. */
export interface ScoringRequest {
  readonly mode: Mode;
  /** Null: all that are settled and not scored by their last settlement. */
  readonly tickers: readonly string[] | null;
  readonly at: Instant;
  /** For the log loss probabilities are cut to this and to its complement, as in core/scoring. */
  readonly leastProbability: number;
}

/** What was scored. */
export interface ScoredCounts {
  readonly contracts: number;
  readonly snapshots: number;
}

interface DueContract {
  readonly ticker: string;
  readonly openAt: Date;
  readonly closeAt: Date;
}

/** Contracts in one transaction. */
const CHUNK = 200;
const DAY_MS = 86_400_000;
const SCORE_LOCK = 7_411;

/**
 * Scores the snapshots of settled contracts against their payout, a set at a time: squared error and
 * log loss of our probability and of the market's mid, and what one YES at the ask and one NO at the
 * bid would have earned after the taker's fee. From the open of a contract to before its close.
 *
 * A scalar has no Brier score and no log loss; a void contract has no row. Repeating it changes
 * nothing; after a correction only that contract is scored anew.
 */
export async function scoreSettled(db: Db, request: ScoringRequest): Promise<ScoredCounts> {
  const total = { contracts: 0, snapshots: 0 };
  for (;;) {
    const done = await db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(${SCORE_LOCK}::int, hashtext(${request.mode}))`.execute(
        tx,
      );
      const due = await dueContracts(tx, request);
      const snapshots = due.length === 0 ? 0 : await scoreContracts(tx, request, due);
      return { contracts: due.length, snapshots };
    });
    total.contracts += done.contracts;
    total.snapshots += done.snapshots;
    if (done.contracts < CHUNK) return total;
  }
}

async function dueContracts(
  db: Db,
  { mode, tickers }: ScoringRequest,
): Promise<readonly DueContract[]> {
  const wanted = tickers === null ? sql`true` : sql`c.market_ticker = any(${[...tickers]})`;
  const { rows } = await sql<DueContract>`
    select c.market_ticker as ticker, open_at as "openAt", close_at as "closeAt"
    from kalshi_contracts c
      left join kalshi_contract_scores s on s.mode = ${mode} and s.market_ticker = c.market_ticker
    where c.outcome is not null and s.corrections is distinct from c.corrections and ${wanted}
    order by close_at, c.market_ticker limit ${CHUNK}`.execute(db);
  return rows;
}

async function scoreContracts(
  db: Db,
  { mode, at, leastProbability: least }: ScoringRequest,
  due: readonly DueContract[],
): Promise<number> {
  const tickers = due.map(({ ticker }) => ticker);
  const from = Math.min(...due.map(({ openAt }) => openAt.getTime()));
  const to = Math.max(...due.map(({ closeAt }) => closeAt.getTime()));
  await ensurePartitions(db, "kalshi_edge_snapshot_scores", await daysOf(db, from, to));
  const range = { from: new Date(from), to: new Date(to) };
  await clearVoid(db, mode, tickers, range);
  const { rows } = await sql<{ snapshots: number }>`
    with told as (${SNAPSHOTS(mode, tickers, range)}),
    scored as (
      insert into kalshi_edge_snapshot_scores as old (computed_at, scored_at, horizon_bucket,
        brier_model, brier_market, log_loss_model, log_loss_market, implied_mid, drift,
        pnl_yes_micros, pnl_no_micros, payout_micros, mode, market_ticker)
      select computed_at, ${toDate(at)}, ${bucketOf(sql`close_at - computed_at`)},
        ${squareOf(sql`model - won`)}, ${squareOf(sql`mid - won`)},
        ${lossOf(sql`model`, least)}, ${lossOf(sql`mid`, least)}, mid, model - mid,
        payout_micros - ask_micros - taker_fee_micros(fee_multiplier_milli, ask_micros),
        bid_micros - payout_micros - taker_fee_micros(fee_multiplier_milli, bid_micros),
        payout_micros, ${mode}, market_ticker
      from told
      on conflict (market_ticker, mode, computed_at) do update set
        (scored_at, horizon_bucket, brier_model, brier_market, log_loss_model, log_loss_market,
          pnl_yes_micros, pnl_no_micros, payout_micros)
        = (excluded.scored_at, excluded.horizon_bucket, excluded.brier_model,
          excluded.brier_market, excluded.log_loss_model, excluded.log_loss_market,
          excluded.pnl_yes_micros, excluded.pnl_no_micros, excluded.payout_micros)
        where (old.payout_micros, old.horizon_bucket, old.brier_model) is distinct from
          (excluded.payout_micros, excluded.horizon_bucket, excluded.brier_model)),
    counted as (select market_ticker, count(*)::int as n from told group by market_ticker),
    marked as (
      insert into kalshi_contract_scores (mode, market_ticker, corrections, snapshots, scored_at)
      select ${mode}, c.market_ticker, c.corrections, coalesce(n, 0), ${toDate(at)}
      from kalshi_contracts c left join counted using (market_ticker)
      where c.market_ticker = any(${tickers})
      on conflict (mode, market_ticker) do update set (corrections, snapshots, scored_at)
        = (excluded.corrections, excluded.snapshots, excluded.scored_at))
    select coalesce(sum(n), 0)::bigint as snapshots from counted`.execute(db);
  return rows[0]?.snapshots ?? 0;
}

interface Range {
  readonly from: Date;
  readonly to: Date;
}

/** The snapshots to be scored. The bounds of time let the other days rest. */
const SNAPSHOTS = (mode: Mode, tickers: readonly string[], { from, to }: Range) => sql`
  select s.market_ticker, s.computed_at, s.model_probability as model, s.bid_micros, s.ask_micros,
    (s.bid_micros + s.ask_micros) / 2e6::float8 as mid, c.close_at, c.payout_micros,
    case c.outcome when 'yes' then 1 when 'no' then 0 end::float8 as won, m.fee_multiplier_milli
  from kalshi_edge_snapshots s join kalshi_contracts c using (market_ticker)
    left join kalshi_markets m using (market_ticker)
  where s.mode = ${mode} and s.market_ticker = any(${[...tickers]}) and c.payout_micros is not null
    and s.computed_at >= ${from} and s.computed_at < ${to}
    and s.computed_at >= c.open_at and s.computed_at < c.close_at`;

/** The square of an error, 0 where it is smaller than a `real` can hold: PostgreSQL refuses those. */
function squareOf(error: ReturnType<typeof sql>) {
  return sql`case when abs(${error}) < 1e-18 then 0 else (${error}) ^ 2 end`;
}

/** Minus the logarithm of what was given to what happened. */
function lossOf(probability: ReturnType<typeof sql>, least: number) {
  const cut = sql`least(1 - ${least}::float8, greatest(${least}::float8, ${probability}))`;
  // Of a null the lesser and the greater would be the other one.
  return sql`case when ${probability} is not null then
    case won when 1 then -ln(${cut}) when 0 then -ln(1 - ${cut}) end end`;
}

function bucketOf(left: ReturnType<typeof sql>) {
  const cases = HORIZON_BUCKETS.map(
    (minutes) =>
      sql`when ${left} <= make_interval(mins => ${sql.lit(minutes)}) then ${sql.lit(minutes)}`,
  );
  return sql`case ${sql.join(cases, sql` `)} end`;
}

/** What was scored before a contract was called void. */
async function clearVoid(
  db: Db,
  mode: Mode,
  tickers: readonly string[],
  { from, to }: Range,
): Promise<void> {
  await sql`
    delete from kalshi_edge_snapshot_scores s using kalshi_contracts c
    where s.mode = ${mode} and s.market_ticker = any(${[...tickers]})
      and s.computed_at >= ${from} and s.computed_at < ${to}
      and c.market_ticker = s.market_ticker and c.outcome = 'void'`.execute(db);
}

/** Days of a range that have snapshots, as instants: an old day that was dropped is not made again. */
async function daysOf(db: Db, from: number, to: number): Promise<readonly number[]> {
  const { rows } = await sql<{ day: string }>`
    select to_date(right(c.relname, 8), 'YYYYMMDD') as day
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'kalshi_edge_snapshots'::regclass and c.relkind = 'r'`.execute(db);
  const days = new Set(rows.map(({ day }) => day));
  const first = Date.parse(dayOf(from));
  return Array.from(
    { length: Math.floor((to - first) / DAY_MS) + 1 },
    (_, n) => first + n * DAY_MS,
  ).filter((at) => days.has(dayOf(at)));
}
