import { type RawBuilder, sql } from "kysely";
import type { Db } from "../database.ts";

/** A window on the wall's clock. */
export interface WallWindow {
  readonly from: Date;
  readonly to: Date;
}

type Rows = (window: WallWindow) => RawBuilder<unknown>;

const written =
  (table: string): Rows =>
  ({ from, to }) =>
    sql`select * from ${sql.table(table)} where recorded_at between ${from} and ${to} order by recorded_at`;

/** What the tables know of a window: rows written in it, and what stood or was open during it. */
const TABLES: Readonly<Record<string, Rows>> = {
  runs: ({ to }) =>
    sql`select * from runs where recorded_at <= ${to} order by recorded_at desc limit 3`,
  occasions: ({ to }) => sql`
    select * from occasions where run_id in
      (select run_id from runs where recorded_at <= ${to} order by recorded_at desc limit 3)`,
  games: ({ to }) => sql`
    select * from games where run_id in
      (select run_id from runs where recorded_at <= ${to} order by recorded_at desc limit 3)`,
  decisions: written("decisions"),
  intents: written("intents"),
  orders: ({ from, to }) => sql`
    select * from orders where recorded_at <= ${to}
      and (updated_at >= ${from} or status in ('intended', 'submitted', 'working', 'unknown'))
    order by recorded_at`,
  order_updates: written("order_updates"),
  fills: written("fills"),
  positions: () => sql`select * from positions where position_centi <> 0`,
  settlements: written("settlements"),
  settlement_corrections: written("settlement_corrections"),
  alarms: ({ from, to }) => sql`
    select * from alarms where recorded_at <= ${to} and (recorded_at >= ${from} or cleared_at is null)
    order by recorded_at`,
  circuit_breakers: ({ from, to }) => sql`
    select * from circuit_breakers
    where recorded_at <= ${to} and (recorded_at >= ${from} or released_at is null)
    order by recorded_at`,
  kill_switch: ({ from, to }) => sql`
    select * from kill_switch
    where thrown_at <= ${to} and (released_at is null or released_at >= ${from})
    order by thrown_at`,
  partner_probabilities: written("partner_probabilities"),
  reconciliations: written("reconciliations"),
  audit_log: ({ from, to }) => sql`
    select audit_log.*, previous, hash from audit_log left join audit_chain using (audit_id)
    where recorded_at between ${from} and ${to} order by audit_id`,
  raw_responses: written("raw_responses"),
};

/** Names of the tables that {@link incidentRows} reads. */
export const INCIDENT_TABLES: readonly string[] = Object.keys(TABLES);

const FETCH = 200;

/**
 * The rows of one table in a window, each as a line of JSON made by the server: exact to the last
 * digit, and never all in memory. Call it in a transaction; several see the same moment in a
 * repeatable-read one.
 */
export async function* incidentRows(
  tx: Db,
  name: string,
  window: WallWindow,
): AsyncGenerator<string> {
  const rows = TABLES[name];
  if (rows === undefined) throw new RangeError(`${name} is no table of an incident`);
  // It ends with the transaction, also where it was left half-read.
  const cursor = sql.ref(`incident_${name}`);
  await sql`declare ${cursor} cursor for
    select row_to_json(found)::text as line from (${rows(window)}) found`.execute(tx);
  for (;;) {
    const page = await sql<{ line: string }>`fetch ${sql.lit(FETCH)} from ${cursor}`.execute(tx);
    for (const { line } of page.rows) yield line;
    if (page.rows.length < FETCH) return;
  }
}
