import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { readEnvironment } from "../../runtime/config.ts";
import { snapshotHash, type SnapshotPlaces, takeSnapshot } from "../../runtime/config-snapshot.ts";
import { loadRiskLimits } from "../../runtime/risk-limits.ts";
import { putInForce } from "../../schema/queries/limits.ts";
import { createLock, unlock } from "../../schema/queries/locks.ts";
import { liftKills } from "../../test/db/lift-kills.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { addGame, intentOf, NOW, proposalOf, record } from "../../test/db/night.ts";
import { type SigningHome, signingHome } from "../../test/db/signer.ts";
import { guardConfig } from "./config-guard.ts";

let cloned: ClonedDatabase;
let own: SigningHome;
let places: SnapshotPlaces;
let gameId: string;
beforeAll(async () => {
  cloned = await cloneDatabase();
  own = await signingHome();
  gameId = await addGame(cloned.db);
  const at = (name: string): string => join(own.home.path, name);
  places = {
    home: own.home,
    configFile: at("mine.yaml"),
    limitsFile: at("limits.yaml"),
    gatesFile: at("gates.yaml"),
    alertsFile: at("alerts.yaml"),
    commit: "abc",
  };
});
afterAll(async () => {
  await cloned.drop();
  own.remove();
});

const setting = (value: number): Promise<void> =>
  writeFile(places.configFile, `strategies: {modelEdge: {minEdgeCents: ${value}}}\n`);

beforeEach(async () => {
  await sql`update circuit_breakers set released_at = now() where released_at is null`.execute(
    cloned.db,
  );
  await liftKills(cloned.db, { mode: "paper", by: "test", reason: "next test" });
  await sql`update kill_switch set released_at = now() where released_at is null`.execute(
    cloned.db,
  );
  await unlock(cloned.db, { mode: "paper", reason: "next test", by: "test", at: new Date() });
  await setting(1);
  await copyFile(readEnvironment().limitsFile, places.limitsFile);
  await takeFile();
});

/** Puts the limits file in force. */
async function takeFile(): Promise<void> {
  const { hash, text } = loadRiskLimits(places.limitsFile);
  const act = { by: "test", reason: "test", changes: [] };
  await putInForce(cloned.db, { mode: "paper", hash, text, ...act });
}

let locks = 0;
async function lock(): Promise<void> {
  locks += 1;
  const snapshot = await takeSnapshot(places);
  await createLock(cloned.db, own.signer, {
    lockId: `lock-${locks}`,
    mode: "paper",
    reason: "test",
    by: "test",
    at: new Date(),
    snapshot: JSON.stringify(snapshot),
    snapshotHash: snapshotHash(snapshot),
  });
}

async function guard(loaded?: Awaited<ReturnType<typeof takeSnapshot>>) {
  return guardConfig({
    db: cloned.db,
    signer: own.signer,
    mode: "paper",
    clock: { now: () => NOW, speed: 1 },
    places,
    loaded: loaded ?? (await takeSnapshot(places)),
  });
}

const entry = () => record(cloned.db, proposalOf(gameId, intentOf(gameId)));

it("lets settings change while no window is locked", async () => {
  await setting(2);
  expect(await guard()).toEqual([]);
  expect((await entry()).kind).toBe("approved");
});

it("stops entries when a parameter of a locked window was changed, and says which", async () => {
  await lock();
  expect(await guard()).toEqual([]);
  expect((await entry()).kind).toBe("approved");
  await setting(2);
  const change = "tipoff.yaml: strategies.modelEdge.minEdgeCents 1 -> 2";
  expect(await guard()).toEqual([change]);
  expect(await entry()).toMatchObject({ kind: "refused", code: "breaker" });
  const breakers = await cloned.db
    .selectFrom("circuit_breakers")
    .select(["breaker", "cause", "level"])
    .where("released_at", "is", null)
    .execute();
  expect(breakers).toHaveLength(1);
  expect(breakers[0]).toMatchObject({ breaker: "config_changed", level: "no-entries" });
  expect(breakers[0]?.cause).toContain(change);
  // Looked at again, it stands as it is.
  expect(await guard()).toEqual([change]);
});

it("notices a process that runs on other settings than were locked, whatever is on the disk", async () => {
  await setting(3);
  const loaded = await takeSnapshot(places);
  await setting(1);
  await lock();
  expect(await guard(loaded)).toEqual(["tipoff.yaml: strategies.modelEdge.minEdgeCents 1 -> 3"]);
});

it("notices other code", async () => {
  await lock();
  const loaded = { ...(await takeSnapshot(places)), commit: "def" };
  expect(await guard(loaded)).toEqual(["code: abc -> def"]);
});

it("stops entries when other limits are in force than were locked, whatever is in the file", async () => {
  await lock();
  const text = await readFile(places.limitsFile, "utf8");
  await writeFile(
    places.limitsFile,
    text.replace(/max_total_capital: \d+/, "max_total_capital: 90000"),
  );
  await takeFile();
  await writeFile(places.limitsFile, text);
  const changes = await guard();
  expect(changes).toEqual([
    expect.stringMatching(/^limits in force: [0-9a-f]{12} -> [0-9a-f]{12}$/),
  ]);
  expect(await entry()).toMatchObject({ kind: "refused", code: "breaker" });
});

it("stops entries when a window holds no limits to compare with those in force", async () => {
  await rm(places.limitsFile);
  await lock();
  expect(await guard()).toEqual(["limits in force: the window holds none that can be read"]);
});

it("stops entries when the window's own record was changed", async () => {
  await lock();
  await sql`alter table test_locks disable trigger all`.execute(cloned.db);
  await sql`update test_locks set snapshot_hash = 'x'`.execute(cloned.db);
  await sql`alter table test_locks enable trigger all`.execute(cloned.db);
  expect(await guard()).toEqual(["the record of the window itself is not as it was signed"]);
  expect((await entry()).kind).toBe("refused");
});
