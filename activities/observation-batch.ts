import { sql } from "kysely";
import type { Db } from "../schema/database.ts";
import {
  appendBtcDecisions,
  appendEdgeSnapshots,
  CYCLE_COLUMNS,
  DECISION_COLUMNS,
  EDGE_COLUMNS,
  insertBtcCycles,
  insertQuotes,
  insertSpotTicks,
  type NewBtcCycle,
  type NewBtcDecision,
  type NewEdge,
  type NewEdgeSnapshot,
  type NewQuote,
  type NewSpotTick,
  QUOTE_COLUMNS,
  SNAPSHOT_COLUMNS,
  SPOT_COLUMNS,
  upsertEdges,
} from "../schema/queries/btc-writes.ts";
import {
  insertCycles,
  insertDecisions,
  insertRaw,
  insertSnapshots,
  insertVerdicts,
  type NewCycle,
  type NewDecision,
  type NewRawResponse,
  type NewSnapshot,
  type NewVerdict,
} from "../schema/queries/observations.ts";
import {
  insertWouldTrades,
  type NewWouldTrade,
  WOULD_TRADE_COLUMNS,
} from "../schema/queries/would-trades.ts";

/** The row type of each table that observations go to. */
export interface Rows {
  readonly raw_responses: NewRawResponse;
  readonly decisions: NewDecision;
  readonly verdicts: NewVerdict;
  readonly snapshots: NewSnapshot;
  readonly cycles: NewCycle;
  readonly spot_ticks: NewSpotTick;
  readonly kalshi_quotes: NewQuote;
  readonly kalshi_edges: NewEdge;
  readonly kalshi_edge_snapshots: NewEdgeSnapshot;
  readonly btc_cycles: NewBtcCycle;
  readonly btc_decisions: NewBtcDecision;
  readonly would_trades: NewWouldTrade;
}

export type ObservedTable = keyof Rows;
/** What was observed and decided, as rows of their tables. */
export type ObservationBatch = { readonly [Table in ObservedTable]: Rows[Table][] };
/** A row of any of the tables, on its way to or from a file. */
export type AnyRow = Readonly<Record<string, unknown>>;

interface Observed<Table extends ObservedTable> {
  /** Of its file, in order: all but what the database fills in, then or later. */
  readonly columns: readonly string[];
  /** Writes rows; those that are there already are left as they are, or as what is newer. */
  readonly insert: (db: Db, rows: readonly Rows[Table][]) => Promise<void>;
}

/** How each table is kept, in the order they are written: verdicts point to their decisions. */
const OBSERVED: { readonly [Table in ObservedTable]: Observed<Table> } = {
  raw_responses: {
    columns: ["raw_id", "source", "endpoint", "body", "fetched_at", "received_at"],
    insert: insertRaw,
  },
  decisions: {
    columns: [
      "decision_id",
      "game_id",
      "decided_at",
      "reason",
      "input",
      "output",
      "config_hash",
      "limits_hash",
      "raw_ids",
    ],
    insert: insertDecisions,
  },
  verdicts: {
    columns: ["decision_id", "strategy", "code", "edge_micros"],
    insert: insertVerdicts,
  },
  snapshots: {
    columns: [
      "game_id",
      "observed_at",
      "cursor_no",
      "trigger",
      "home_bid_micros",
      "home_bid_size_centi",
      "home_ask_micros",
      "home_ask_size_centi",
      "away_bid_micros",
      "away_bid_size_centi",
      "away_ask_micros",
      "away_ask_size_centi",
      "home_quoted_at",
      "away_quoted_at",
      "mid_micros",
      "spread_micros",
      "quality",
      "period",
      "clock_seconds",
      "home_score",
      "away_score",
      "clock_state",
      "clock_stale",
      "espn_home_probability",
      "model_home_probability",
    ],
    insert: insertSnapshots,
  },
  cycles: {
    columns: [
      "game_id",
      "cycle_no",
      "started_at",
      "ended_at",
      "evaluations",
      "candidates",
      "proposed",
      "decision_id",
      "skipped",
      "edges",
    ],
    insert: insertCycles,
  },
  spot_ticks: { columns: SPOT_COLUMNS, insert: insertSpotTicks },
  kalshi_quotes: { columns: QUOTE_COLUMNS, insert: insertQuotes },
  kalshi_edges: { columns: EDGE_COLUMNS, insert: upsertEdges },
  kalshi_edge_snapshots: { columns: SNAPSHOT_COLUMNS, insert: appendEdgeSnapshots },
  btc_cycles: { columns: CYCLE_COLUMNS, insert: insertBtcCycles },
  btc_decisions: { columns: DECISION_COLUMNS, insert: appendBtcDecisions },
  would_trades: { columns: WOULD_TRADE_COLUMNS, insert: insertWouldTrades },
};

/** All of them, in the order they are written. */
// The keys are those of the object above, which no type of the language says.
export const OBSERVED_TABLES = Object.keys(OBSERVED) as readonly ObservedTable[];

/** Columns of the file of a table, in order. */
export function spoolColumns(table: ObservedTable): readonly string[] {
  return OBSERVED[table].columns;
}

/** A statement carries at most 65,535 values; the widest table has 26 columns. */
const ROWS_PER_STATEMENT = 500;

/** A batch with nothing in it. */
export function newBatch(): ObservationBatch {
  return batchOf(() => []);
}

/**
 * Writes a batch in one transaction; rows that are there already are left as they are. Not durable
 * means that the commit waits for no disk: a database that is killed at once may forget it, unless a
 * durable commit came after it.
 */
export async function insertBatch(
  db: Db,
  batch: ObservationBatch,
  isDurable: boolean,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    if (!isDurable) await sql`set local synchronous_commit = off`.execute(tx);
    for (const table of OBSERVED_TABLES) await insertTable(tx, table, batch[table]);
  });
}

async function insertTable<Table extends ObservedTable>(
  db: Db,
  table: Table,
  all: readonly Rows[Table][],
): Promise<void> {
  for (const rows of chunks(all)) await OBSERVED[table].insert(db, rows);
}

/** How many rows a batch holds. */
export function batchSize(batch: ObservationBatch): number {
  return OBSERVED_TABLES.reduce((total, table) => total + batch[table].length, 0);
}

/** Two batches as one, the first one's rows first. */
export function joinBatches(first: ObservationBatch, second: ObservationBatch): ObservationBatch {
  return batchOf((table) => first[table].concat(second[table]));
}

/** Each row as a batch of its own, in an order that may be written one after the other. */
export function singleRows(batch: ObservationBatch): readonly ObservationBatch[] {
  return OBSERVED_TABLES.flatMap((table) =>
    batch[table].map((row) => ({ ...newBatch(), [table]: [row] })),
  );
}

function batchOf(
  rowsOf: <Table extends ObservedTable>(table: Table) => Rows[Table][],
): ObservationBatch {
  const entries = OBSERVED_TABLES.map((table) => [table, rowsOf(table)] as const);
  // Every table has its entry, which no type of the language says.
  return Object.fromEntries(entries) as unknown as ObservationBatch;
}

function chunks<T>(rows: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(rows.length / ROWS_PER_STATEMENT);
  return Array.from({ length: count }, (_, index) =>
    rows.slice(index * ROWS_PER_STATEMENT, (index + 1) * ROWS_PER_STATEMENT),
  );
}
