import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { lockChanges } from "../activities/gates/config-guard.ts";
import { snapshotHash, type SnapshotPlaces, takeSnapshot } from "../runtime/config-snapshot.ts";
import { PACKAGE_ROOT } from "../runtime/package-root.ts";
import { loadRiskLimits } from "../runtime/risk-limits.ts";
import { limitsInForce, putInForce } from "../schema/queries/limits.ts";
import { createLock, findLock, type TestLock, unlock } from "../schema/queries/locks.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { emptyDatabase } from "../test/db/empty.ts";
import { type SigningHome, signingHome } from "../test/db/signer.ts";
import { applyLimitsFile } from "./limits.ts";
import { restoreLock } from "./restore-lock.ts";

const MODE = "paper";
const LOCK_ID = "lock-of-the-test";

let cloned: ClonedDatabase;
let own: SigningHome;
let places: SnapshotPlaces;
let lockedHash: string;
beforeAll(async () => {
  cloned = await cloneDatabase();
  own = await signingHome();
});
afterAll(async () => {
  await cloned.drop();
  own.remove();
});
beforeEach(async () => {
  const copied = async (name: string): Promise<string> => {
    const path = join(own.home.path, name);
    await copyFile(join(PACKAGE_ROOT, "config", name), path);
    return path;
  };
  places = {
    home: own.home,
    configFile: await copied("tipoff.yaml"),
    limitsFile: await copied("risk_limits.yaml"),
    gatesFile: await copied("gates.yaml"),
    alertsFile: await copied("alerts.yaml"),
    commit: "abc",
  };
  const { hash, text } = loadRiskLimits(places.limitsFile);
  const first = { by: "test", reason: "first start", changes: [] };
  await putInForce(cloned.db, { mode: MODE, hash, text, ...first });
  lockedHash = hash;
  const snapshot = await takeSnapshot(places);
  await createLock(cloned.db, own.signer, {
    lockId: LOCK_ID,
    mode: MODE,
    reason: "test",
    by: "test",
    at: new Date(),
    snapshot: JSON.stringify(snapshot),
    snapshotHash: snapshotHash(snapshot),
  });
});
afterEach(() => emptyDatabase(cloned.db));

/** Ends the window, and applies limits with another daily loss of paper. */
async function applyDailyLoss(usd: number): Promise<void> {
  await unlock(cloned.db, { mode: MODE, reason: "test", by: "test", at: new Date() });
  const text = await readFile(places.limitsFile, "utf8");
  const changed = text.replace(/(\npaper:[^]*?max_daily_loss: )\d+/, `$1${usd}`);
  await writeFile(places.limitsFile, changed);
  const act = { mode: MODE, path: places.limitsFile, by: "test", reason: "test" } as const;
  expect(await applyLimitsFile(cloned.db, act)).toMatchObject({ outcome: { kind: "applied" } });
}

async function lock(): Promise<TestLock> {
  const found = await findLock(cloned.db, own.signer, LOCK_ID);
  if (found === null) throw new Error("the window is kept");
  return found;
}

const restore = async () =>
  restoreLock(cloned.db, { lock: await lock(), mode: MODE, places, by: "test" });
const differences = async () => lockChanges(cloned.db, await lock(), [await takeSnapshot(places)]);

it("puts the locked limits in force with their file, recorded and audited, entries off", async () => {
  await applyDailyLoss(601);
  const { killId, replaced, limitsWaitFor } = await restore();
  expect(replaced.map(({ name }) => name)).toEqual(["risk_limits.yaml"]);
  expect(limitsWaitFor).toEqual([]);
  expect(await limitsInForce(cloned.db, MODE)).toMatchObject({
    hash: lockedHash,
    reason: `rollback to ${LOCK_ID}`,
  });
  expect(await differences()).toEqual([]);
  const kills = await cloned.db.selectFrom("kill_switch").selectAll().execute();
  expect(kills).toMatchObject([{ kill_id: killId, level: "no-entries", released_at: null }]);
  const audited = await cloned.db.selectFrom("audit_log").select("kind").execute();
  expect(audited.slice(-3).map(({ kind }) => kind)).toEqual(["kill", "limits", "rollback"]);
});

it("leaves what is in force where a loosening is refused, says why, and the window still differs", async () => {
  await applyDailyLoss(250);
  const standing = await takeSnapshot(places);
  await createLock(cloned.db, own.signer, {
    lockId: "another",
    mode: MODE,
    reason: "test",
    by: "test",
    at: new Date(),
    snapshot: JSON.stringify(standing),
    snapshotHash: snapshotHash(standing),
  });
  const { limitsWaitFor } = await restore();
  expect(limitsWaitFor).toEqual(["test window another is locked"]);
  expect((await limitsInForce(cloned.db, MODE))?.hash).not.toBe(lockedHash);
  expect(await differences()).toEqual([expect.stringMatching(/^limits in force: /)]);
  const audited = await cloned.db.selectFrom("audit_log").select("kind").execute();
  expect(audited.at(-1)?.kind).toBe("rollback");
});
