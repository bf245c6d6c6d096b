import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readLogs } from "./log-figures.ts";

let logs = "";
const warned: string[] = [];
const log = pino({ level: "warn" }, { write: (line: string) => warned.push(line) });

beforeEach(async () => {
  logs = await mkdtemp(join(tmpdir(), "log-figures-"));
  warned.length = 0;
});
afterEach(() => rm(logs, { recursive: true, force: true }));

it("counts the lines of our own logs, and those that do not parse", async () => {
  await writeFile(join(logs, "worker.log"), '{"a":1}\n\n{"a":\n');
  await writeFile(join(logs, "exchange.log"), '{"b":2}\n');
  await writeFile(join(logs, "postgres.log"), "LOG: of a server\n");
  expect(await readLogs(logs, log)).toEqual({ lines: 3, unparsable: 1 });
  expect(warned).toEqual([]);
});

it("says of a folder that cannot be read that it was not, and why", async () => {
  expect(await readLogs(join(logs, "none"), log)).toBeNull();
  expect(warned.join("")).toContain("ENOENT");
});

it("says the same of a file", async () => {
  await writeFile(join(logs, "exchange.log"), '{"b":2}\n');
  await mkdir(join(logs, "worker.log")); // Whoever runs the tests may read every file, but no folder as one.
  expect(await readLogs(logs, log)).toBeNull();
  expect(warned.join("")).toContain("EISDIR");
});
