import { sql } from "kysely";
import type { Instant } from "../../core/domain/units.ts";
import { type Db, PREPARED } from "../database.ts";

/** The tables that have a partition for each day, UTC. */
export const DAILY_TABLES = [
  "spot_ticks",
  "kalshi_quotes",
  "kalshi_edge_snapshots",
  "kalshi_edge_snapshot_scores",
  "btc_decisions",
] as const;
/** One of them. */
export type DailyTable = (typeof DAILY_TABLES)[number];

/** One day of a table. */
export interface DayPartition {
  readonly table: DailyTable;
  /** Date, UTC. */
  readonly day: string;
  readonly partition: string;
  /** On the disk, indexes included. */
  readonly bytes: number;
}

const DAY_MS = 86_400_000;

/**
 * Makes what is missing of the partitions for rows of these instants, and for the day after the
 * last: nobody has to wait for it at midnight. Any number of callers at once make each one once.
 */
export async function ensurePartitions(
  db: Db,
  table: DailyTable,
  instants: readonly number[],
): Promise<void> {
  if (instants.length === 0) return;
  const days = new Set(instants.map(dayOf));
  days.add(dayOf(Math.max(...instants) + DAY_MS));
  await sql`${sql.raw(PREPARED)}
    select ensure_day_partition(${table}, day)
    from unnest(${[...days].sort()}::date[]) as day`.execute(db);
}

/** Every partition there is, by table and day. */
export async function dayPartitions(db: Db): Promise<readonly DayPartition[]> {
  const { rows } = await sql<DayPartition>`
    select p.relname as table, c.relname as partition, pg_total_relation_size(c.oid) as bytes,
      to_date(right(c.relname, 8), 'YYYYMMDD') as day
    from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
    where p.relname = any(${[...DAILY_TABLES]}) and p.relkind = 'p' and c.relkind = 'r'
      and p.relnamespace = 'public'::regnamespace
    order by p.relname, c.relname`.execute(db);
  return rows;
}

/** Why a day must stay. */
export interface DayHold {
  /** Contracts of that day that are not settled, */
  readonly unsettled: number;
  /** or whose snapshots are not scored by their last settlement. */
  readonly unscored: number;
}

/**
 * Drops one day of a table, unless a contract that was open on it is not settled, or not scored in
 * every mode that computed its edge.
 *
 * @returns what holds the day; `null` when it was dropped, or would be on a dry run.
 */
export async function dropDay(
  db: Db,
  { partition, day }: DayPartition,
  isDryRun: boolean,
): Promise<DayHold | null> {
  return db.transaction().execute(async (tx) => {
    const hold = await holdOf(tx, day);
    if (hold.unsettled + hold.unscored > 0) return hold;
    if (isDryRun) return null;
    // A writer that does not yield soon keeps the day for the next time: nobody shall queue behind this.
    await sql`set local lock_timeout = '5s'`.execute(tx);
    await sql`drop table if exists ${sql.table(partition)}`.execute(tx);
    return null;
  });
}

async function holdOf(db: Db, day: string): Promise<DayHold> {
  const { rows } = await sql<DayHold>`
    with of_day as (
      select market_ticker, outcome, corrections from kalshi_contracts
      where open_at < (${day}::date + 1)::timestamp at time zone 'UTC'
        and close_at >= ${day}::date::timestamp at time zone 'UTC')
    select (select count(*) from of_day where outcome is null) as unsettled,
      (select count(*) from of_day c join kalshi_edges e using (market_ticker)
        where c.outcome is not null and not exists (
          select from kalshi_contract_scores s
          where (s.mode, s.market_ticker, s.corrections)
            = (e.mode, c.market_ticker, c.corrections))) as unscored`.execute(db);
  return rows[0] ?? { unsettled: 0, unscored: 0 };
}

/** The day of an instant, UTC. */
export function dayOf(at: number | Instant): string {
  return new Date(at).toISOString().slice(0, 10);
}
