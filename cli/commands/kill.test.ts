import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Home, holdHome, homeAt } from "../../runtime/home.ts";
import { readKillFile } from "../../runtime/kill-file.ts";
import { captureOutput } from "../../test/support/captured-output.ts";
import { runCommandLine } from "../program.ts";

let home: Home;
beforeEach(() => {
  home = homeAt(mkdtempSync(join(tmpdir(), "kill-")));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(home.path, { recursive: true, force: true });
  process.exitCode = 0;
});

const kill = (...more: string[]): Promise<number> =>
  runCommandLine(["kill", "--home", home.path, "--reason", "a bad feeling", ...more]);

/** As a start leaves it that has not come to the exchange yet. */
async function writeServices(mode: "shadow" | "paper", urls: object = {}): Promise<void> {
  const ports = { exchange: 1, temporal: 1 };
  const services = { schemaVersion: 1, mode, ports, urls, processes: [] };
  await writeFile(home.servicesFile, JSON.stringify(services));
}

it.each([
  ["nothing has come up yet", {}],
  ["the exchange has not come up yet", { database: "postgres://127.0.0.1:1/none" }],
])("leaves the file KILL at once where %s", async (_when, urls) => {
  await writeServices("paper", urls);
  const told = captureOutput();
  expect(await kill("--level", "flatten"), told.err).toBe(1);
  expect(readKillFile(home.killFile)?.kill).toMatchObject({
    level: "flatten",
    reason: "a bad feeling",
  });
  expect(told.out).toContain(`${home.killFile} stands: nothing is sent while it does`);
  expect(told.out).toContain("THE EXCHANGE WAS NOT ASKED: orders may still rest there");
});

it("leaves it in a home that is taken for the first time, and in one whose services.json is damaged", async () => {
  const lock = await holdHome(home, "test");
  captureOutput();
  expect(await kill()).toBe(1);
  await lock.release();
  expect(readKillFile(home.killFile)?.kill.level).toBe("cancel-all");
  rmSync(home.killFile);
  await writeFile(home.servicesFile, "{");
  expect(await kill()).toBe(1);
  expect(existsSync(home.killFile)).toBe(true);
});

it("answers the same as JSON, also where the last start was in shadow: this one may not be", async () => {
  await writeServices("shadow");
  const told = captureOutput();
  expect(await kill("--json"), told.err).toBe(1);
  expect(JSON.parse(told.out)).toMatchObject({
    ...{ mode: null, level: "cancel-all", reason: "a bad feeling" },
    ...{ isQuiet: false, inFlight: [], sweep: null, killFile: home.killFile },
  });
  expect(existsSync(home.killFile)).toBe(true);
});

it("makes no home of a folder that is none", async () => {
  const told = captureOutput();
  expect(await kill()).toBe(1);
  expect(told.err).toContain(`nothing runs in ${home.path}`);
  expect(existsSync(home.killFile)).toBe(false);
});
