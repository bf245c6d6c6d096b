import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { NOW } from "../test/db/night.ts";
import { SILENT } from "../test/support/kalshi.ts";
import { newBatch } from "./observation-batch.ts";
import { spooledFiles, writeSpool } from "./observation-spool.ts";
import { createObservationStore, type ObservationStore } from "./observation-store.ts";

let cloned: ClonedDatabase;
let spoolDir: string;
let store: ObservationStore;
const onRefused = vi.fn();

beforeAll(async () => {
  cloned = await cloneDatabase();
}, 60_000);
afterAll(() => cloned.drop());
beforeEach(() => {
  spoolDir = mkdtempSync(join(tmpdir(), "intake-"));
  onRefused.mockReset();
  const clock = { now: () => NOW, speed: 60 };
  store = createObservationStore({ db: cloned.db, spoolDir, log: SILENT, clock, onRefused });
});
afterEach(async () => {
  await store.close();
  rmSync(spoolDir, { recursive: true, force: true });
});

/** Spools one observation of a game. @returns the path of its file. */
async function spool(game_id: string): Promise<string> {
  const before = await spooledFiles(spoolDir);
  const row = { game_id, observed_at: new Date(NOW), cursor_no: 1, trigger: "book", quality: "ok" };
  await writeSpool(spoolDir, { ...newBatch(), snapshots: [row] });
  const name = (await spooledFiles(spoolDir)).find((one) => !before.includes(one)) ?? "";
  return join(spoolDir, name);
}

async function kept(): Promise<readonly string[]> {
  const rows = await cloned.db.selectFrom("snapshots").select("game_id").execute();
  return rows.map(({ game_id }) => game_id);
}

const refused = () => spooledFiles(join(spoolDir, "refused"));
const standing = () =>
  cloned.db
    .selectFrom("alarms")
    .select(["code", "field"])
    .where("cleared_at", "is", null)
    .execute();

it("sets a file aside that does not parse, tells of it as of a refused row, and goes on", async () => {
  await spool("readable");
  writeFileSync(join(spoolDir, "0-3-snapshots.csv"), 'game_id,observed_at\n"unclosed');
  writeFileSync(join(spoolDir, "0-3-nothing.csv"), "game_id\n1\n");
  await store.flush();
  expect(await kept()).toContain("readable");
  expect(await refused()).toEqual(["0-3-nothing.csv", "0-3-snapshots.csv"]);
  expect(onRefused.mock.calls).toEqual([[1], [1]]);
});

it("leaves a file that the disk does not give, says so, and takes it in once it does", async () => {
  const path = await spool("given late");
  const aside = join(spoolDir, "aside");
  renameSync(path, aside);
  // Reading a folder as a file is an error of the file system, as EIO, EACCES and EMFILE are.
  mkdirSync(path);
  await spool("beside it");
  await store.flush();
  expect(await kept()).toContain("beside it");
  expect(await standing()).toEqual([{ code: "DATABASE_UNAVAILABLE", field: "spool" }]);
  expect(store.isAway()).toBe(false);
  rmSync(path, { recursive: true });
  renameSync(aside, path);
  await expect.poll(kept, { timeout: 10_000 }).toContain("given late");
  await expect.poll(standing).toEqual([]);
  expect(await spooledFiles(spoolDir)).toEqual([]);
  expect(await refused()).toEqual([]);
  expect(onRefused).not.toHaveBeenCalled();
});
