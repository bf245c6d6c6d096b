import { createHash } from "node:crypto";
import type { Selectable } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { Signer } from "../../core/domain/signed.ts";
import type { Db } from "../database.ts";
import type { Database } from "../tables.ts";
import { appendAudit } from "./audit.ts";

type LockRow = Selectable<Database["test_locks"]>;

/** A test window that stands. */
export interface LockedWindow {
  readonly lockId: string;
  readonly reason: string;
  readonly by: string;
  readonly since: Date;
}

/** A window with what it froze. */
export interface TestLock extends LockedWindow {
  readonly mode: Mode;
  /** The snapshot, JSON, byte for byte. */
  readonly snapshot: string;
  readonly snapshotHash: string;
  readonly unlockedAt: Date | null;
  /** False: the row is not as it was signed, and nothing may be taken from it. */
  readonly isAuthentic: boolean;
}

/** The test window that is locked in a mode. @returns its id, or `null` when no window is locked. */
export async function lockedWindow(db: Db, mode: Mode): Promise<string | null> {
  return (await standingWindow(db, mode))?.lockId ?? null;
}

async function standingWindow(db: Db, mode: Mode): Promise<LockedWindow | null> {
  const row = await db
    .selectFrom("test_locks")
    .select(["lock_id as lockId", "reason", "created_by as by", "created_at as since"])
    .where("mode", "=", mode)
    .where("unlocked_at", "is", null)
    .executeTakeFirst();
  return row ?? null;
}

/** The window that stands with its snapshot, verified. @returns `null` when none stands. */
export async function openLock(db: Db, signer: Signer, mode: Mode): Promise<TestLock | null> {
  const row = await db
    .selectFrom("test_locks")
    .selectAll()
    .where("mode", "=", mode)
    .where("unlocked_at", "is", null)
    .executeTakeFirst();
  return row ? toLock(row, signer) : null;
}

/** One window, open or over, verified. @returns `null` when there is none of this id. */
export async function findLock(db: Db, signer: Signer, lockId: string): Promise<TestLock | null> {
  const row = await db
    .selectFrom("test_locks")
    .selectAll()
    .where("lock_id", "=", lockId)
    .executeTakeFirst();
  return row ? toLock(row, signer) : null;
}

/** All windows of a mode, the last first. */
export async function locksOfMode(
  db: Db,
  signer: Signer,
  mode: Mode,
): Promise<readonly TestLock[]> {
  const rows = await db
    .selectFrom("test_locks")
    .selectAll()
    .where("mode", "=", mode)
    .orderBy("created_at", "desc")
    .execute();
  return rows.map((row) => toLock(row, signer));
}

/** What a new window freezes. */
export interface NewLock {
  readonly lockId: string;
  readonly mode: Mode;
  readonly reason: string;
  readonly by: string;
  readonly at: Date;
  readonly snapshot: string;
  readonly snapshotHash: string;
}

/** Opens a test window. @returns the one that stands already, or `null` when this one was opened. */
export async function createLock(
  db: Db,
  signer: Signer,
  lock: NewLock,
): Promise<LockedWindow | null> {
  return db.transaction().execute(async (tx) => {
    const row = {
      lock_id: lock.lockId,
      mode: lock.mode,
      reason: lock.reason,
      snapshot: lock.snapshot,
      snapshot_hash: lock.snapshotHash,
      created_by: lock.by,
      created_at: lock.at,
      signed_by: signer.keyId,
    };
    const inserted = await tx
      .insertInto("test_locks")
      .values({ ...row, signature: signer.sign(payload(row)) })
      .onConflict((conflict) =>
        conflict.column("mode").where("unlocked_at", "is", null).doNothing(),
      )
      .returning("lock_id")
      .executeTakeFirst();
    if (!inserted) return standingWindow(tx, lock.mode);
    await appendAudit(tx, {
      mode: lock.mode,
      kind: "lock",
      actor: lock.by,
      subject: lock.lockId,
      details: { act: "locked", reason: lock.reason, snapshotHash: lock.snapshotHash },
      at: lock.at,
    });
    return null;
  });
}

/** Ends the window that stands. @returns its id, or `null` when none stood. */
export async function unlock(
  db: Db,
  act: { readonly mode: Mode; readonly reason: string; readonly by: string; readonly at: Date },
): Promise<string | null> {
  return db.transaction().execute(async (tx) => {
    const ended = await tx
      .updateTable("test_locks")
      .set({ unlocked_at: act.at, unlocked_by: act.by, unlock_reason: act.reason })
      .where("mode", "=", act.mode)
      .where("unlocked_at", "is", null)
      .returning("lock_id")
      .executeTakeFirst();
    if (!ended) return null;
    await appendAudit(tx, {
      mode: act.mode,
      kind: "lock",
      actor: act.by,
      subject: ended.lock_id,
      details: { act: "unlocked", reason: act.reason },
      at: act.at,
    });
    return ended.lock_id;
  });
}

function toLock(row: LockRow, signer: Signer): TestLock {
  return {
    lockId: row.lock_id,
    mode: row.mode,
    reason: row.reason,
    by: row.created_by,
    since: row.created_at,
    snapshot: row.snapshot,
    snapshotHash: row.snapshot_hash,
    unlockedAt: row.unlocked_at,
    isAuthentic: signer.verifies(payload(row), row.signature),
  };
}

/** What is signed: everything that was frozen; its end is a later act, which the audit log keeps. */
function payload(row: Omit<LockRow, "signature" | `unlock${string}`>): object {
  return {
    lock_id: row.lock_id,
    mode: row.mode,
    reason: row.reason,
    snapshot: createHash("sha256").update(row.snapshot).digest("hex"),
    snapshot_hash: row.snapshot_hash,
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    signed_by: row.signed_by,
  };
}
