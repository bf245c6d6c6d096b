import { sql } from "kysely";
import { startEmbeddedPostgres } from "../../runtime/embedded/postgres.ts";
import type { Home } from "../../runtime/home.ts";
import { createLogger } from "../../runtime/log.ts";
import { type Db, openDatabase } from "../../schema/database.ts";

/** An order that was written, and of which nobody knew yet what the venue made of it. */
export interface OrderInFlight {
  readonly clientOrderId: string;
  readonly status: string;
  readonly strategy: string;
  readonly purpose: string;
}

/** Opens a home's database for reading. Nobody else may hold the home. */
export async function withBooks<T>(home: Home, read: (db: Db) => Promise<T>): Promise<T> {
  const log = createLogger({ level: "warn", service: "crash-night" });
  const server = await startEmbeddedPostgres({ dataDir: home.postgres, log });
  try {
    const db = openBooks(server.url);
    return await read(db).finally(() => db.destroy());
  } finally {
    await server.stop();
  }
}

/** One connection of our own; it breaks with each killed server. */
export function openBooks(url: string): Db {
  return openDatabase({
    url,
    poolSize: 1,
    name: "tipoff crash night",
    onConnectionLost: () => undefined,
  });
}

/** Orders on their way at this moment. */
export async function ordersInFlight(db: Db): Promise<readonly OrderInFlight[]> {
  const rows = await db
    .selectFrom("orders")
    .select(["client_order_id", "status", "strategy", "purpose"])
    .where("status", "in", ["intended", "submitted", "unknown"])
    .execute();
  return rows.map((row) => ({
    clientOrderId: row.client_order_id,
    status: row.status,
    strategy: row.strategy,
    purpose: row.purpose,
  }));
}

/** Orders that, by the books of the whole night, were on their way at an instant of the wall. */
export async function ordersInFlightAt(db: Db, wall: Date): Promise<readonly OrderInFlight[]> {
  const { rows } = await sql<OrderInFlight>`
    select client_order_id as "clientOrderId", status, strategy, purpose
    from (
      select o.client_order_id, o.strategy, o.purpose, coalesce(
        (select u.status from order_updates u
         where u.client_order_id = o.client_order_id and u.recorded_at <= ${wall}
         order by u.update_id desc limit 1), 'intended') as status
      from orders o where o.recorded_at <= ${wall}
    ) as then_known
    where status in ('intended', 'submitted', 'unknown')`.execute(db);
  return rows;
}

/** Strategies that entered a game: however often an order was tried again or replaced, each counts once. */
export interface Entries {
  /** With an order that risk approved. */
  readonly approved: number;
  /** With an order that filled, at least in part. */
  readonly filled: number;
}

/** Counts a night's entries. */
export async function countEntries(db: Db): Promise<Entries> {
  const { rows } = await sql<Entries>`
    select count(distinct (occasion_id, strategy)) as approved,
           count(distinct (occasion_id, strategy)) filter (where filled_centi > 0) as filled
    from orders where purpose = 'entry'`.execute(db);
  return rows[0] ?? { approved: 0, filled: 0 };
}

/** When a night's orders were written, run time, oldest first. */
export async function orderTimes(db: Db): Promise<readonly number[]> {
  const rows = await db.selectFrom("orders").select("intended_at").orderBy("intended_at").execute();
  return rows.map((row) => row.intended_at.getTime());
}
