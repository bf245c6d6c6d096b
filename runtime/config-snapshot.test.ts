import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  modelsFolder,
  snapshotChanges,
  snapshotHash,
  type SnapshotPlaces,
  takeSnapshot,
} from "./config-snapshot.ts";
import { homeAt } from "./home.ts";
import { restoreSnapshot } from "./restore-snapshot.ts";

let places: Required<SnapshotPlaces>;
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "tipoff-snapshot-"));
  const at = (name: string): string => join(folder, name);
  places = {
    home: homeAt(folder),
    configFile: at("mine.yaml"),
    limitsFile: at("limits.yaml"),
    gatesFile: at("gates.yaml"),
    alertsFile: at("alerts.yaml"),
    commit: "abc",
  };
  await writeFile(places.configFile, "a: {b: 1, c: [1, 2]} # said\nd: x\n");
  await writeFile(places.limitsFile, "paper: {max_daily_loss: 100}\n");
  await writeFile(places.gatesFile, "gates: {}\n");
  await writeFile(places.alertsFile, "sinks: {chat: {urlFrom: TIPOFF_ALERT_CHAT_URL}}\n");
  await mkdir(modelsFolder(places.home));
  await writeFile(join(modelsFolder(places.home), "entry.json"), "{}");
});
afterEach(() => rm(places.home.path, { recursive: true, force: true }));

it("holds every settings file and artifact", async () => {
  const { files, commit } = await takeSnapshot(places);
  const settings = ["tipoff.yaml", "risk_limits.yaml", "gates.yaml", "alerts.yaml"];
  const names = [...settings, "models/entry.json"];
  expect(files.map(({ name }) => name)).toEqual(names);
  expect(commit).toBe("abc");
});

it("names each key that changed, with both values", async () => {
  const before = await takeSnapshot(places);
  await writeFile(places.configFile, "a: {b: 2, c: [1, 3]}\ne: .nan\n");
  await writeFile(places.limitsFile, "paper: {max_daily_loss: 1000}\n");
  const after = await takeSnapshot({ ...places, commit: "def" });
  expect(snapshotChanges(before, after)).toEqual([
    "tipoff.yaml: a.b 1 -> 2",
    "tipoff.yaml: a.c [1,2] -> [1,3]",
    'tipoff.yaml: d "x" -> absent',
    "tipoff.yaml: e absent -> NaN",
    "risk_limits.yaml: paper.max_daily_loss 100 -> 1000",
    "code: abc -> def",
  ]);
  expect(snapshotHash(after)).not.toBe(snapshotHash(before));
});

it("names what changed of who is told, and tells no address", async () => {
  const before = await takeSnapshot(places);
  await writeFile(places.alertsFile, "sinks: {phone: {to: '+15550100'}}\n");
  expect(snapshotChanges(before, await takeSnapshot(places))).toEqual([
    "alerts.yaml: sinks.chat.urlFrom changed",
    "alerts.yaml: sinks.phone.to changed",
  ]);
});

it("says nothing of comments and layout, which nothing reads", async () => {
  const before = await takeSnapshot(places);
  await writeFile(places.configFile, "d: x\na:\n  c: [1, 2]\n  b: 1\n");
  expect(snapshotChanges(before, await takeSnapshot(places))).toEqual([]);
});

it.each<[string, () => Promise<void>, string]>([
  ["a file that is gone", () => rm(places.limitsFile), "risk_limits.yaml: is gone"],
  [
    "an artifact that was added",
    () => writeFile(join(modelsFolder(places.home), "exit.json"), "{}"),
    "models/exit.json: added",
  ],
  [
    "an artifact that changed",
    () => writeFile(join(modelsFolder(places.home), "entry.json"), "{} "),
    "models/entry.json: content changed",
  ],
  [
    "settings that cannot be read",
    () => writeFile(places.configFile, "a: [1"),
    "tipoff.yaml: cannot be read as YAML any more",
  ],
])("notices %s", async (_, change, says) => {
  const before = await takeSnapshot(places);
  await change();
  expect(snapshotChanges(before, await takeSnapshot(places))).toEqual([says]);
});

it("puts everything back to the byte, and keeps what it replaced", async () => {
  const locked = await takeSnapshot(places);
  await writeFile(places.configFile, "a: 2\n");
  await rm(places.limitsFile);
  await writeFile(join(modelsFolder(places.home), "exit.json"), "new");
  const backup = join(places.home.path, "backups", "one");
  const replaced = await restoreSnapshot(locked, places, backup);
  expect(replaced.map(({ name }) => name)).toEqual([
    "tipoff.yaml",
    "risk_limits.yaml",
    "models/exit.json",
  ]);
  expect(await takeSnapshot(places)).toEqual(locked);
  expect(await readFile(join(backup, "tipoff.yaml"), "utf8")).toBe("a: 2\n");
  expect(await readFile(join(backup, "models", "exit.json"), "utf8")).toBe("new");
  expect(await restoreSnapshot(locked, places, backup)).toEqual([]);
});

it("takes no settings file away that a snapshot from before does not know", async () => {
  const { files, ...rest } = await takeSnapshot(places);
  const older = { ...rest, files: files.filter(({ name }) => name !== "alerts.yaml") };
  const backup = join(places.home.path, "backups", "two");
  expect(await restoreSnapshot(older, places, backup)).toEqual([]);
  expect(await readFile(places.alertsFile, "utf8")).toContain("chat");
});
