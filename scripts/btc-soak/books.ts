import { sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { Db } from "../../schema/database.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { WorldContract } from "../../sim/world/btc-events.ts";
import { type BitcoinOptions, createBitcoin } from "../../sim/world/btc-world.ts";

/** What the tables of a run hold so far. */
export interface BookSums {
  readonly closed: number;
  readonly settled: number;
  readonly scored: number;
  readonly cycles: number;
  /** Gaps that stand. */
  readonly gaps: number;
  /** Most contracts that one moment of the last hour had open, in all series. */
  readonly openMost: number;
}

/** Sums the tables at an instant of the run. */
export async function sumBooks(db: Db, mode: Mode, at: number): Promise<BookSums> {
  const now = new Date(at);
  const { rows } = await sql<BookSums>`
    with closed as (select * from kalshi_contracts where close_at <= ${now})
    select count(*) as closed, count(outcome) as settled,
      (select count(*) from kalshi_contract_scores s join closed using (market_ticker)
        where s.mode = ${mode}) as scored,
      (select count(*) from btc_cycles where mode = ${mode}) as cycles,
      (select count(*) from btc_gaps where mode = ${mode} and filled_at is null) as gaps,
      (select coalesce(max(n), 0)::bigint from (
        select sum(contracts) as n from btc_cycles
        where mode = ${mode} and ended_at > ${now}::timestamptz - interval '1 hour'
        group by date_bin('10 s', ended_at, 'epoch')) steps) as "openMost"
    from closed`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error("a query without groups answers one row");
  return row;
}

/** What must be nought after a run. */
export interface Faults {
  /** Contracts of the world that are not in the books, or not with the end that the world gave them. */
  readonly unlikeWorld: number;
  readonly unsettled: number;
  /** Contracts whose settlements, counted one by one, are not exactly one. */
  readonly notOnce: number;
  /** Settled, with edges, and not scored by their settlement. */
  readonly unscored: number;
  /** Contracts of which not every snapshot has its score. */
  readonly scoredInPart: number;
  /** Steps of a contract without a snapshot, and without a gap row that says so. */
  readonly untold: number;
}

/** What a world ends its contracts by: its own word, which went through neither exchange nor client. */
export function worldContracts(
  seed: number,
  startAt: Instant,
  options: BitcoinOptions,
): readonly WorldContract[] {
  const { events } = createBitcoin(options, { seed, edge: "default", startAt });
  return events.flatMap(({ contracts }) => contracts);
}

/** Looks for what must not be, whatever the pipeline itself says. */
export async function findFaults(
  db: Db,
  mode: Mode,
  world: { readonly endAt: number; readonly contracts: readonly WorldContract[] },
): Promise<Faults> {
  const end = new Date(world.endAt);
  const { rows } = await sql<Omit<Faults, "untold" | "unlikeWorld">>`
    with closed as (select * from kalshi_contracts where close_at <= ${end}),
    seen as (
      select market_ticker, count(*) as n from kalshi_edge_snapshots s
        join closed c using (market_ticker)
      where s.mode = ${mode} and computed_at >= open_at and computed_at < close_at
      group by 1),
    given as (
      select market_ticker, count(*) as n from kalshi_edge_snapshot_scores
      where mode = ${mode} group by 1),
    settled as (select market_ticker, count(*) as n from kalshi_contract_settlements group by 1)
    select count(*) filter (where c.outcome is null) as unsettled,
      count(*) filter (where c.outcome is not null and settled.n is distinct from 1) as "notOnce",
      count(*) filter (where c.outcome is not null and seen.n > 0
        and s.corrections is distinct from c.corrections) as unscored,
      count(*) filter (where c.outcome <> 'void' and seen.n is distinct from given.n)
        as "scoredInPart"
    from closed c left join seen using (market_ticker) left join given using (market_ticker)
      left join settled using (market_ticker)
      left join kalshi_contract_scores s on s.mode = ${mode}
        and s.market_ticker = c.market_ticker`.execute(db);
  const [found] = rows;
  if (found === undefined) throw new Error("a query without groups answers one row");
  return {
    ...found,
    untold: await countUntold(db, mode, end),
    unlikeWorld: await countUnlikeWorld(db, world.contracts),
  };
}

/** By the world itself: a contract that was never listed here is missing in all other sums. */
async function countUnlikeWorld(db: Db, contracts: readonly WorldContract[]): Promise<number> {
  const rows = await db
    .selectFrom("kalshi_contracts")
    .select(["market_ticker", "outcome", "payout_micros"])
    .execute();
  const booked = new Map(rows.map((row) => [row.market_ticker, row]));
  return contracts.filter(({ marketTicker, result, payout }) => {
    const row = booked.get(marketTicker);
    return row?.outcome !== result || row.payout_micros !== payout;
  }).length;
}

/**
 * Steps that are missing and not told of. Of a day that is two million steps: they are joined in memory, and
 * looked up among the gaps once a series and step, not once a contract.
 */
async function countUntold(db: Db, mode: Mode, end: Date): Promise<number> {
  return db.transaction().execute(async (tx) => {
    await sql`set local work_mem = '256MB'`.execute(tx);
    const { rows } = await sql<{ n: number }>`
      with began as (
        select series, date_bin('10 s', min(started_at) + interval '10 s', 'epoch') as at
        from btc_cycles where mode = ${mode} group by series),
      present as (
        select distinct market_ticker, date_bin('10 s', computed_at, 'epoch') as step
        from kalshi_edge_snapshots where mode = ${mode}),
      absent as materialized (
        select began.series, step, count(*) as n
        from began join kalshi_contracts c on c.series_ticker = began.series
          cross join lateral generate_series(
            greatest(began.at, date_bin('10 s', c.open_at + interval '9.999 s', 'epoch')),
            least(c.close_at, ${end}) - interval '10 s', interval '10 s') as step
          left join present using (market_ticker, step)
        where present.step is null group by began.series, step)
      select coalesce(sum(n), 0)::bigint as n from absent
      where not exists (
        select from btc_gaps g
        where g.mode = ${mode} and g.table_name = 'kalshi_edge_snapshots'
          and g.series = absent.series and g.from_at <= step and g.to_at > step)`.execute(tx);
    return rows[0]?.n ?? 0;
  });
}
