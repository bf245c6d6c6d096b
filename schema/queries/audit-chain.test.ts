import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import type { AuditHead } from "../audit-verify.ts";
import { appendAudit, appendAuditIfChanged, appendAuditOnce, appendAuditSoon } from "./audit.ts";
import { closeAuditBatch, verifyAudit } from "./audit-chain.ts";

let cloned: ClonedDatabase;
beforeEach(async () => {
  cloned = await cloneDatabase(30);
});
afterEach(() => cloned.drop());

const AT = new Date("2026-11-21T01:00:00Z");
const act = (subject: string, details: object = {}) =>
  ({ mode: "paper", kind: "kill", actor: "test", subject, details, at: AT }) as const;

async function append(count: number): Promise<void> {
  for (let index = 1; index <= count; index += 1) {
    await appendAudit(cloned.db, act(`kill-${index}`, { index }));
  }
}

/** Closes until nothing is left. @returns the head as the head file would have it. */
async function closeAll(from: AuditHead | null = null): Promise<AuditHead | null> {
  let head = from;
  for (;;) {
    const closing = await closeAuditBatch(cloned.db, head);
    if (closing.kind !== "closed") throw new Error(closing.kind);
    head = closing.head;
    if (closing.closed === 0) return head;
  }
}

async function faultsOf(head: AuditHead | null): Promise<readonly (string | number)[][]> {
  const { faults } = await verifyAudit(cloned.db, head);
  return faults.map(({ kind, auditId }) => [kind, auditId]);
}

/** Runs statements as who owns the server and switches every guard of the tables off. */
async function tamper(...statements: readonly string[]): Promise<void> {
  const superuser = new pg.Client({ connectionString: cloned.url });
  await superuser.connect();
  try {
    await superuser.query("set session_replication_role = replica");
    for (const statement of statements) await superuser.query(statement);
  } finally {
    await superuser.end();
  }
}

it("refuses to change or remove a row while its guards are on", async () => {
  await append(1);
  await closeAll();
  const { db } = cloned;
  const edit = db.updateTable("audit_log").set({ actor: "other" }).execute();
  await expect(edit).rejects.toThrow("append-only");
  await expect(db.deleteFrom("audit_chain").execute()).rejects.toThrow("append-only");
});

describe("a log that was tampered with by a superuser", () => {
  let head: AuditHead | null;
  beforeEach(async () => {
    await append(10);
    head = await closeAll();
    expect(await verifyAudit(cloned.db, head)).toMatchObject({ faultsTotal: 0, links: 10 });
  });

  it("shows one changed byte of details", async () => {
    await tamper(`update audit_log set details = replace(details, '5', '6') where audit_id = 5`);
    expect(await faultsOf(head)).toEqual([["changed", 5]]);
  });

  it("shows an instant moved by a microsecond", async () => {
    await tamper(
      `update audit_log set recorded_at = recorded_at + interval '1 microsecond' where audit_id = 10`,
    );
    expect(await faultsOf(head)).toEqual([["changed", 10]]);
  });

  it("shows a middle row that was deleted, and one deleted with its link", async () => {
    await tamper("delete from audit_log where audit_id = 4");
    expect(await faultsOf(head)).toEqual([["missing", 4]]);
    await tamper("delete from audit_chain where audit_id = 4");
    // Its neighbour follows a link that is nowhere; and the head counts one more.
    expect(await faultsOf(head)).toEqual([
      ["missing", 5],
      ["rewritten", 10],
    ]);
  });

  it("shows a tail that was cut off, with and without its links, and one whose rows stayed", async () => {
    await tamper("delete from audit_log where audit_id > 7");
    expect(await faultsOf(head)).toEqual([
      ["missing", 8],
      ["missing", 9],
      ["missing", 10],
    ]);
    await tamper("delete from audit_chain where audit_id > 7");
    const { faults } = await verifyAudit(cloned.db, head);
    expect(faults).toMatchObject([{ kind: "truncated", auditId: 10 }]);
    expect(faults[0]?.what).toContain("ends at 7");
    expect(faults[0]?.what).toContain("3 links are cut off");
  });

  it("does not extend a chain whose tail was cut off", async () => {
    await tamper(
      "delete from audit_log where audit_id > 7",
      "delete from audit_chain where audit_id > 7",
    );
    await append(1);
    expect(await closeAuditBatch(cloned.db, head)).toEqual({ kind: "broken" });
    expect(await faultsOf(head)).toEqual([["truncated", 10]]);
  });

  it("shows a row that was inserted between others, before and after the next closing", async () => {
    await tamper(
      "delete from audit_log where audit_id = 6",
      `insert into audit_log (audit_id, mode, kind, actor, subject, details, at)
       overriding system value values (6, 'paper', 'resume', 'test', 'kill-6', '{}', now())`,
    );
    expect(await faultsOf(head)).toEqual([["changed", 6]]);
    await tamper(
      `insert into audit_log (audit_id, mode, kind, actor, subject, details, at)
       overriding system value values (-3, 'paper', 'resume', 'test', 'forged', '{}', now())`,
    );
    await append(1);
    const next = await closeAll(head);
    expect(await faultsOf(next)).toEqual([
      ["inserted", -3],
      ["changed", 6],
    ]);
  });

  it("shows two rows that changed places", async () => {
    await tamper(
      "alter table audit_log alter audit_id drop identity",
      "update audit_log set audit_id = 100 where audit_id = 3",
      "update audit_log set audit_id = 3 where audit_id = 8",
      "update audit_log set audit_id = 8 where audit_id = 100",
    );
    const { faults } = await verifyAudit(cloned.db, head);
    expect(faults).toMatchObject([
      { kind: "swapped", auditId: 3, what: expect.stringContaining("row 8") as string },
      { kind: "swapped", auditId: 8, what: expect.stringContaining("row 3") as string },
    ]);
  });

  it("shows a row inserted into a gap that a rollback left", async () => {
    await rollBack();
    await append(1);
    const next = await closeAll(head);
    expect(await faultsOf(next)).toEqual([]);
    await tamper(
      `insert into audit_log (audit_id, mode, kind, actor, subject, details, at)
       overriding system value values (11, 'paper', 'resume', 'test', 'forged', '{}', now())`,
    );
    expect(await faultsOf(next)).toEqual([["inserted", 11]]);
  });
});

async function rollBack(): Promise<void> {
  const rolledBack = cloned.db.transaction().execute(async (tx) => {
    await appendAudit(tx, act("never"));
    throw new Error("rolled back");
  });
  await expect(rolledBack).rejects.toThrow("rolled back");
}

it("waits for a transaction that drew a lower id, and links both in order", async () => {
  const slow = new pg.Client({ connectionString: cloned.url });
  await slow.connect();
  await slow.query("begin");
  await slow.query(
    `insert into audit_log (mode, kind, actor, subject, at) values ('paper', 'kill', 'slow', 'late', now())`,
  );
  await append(1);
  expect(await closeAuditBatch(cloned.db, null)).toEqual({ kind: "waiting" });
  const closing = closeAuditBatch(cloned.db, null);
  await sleep(50);
  await slow.query("commit");
  await slow.end();
  expect(await closing).toMatchObject({ kind: "closed", closed: 2 });
  const order = await cloned.db
    .selectFrom("audit_chain")
    .innerJoin("audit_log", "audit_log.audit_id", "audit_chain.audit_id")
    .select("subject")
    .orderBy("audit_chain.audit_id")
    .execute();
  expect(order.map(({ subject }) => subject)).toEqual(["late", "kill-1"]);
});

it("lets one process close at a time", async () => {
  await append(1);
  const other = new pg.Client({ connectionString: cloned.url });
  await other.connect();
  await other.query("select pg_advisory_lock(7409)");
  expect(await closeAuditBatch(cloned.db, null)).toEqual({ kind: "busy" });
  await other.end();
});

it("links every row exactly once, in order, under writers that commit late and roll back", async () => {
  const WRITERS = 12;
  let isOver = false;
  let committed = 0;
  /** Half of them hold their ids for long, while the others commit higher ones. */
  const writer = async (seed: number): Promise<void> => {
    const isSlow = seed % 2 === 0;
    for (let index = 0; index < (isSlow ? 20 : 60); index += 1) {
      const isKept = (seed + index) % 5 !== 0;
      await cloned.db
        .transaction()
        .execute(async (tx) => {
          await appendAudit(tx, act(`${seed}/${index}`));
          if (isSlow) await sleep(20 + ((seed * 7 + index * 13) % 60));
          if (!isKept) throw new Error("rolled back");
          committed += 1;
        })
        .catch((error: unknown) => {
          if (isKept) throw error;
        });
    }
  };
  let head: AuditHead | null = null;
  let closings = 0;
  const closer = async (): Promise<void> => {
    while (!isOver) {
      const closing = await closeAuditBatch(cloned.db, head);
      if (closing.kind === "broken") throw new Error("broken");
      if (closing.kind !== "closed") continue;
      head = closing.head;
      if (closing.closed > 0) closings += 1;
    }
  };
  const closing = closer();
  await Promise.all(Array.from({ length: WRITERS }, (_, seed) => writer(seed)));
  isOver = true;
  await closing;
  head = await closeAll(head);
  // Four in five of 6 * 20 and 6 * 60.
  expect(committed).toBe(384);
  expect(closings).toBeGreaterThan(3);
  expect(await verifyAudit(cloned.db, head)).toMatchObject({
    faultsTotal: 0,
    links: committed,
    unchained: 0,
  });
  expect(head?.links).toBe(committed);
});

it("keeps what must not wait for the disk, what is repeated once, and what is new only", async () => {
  const { db } = cloned;
  await appendAuditSoon(db, act("soon"));
  for (let round = 0; round < 2; round += 1) await appendAuditOnce(db, act("once", { id: 1 }));
  await appendAuditOnce(db, act("once", { id: 2 }));
  const key = (subject: string) => ({ ...act(subject), kind: "key" }) as const;
  for (const subject of ["a", "a", "b", "b", "a"]) await appendAuditIfChanged(db, key(subject));
  const rows = await db.selectFrom("audit_log").select("subject").orderBy("audit_id").execute();
  const subjects = rows.map(({ subject }) => subject);
  expect(subjects).toEqual(["soon", "once", "once", "a", "b", "a"]);
});
