import { sql } from "kysely";
import type { Db } from "../schema/database.ts";
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

/** The row type of each table that observations go to. */
export interface Rows {
  readonly raw_responses: NewRawResponse;
  readonly decisions: NewDecision;
  readonly verdicts: NewVerdict;
  readonly snapshots: NewSnapshot;
  readonly cycles: NewCycle;
}

export type ObservedTable = keyof Rows;
/** What was observed and decided, as rows of their tables. */
export type ObservationBatch = { readonly [Table in ObservedTable]: Rows[Table][] };
/** A row of any of the tables, on its way to or from a file. */
export type AnyRow = Readonly<Record<string, unknown>>;

/** In the order they are written: verdicts point to their decisions. */
export const OBSERVED_TABLES: readonly ObservedTable[] = [
  "raw_responses",
  "decisions",
  "verdicts",
  "snapshots",
  "cycles",
];

/** A statement carries at most 65,535 values; the widest table has 26 columns. */
const ROWS_PER_STATEMENT = 500;

/** A batch with nothing in it. */
export function newBatch(): ObservationBatch {
  return { raw_responses: [], decisions: [], verdicts: [], snapshots: [], cycles: [] };
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
    for (const rows of chunks(batch.raw_responses)) await insertRaw(tx, rows);
    for (const rows of chunks(batch.decisions)) await insertDecisions(tx, rows);
    for (const rows of chunks(batch.verdicts)) await insertVerdicts(tx, rows);
    for (const rows of chunks(batch.snapshots)) await insertSnapshots(tx, rows);
    for (const rows of chunks(batch.cycles)) await insertCycles(tx, rows);
  });
}

/** How many rows a batch holds. */
export function batchSize(batch: ObservationBatch): number {
  return OBSERVED_TABLES.reduce((total, table) => total + batch[table].length, 0);
}

/** Two batches as one, the first one's rows first. */
export function joinBatches(first: ObservationBatch, second: ObservationBatch): ObservationBatch {
  return {
    raw_responses: [...first.raw_responses, ...second.raw_responses],
    decisions: [...first.decisions, ...second.decisions],
    verdicts: [...first.verdicts, ...second.verdicts],
    snapshots: [...first.snapshots, ...second.snapshots],
    cycles: [...first.cycles, ...second.cycles],
  };
}

/** Each row as a batch of its own, in an order that may be written one after the other. */
export function singleRows(batch: ObservationBatch): readonly ObservationBatch[] {
  return OBSERVED_TABLES.flatMap((table) =>
    batch[table].map((row) => ({ ...newBatch(), [table]: [row] })),
  );
}

function chunks<T>(rows: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(rows.length / ROWS_PER_STATEMENT);
  return Array.from({ length: count }, (_, index) =>
    rows.slice(index * ROWS_PER_STATEMENT, (index + 1) * ROWS_PER_STATEMENT),
  );
}
