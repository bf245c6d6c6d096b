import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { type SigningHome, signingHome } from "../../test/db/signer.ts";
import { createLock, findLock, lockedWindow, locksOfMode, openLock, unlock } from "./locks.ts";
import { tickedItems, tickItem } from "./manual-items.ts";

let cloned: ClonedDatabase;
let own: SigningHome;
let locks = 0;
beforeAll(async () => {
  cloned = await cloneDatabase();
  own = await signingHome();
});
afterAll(async () => {
  await cloned.drop();
  own.remove();
});

const AT = new Date("2026-11-28T12:00:00Z");
const end = { mode: "paper", reason: "over", by: "test", at: AT } as const;
beforeEach(() => unlock(cloned.db, end));

async function lock(mode: "paper" | "shadow" = "paper") {
  locks += 1;
  const lockId = `lock-${locks}`;
  const snapshot = JSON.stringify({ files: [], commit: "abc" });
  const what = { reason: "a test", by: "test", at: AT, snapshot, snapshotHash: "h" };
  const standing = await createLock(cloned.db, own.signer, { lockId, mode, ...what });
  return { lockId, standing };
}

it("keeps one window a mode, and names the one that stands", async () => {
  const first = await lock();
  expect(first.standing).toBeNull();
  expect(await lockedWindow(cloned.db, "paper")).toBe(first.lockId);
  expect(await lockedWindow(cloned.db, "shadow")).toBeNull();
  expect((await lock()).standing).toMatchObject({ lockId: first.lockId });
  expect(await unlock(cloned.db, end)).toBe(first.lockId);
  expect(await unlock(cloned.db, end)).toBeNull();
  expect(await lockedWindow(cloned.db, "paper")).toBeNull();
});

it("opens one window of two that are asked for at once", async () => {
  const both = await Promise.all([lock(), lock()]);
  expect(both.filter(({ standing }) => standing === null)).toHaveLength(1);
});

it("finds windows that are over, authentic after their end", async () => {
  const { lockId } = await lock();
  expect(await openLock(cloned.db, own.signer, "paper")).toMatchObject({ isAuthentic: true });
  await unlock(cloned.db, end);
  const found = await findLock(cloned.db, own.signer, lockId);
  expect(found).toMatchObject({ lockId, isAuthentic: true, unlockedAt: AT });
  expect((await locksOfMode(cloned.db, own.signer, "paper"))[0]?.isAuthentic).toBe(true);
  expect(await findLock(cloned.db, own.signer, "lock-of-nobody")).toBeNull();
});

it("audits what locks and unlocks", async () => {
  const { lockId } = await lock();
  await unlock(cloned.db, end);
  const rows = await cloned.db
    .selectFrom("audit_log")
    .select("details")
    .where("subject", "=", lockId)
    .orderBy("audit_id")
    .execute();
  expect(rows.map(({ details }) => (JSON.parse(details) as { act: string }).act)).toEqual([
    "locked",
    "unlocked",
  ]);
});

it.each([
  "update test_locks set snapshot = '{}'",
  "update test_locks set reason = 'x'",
  "update test_locks set unlocked_at = null where unlocked_at is not null",
  "delete from test_locks",
])("refuses to rewrite a window: %s", async (statement) => {
  await lock();
  await lock("shadow");
  await unlock(cloned.db, end);
  await expect(sql.raw(statement).execute(cloned.db)).rejects.toThrow(/window/);
});

it("does not believe a window whose snapshot was changed behind its back", async () => {
  const { lockId } = await lock();
  await sql`alter table test_locks disable trigger lock_only_unlocks`.execute(cloned.db);
  await sql`update test_locks set snapshot = '{"files":[],"commit":"other"}' where lock_id = ${lockId}`.execute(
    cloned.db,
  );
  await sql`alter table test_locks enable trigger lock_only_unlocks`.execute(cloned.db);
  expect((await findLock(cloned.db, own.signer, lockId))?.isAuthentic).toBe(false);
});

it("ticks an item once, signed, and does not believe a changed row", async () => {
  const item = { item: "legal", note: "asked", by: "test", at: AT, mode: "paper" } as const;
  expect(await tickItem(cloned.db, own.signer, item)).toBe(true);
  expect(await tickItem(cloned.db, own.signer, { ...item, note: "again" })).toBe(false);
  const read = () => tickedItems(cloned.db, own.signer);
  expect((await read()).get("legal")).toMatchObject({ note: "asked", isAuthentic: true });
  await sql`alter table manual_items disable trigger append_only`.execute(cloned.db);
  await sql`update manual_items set note = 'never'`.execute(cloned.db);
  expect((await read()).get("legal")?.isAuthentic).toBe(false);
});
