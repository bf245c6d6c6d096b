import { type RawBuilder, type Selectable, sql } from "kysely";
import type { AuditKind } from "../../core/domain/audit.ts";
import type { Mode } from "../../core/domain/decision.ts";
import { type Db } from "../database.ts";
import type { Database } from "../tables.ts";
import { insertRows } from "./insert-rows.ts";

/** One act to be kept. `details` is JSON-safe and holds no secret. */
export interface AuditEntry {
  readonly mode: Mode;
  readonly kind: AuditKind;
  /** A user's name, or the part of Tipoff that acted. */
  readonly actor: string;
  readonly subject: string;
  readonly details: object;
  /** Run time where there is a run, else the wall. */
  readonly at: Date;
}

export type AuditLogRow = Selectable<Database["audit_log"]>;

const AUDIT_COLUMNS = ["mode", "kind", "actor", "subject", "details", "at"] as const;

/** An entry as the columns take it. */
function auditValues({ details, ...entry }: AuditEntry) {
  return { ...entry, details: JSON.stringify(details) };
}

/** Inserts entries as part of a larger statement, without a trip to the database of their own. */
export function insertAudit(entries: readonly AuditEntry[]): RawBuilder<unknown> {
  return insertRows("audit_log", AUDIT_COLUMNS, entries.map(auditValues));
}

/** Appends to the audit log, in the transaction of what it tells. */
export async function appendAudit(tx: Db, entry: AuditEntry): Promise<void> {
  await tx.insertInto("audit_log").values(auditValues(entry)).execute();
}

/**
 * Appends an act that must not wait for the disk, such as a cancel on its way to the wire: it is
 * committed, and on the disk with the next commit that waits. A killed process loses nothing of it,
 * a loss of power at most the last moments.
 */
export async function appendAuditSoon(db: Db, entry: AuditEntry): Promise<void> {
  const { mode, kind, actor, subject, details, at } = auditValues(entry);
  await sql`
    insert into audit_log (mode, kind, actor, subject, details, at)
    select ${mode}, ${kind}, ${actor}, ${subject}, ${details}, ${at}::timestamptz
    from (select set_config('synchronous_commit', 'off', true)) as this_transaction`.execute(db);
}

/** Appends an act that a retried step may bring again: the same kind, subject and details are one. */
export async function appendAuditOnce(db: Db, entry: AuditEntry): Promise<void> {
  const { mode, kind, actor, subject, details, at } = auditValues(entry);
  await sql`
    insert into audit_log (mode, kind, actor, subject, details, at)
    select ${mode}, ${kind}, ${actor}, ${subject}, ${details}, ${at}::timestamptz
    where not exists (select from audit_log
      where kind = ${kind} and subject = ${subject} and details = ${details})`.execute(db);
}

/** Appends what now is, unless the last row of this kind and mode says the same of the same subject. */
export async function appendAuditIfChanged(db: Db, entry: AuditEntry): Promise<void> {
  const { mode, kind, actor, subject, details, at } = auditValues(entry);
  await sql`
    insert into audit_log (mode, kind, actor, subject, details, at)
    select ${mode}, ${kind}, ${actor}, ${subject}, ${details}, ${at}::timestamptz
    where not exists (
      select from (select subject, details from audit_log where kind = ${kind} and mode = ${mode}
        order by audit_id desc limit 1) as latest
      where latest.subject = ${subject} and latest.details = ${details})`.execute(db);
}

/** Rows of the log, the latest first. `since` is the wall: when they were written. */
export async function listAudit(
  db: Db,
  filter: { readonly kind: AuditKind | null; readonly since: Date | null; readonly limit: number },
): Promise<readonly (AuditLogRow & { readonly hash: string | null })[]> {
  return db
    .selectFrom("audit_log")
    .leftJoin("audit_chain", "audit_chain.audit_id", "audit_log.audit_id")
    .selectAll("audit_log")
    .select("audit_chain.hash")
    .$if(filter.kind !== null, (query) => query.where("kind", "=", filter.kind ?? ""))
    .$if(filter.since !== null, (query) =>
      query.where("recorded_at", ">=", filter.since ?? new Date(0)),
    )
    .orderBy("audit_log.audit_id", "desc")
    .limit(filter.limit)
    .execute();
}
