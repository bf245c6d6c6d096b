import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { type AuditRow, CHAIN_START, linkHash } from "../audit-hash.ts";
import { type AuditHead, type AuditLink, type AuditVerdict, verifyChain } from "../audit-verify.ts";
import type { Db } from "../database.ts";

/** Only one process closes at a time. */
const CHAIN_LOCK = 7_409;
/** Rows linked in one transaction. */
const BATCH = 5_000;
/** How long one closing waits for transactions that may still bring a row of a lower id. */
const SETTLE_MS = 1_000;
const LOOK_MS = 5;

/** What one closing came to. */
export type Closing =
  | { readonly kind: "closed"; readonly closed: number; readonly head: AuditHead | null }
  /** Another process closes. */
  | { readonly kind: "busy" }
  /** A transaction that writes to the log is still open: rows of it, of lower ids, may come. */
  | { readonly kind: "waiting" }
  /** The chain does not hold the head that is known outside: it is not extended. */
  | { readonly kind: "broken" };

/**
 * Links the next rows of the log, in order of audit_id, at most a batch; call it until it closes none.
 *
 * An id is drawn before its row is committed: a lower one may become visible after a higher one, or
 * never. So the rows up to the highest id seen now are linked only once every transaction has ended
 * that had the log open for writing at that moment. One that comes later draws higher ids; and a
 * gap that is left then stays one. No writer waits for this.
 *
 * @param known the head that is known outside the database; null when there is none.
 */
export async function closeAuditBatch(db: Db, known: AuditHead | null): Promise<Closing> {
  return db.transaction().execute(async (tx): Promise<Closing> => {
    const locked = await sql<{ isLocked: boolean }>`
      select pg_try_advisory_xact_lock(${CHAIN_LOCK}::bigint) as "isLocked"`.execute(tx);
    if (locked.rows[0]?.isLocked !== true) return { kind: "busy" };
    if (known !== null && !(await holdsHead(tx, known))) return { kind: "broken" };
    const last = await lastLink(tx);
    const upTo = await highestId(tx);
    const head = last && { ...last, links: await countLinks(tx, known, last.auditId) };
    if (upTo <= (last?.auditId ?? 0)) return { kind: "closed", closed: 0, head };
    if (!(await settle(tx))) return { kind: "waiting" };
    const rows = await readRows(tx, last?.auditId ?? 0, BATCH, upTo);
    const links = linkUp(rows, last?.hash ?? CHAIN_START);
    await insertLinks(tx, links);
    const newest = links.at(-1);
    if (newest === undefined) return { kind: "closed", closed: 0, head };
    const { auditId, hash } = newest;
    const total = (head?.links ?? 0) + links.length;
    return { kind: "closed", closed: links.length, head: { auditId, hash, links: total } };
  });
}

/** Whether the chain has this link where the head says. */
async function holdsHead(db: Db, head: AuditHead): Promise<boolean> {
  const found = await db
    .selectFrom("audit_chain")
    .select("hash")
    .where("audit_id", "=", head.auditId)
    .executeTakeFirst();
  return found?.hash === head.hash;
}

async function lastLink(db: Db): Promise<Pick<AuditLink, "auditId" | "hash"> | null> {
  const found = await db
    .selectFrom("audit_chain")
    .select(["audit_id as auditId", "hash"])
    .orderBy("audit_id", "desc")
    .limit(1)
    .executeTakeFirst();
  return found ?? null;
}

/** Links up to an id, counted from the head that is known: the whole chain is not counted each time. */
async function countLinks(db: Db, known: AuditHead | null, upTo: number): Promise<number> {
  const { links } = await db
    .selectFrom("audit_chain")
    .select((query) => query.fn.countAll<number>().as("links"))
    .where("audit_id", ">", known?.auditId ?? 0)
    .where("audit_id", "<=", upTo)
    .executeTakeFirstOrThrow();
  return (known?.links ?? 0) + links;
}

async function highestId(db: Db): Promise<number> {
  const { rows } = await sql<{ highest: number | null }>`
    select max(audit_id) as highest from audit_log`.execute(db);
  return rows[0]?.highest ?? 0;
}

/** Waits until every transaction has ended that has the log open for writing now. */
async function settle(tx: Db): Promise<boolean> {
  const deadline = performance.now() + SETTLE_MS;
  let open = await writers(tx);
  while (open.size > 0) {
    if (performance.now() > deadline) return false;
    await sleep(LOOK_MS);
    const still = await writers(tx);
    open = new Set([...open].filter((writer) => still.has(writer)));
  }
  return true;
}

/**
 * Transactions that insert into the log: each takes this lock before it draws an id, and gives it
 * back after its commit can be seen.
 */
async function writers(tx: Db): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ writer: string }>`
    select virtualtransaction as writer from pg_locks
    where locktype = 'relation' and relation = 'audit_log'::regclass and mode = 'RowExclusiveLock'
      and database = (select oid from pg_database where datname = current_database())
      and pid is distinct from pg_backend_pid()`.execute(tx);
  return new Set(rows.map(({ writer }) => writer));
}

function linkUp(rows: readonly AuditRow[], start: string): readonly AuditLink[] {
  let previous = start;
  return rows.map((row) => {
    const link = { auditId: row.auditId, previous, hash: linkHash(previous, row) };
    previous = link.hash;
    return link;
  });
}

/** Whole columns at once: a statement takes no more parameters for many links than for one. */
async function insertLinks(tx: Db, links: readonly AuditLink[]): Promise<void> {
  await sql`
    insert into audit_chain (audit_id, previous, hash)
    select * from unnest(${links.map(({ auditId }) => auditId)}::bigint[],
      ${links.map(({ previous }) => previous)}::text[], ${links.map(({ hash }) => hash)}::text[])`.execute(
    tx,
  );
}

async function readRows(
  db: Db,
  after: number,
  limit: number,
  upTo: number | null = null,
): Promise<readonly AuditRow[]> {
  const { rows } = await sql<AuditRow>`
    select audit_id as "auditId", mode, kind, actor, subject, details,
      (extract(epoch from at) * 1000000)::bigint as "atMicros",
      (extract(epoch from recorded_at) * 1000000)::bigint as "recordedAtMicros"
    from audit_log
    where audit_id > ${after} and (${upTo}::bigint is null or audit_id <= ${upTo})
    order by audit_id limit ${limit}`.execute(db);
  return rows;
}

async function readLinks(db: Db, after: number, limit: number): Promise<readonly AuditLink[]> {
  return db
    .selectFrom("audit_chain")
    .select(["audit_id as auditId", "previous", "hash"])
    .where("audit_id", ">", after)
    .orderBy("audit_id")
    .limit(limit)
    .execute();
}

/** Reads all of a list in pages, by id. */
async function* pages<T extends { readonly auditId: number }>(
  read: (after: number, limit: number) => Promise<readonly T[]>,
): AsyncGenerator<T> {
  // Below every id that is drawn: a row that was written by hand may have any.
  let after: number = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const page = await read(after, BATCH);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.auditId;
  }
}

/** Walks log and chain as they stand at one moment. Read the head before: the chain only grows. */
export async function verifyAudit(db: Db, head: AuditHead | null): Promise<AuditVerdict> {
  return db
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (tx) =>
      verifyChain(
        pages((after, limit) => readRows(tx, after, limit)),
        pages((after, limit) => readLinks(tx, after, limit)),
        head,
      ),
    );
}
