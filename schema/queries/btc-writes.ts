import { type Insertable, sql } from "kysely";
import { type Db, PREPARED } from "../database.ts";
import type { Database } from "../tables.ts";
import { type DailyTable, ensurePartitions } from "./btc-partitions.ts";
import { insertRows } from "./insert-rows.ts";

export type NewSpotTick = Required<Insertable<Database["spot_ticks"]>>;
export type NewQuote = Required<Insertable<Database["kalshi_quotes"]>>;
export type NewEdge = Required<Insertable<Database["kalshi_edges"]>>;
export type NewEdgeSnapshot = Required<Insertable<Database["kalshi_edge_snapshots"]>>;
export type NewBtcDecision = Required<Insertable<Database["btc_decisions"]>>;
export type NewBtcCycle = Required<Insertable<Database["btc_cycles"]>>;

/** What one cycle of one series found. */
export interface BtcCycleBatch {
  readonly cycle: NewBtcCycle;
  /** The book of every open contract as it stood. */
  readonly quotes: readonly NewQuote[];
  /** One for every open contract: upserted as the latest, and appended to the snapshots. */
  readonly edges: readonly NewEdge[];
}

export const SPOT_COLUMNS = [
  "spot_micros",
  "source_at",
  "received_at",
  "trade_id",
  "source",
] as const satisfies readonly (keyof NewSpotTick)[];

export const QUOTE_COLUMNS = [
  "observed_at",
  "bid_size_centi",
  "ask_size_centi",
  "bid_micros",
  "ask_micros",
  "market_ticker",
  "stale_because",
] as const satisfies readonly (keyof NewQuote)[];

export const SNAPSHOT_COLUMNS = [
  "computed_at",
  "model_probability",
  "spot_micros",
  "mean_micros",
  "deviation_micros",
  "cycle_no",
  "confidence",
  "bid_micros",
  "ask_micros",
  "edge_yes_micros",
  "edge_no_micros",
  "mode",
  "market_ticker",
  "code",
  "model_version",
] as const satisfies readonly (keyof NewEdgeSnapshot)[];

export const EDGE_COLUMNS = [
  ...SNAPSHOT_COLUMNS,
  "run_id",
] as const satisfies readonly (keyof NewEdge)[];

export const DECISION_COLUMNS = [
  "decided_at",
  "repeats",
  "mode",
  "run_id",
  "market_ticker",
  "code",
  "reason",
  "config_hash",
  "limits_hash",
  "input",
  "rules",
  "order_terms",
] as const satisfies readonly (keyof NewBtcDecision)[];

export const CYCLE_COLUMNS = [
  "mode",
  "series",
  "run_id",
  "cycle_no",
  "started_at",
  "ended_at",
  "contracts",
  "selected",
  "excluded",
  "evaluated",
  "proposed",
  "quotes_written",
  "spot_age_ms",
  "duration_wall_ms",
] as const satisfies readonly (keyof NewBtcCycle)[];

/** The snapshot of an edge: all but its run. */
export function snapshotOf(edge: NewEdge): NewEdgeSnapshot {
  const snapshot: NewEdgeSnapshot & { run_id?: string } = { ...edge };
  delete snapshot.run_id;
  return snapshot;
}

/** Writes prices of the spot; one that is there already, told twice, is left as it is. */
export async function insertSpotTicks(db: Db, rows: readonly NewSpotTick[]): Promise<void> {
  const instants = rows.map((row) => row.source_at);
  await insertDaily(db, "spot_ticks", SPOT_COLUMNS, rows, instants);
}

/** Writes quotes; one that is there already is left as it is. */
export async function insertQuotes(db: Db, rows: readonly NewQuote[]): Promise<void> {
  const instants = rows.map((row) => row.observed_at);
  await insertDaily(db, "kalshi_quotes", QUOTE_COLUMNS, rows, instants);
}

/** Appends edges to what is never changed; one that is there already is left as it is. */
export async function appendEdgeSnapshots(db: Db, rows: readonly NewEdgeSnapshot[]): Promise<void> {
  const instants = rows.map((row) => row.computed_at);
  await insertDaily(db, "kalshi_edge_snapshots", SNAPSHOT_COLUMNS, rows, instants);
}

/** Appends candidate decisions to what is never changed; one that is there already is left as it is. */
export async function appendBtcDecisions(db: Db, rows: readonly NewBtcDecision[]): Promise<void> {
  const instants = rows.map((row) => row.decided_at);
  await insertDaily(db, "btc_decisions", DECISION_COLUMNS, rows, instants);
}

/** Keeps the latest edge of each contract; an older one than is there changes nothing. */
export async function upsertEdges(db: Db, rows: readonly NewEdge[]): Promise<void> {
  if (rows.length === 0) return;
  const columns = sql.join(EDGE_COLUMNS.map((column) => sql.ref(column)));
  const news = sql.join(EDGE_COLUMNS.map((column) => sql.ref(`excluded.${column}`)));
  await sql`${sql.raw(PREPARED)}
    insert into kalshi_edges (${columns})
    select distinct on (mode, market_ticker) ${columns}
    from json_populate_recordset(null::kalshi_edges, ${JSON.stringify(rows)}::json)
    order by mode, market_ticker, computed_at desc
    on conflict (mode, market_ticker) do update set (${columns}) = row(${news})
    where kalshi_edges.computed_at < excluded.computed_at`.execute(db);
}

/** Writes what cycles did; one that is there already is left as it is. */
export async function insertBtcCycles(db: Db, rows: readonly NewBtcCycle[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`${sql.raw(PREPARED)}
    ${insertRows("btc_cycles", CYCLE_COLUMNS, rows)} on conflict do nothing`.execute(db);
}

async function insertDaily<Table extends DailyTable>(
  db: Db,
  table: Table,
  columns: Parameters<typeof insertRows<Table, keyof Insertable<Database[Table]> & string>>[1],
  rows: Parameters<typeof insertRows<Table, keyof Insertable<Database[Table]> & string>>[2],
  instants: readonly (Date | string)[],
): Promise<void> {
  if (rows.length === 0) return;
  await ensurePartitions(
    db,
    table,
    instants.map((at) => new Date(at).getTime()),
  );
  await sql`${sql.raw(PREPARED)}
    ${insertRows(table, columns, rows)} on conflict do nothing`.execute(db);
}
