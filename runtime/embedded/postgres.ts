import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chown,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  writeFile,
} from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import type { Logger } from "pino";
import { z } from "zod";
import {
  findPostgresBinaries,
  findServerUser,
  isErrno,
  type RunAs,
  runAs,
  type ServerUser,
  unavailable,
} from "./postgres-binaries.ts";
import { listenOnce } from "../ports.ts";
import { endLeftoverServer } from "./postgres-leftover.ts";

const run = promisify(execFile);

/** Name of the role and of the database that Tipoff uses. */
const NAME = "tipoff";
/** Recovery after a power cut replays the log first; a slow disk needs patience. */
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

export interface EmbeddedPostgresOptions {
  /** Made when missing, reused when it holds a cluster. */
  readonly dataDir: string;
  /** Without it a free one is chosen once and kept with the data. */
  readonly port?: number;
  readonly log: Logger;
  /** Further settings, such as `{ max_connections: "200" }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A cluster that is ready to be started: spawn `process` with its user, then `waitForPostgres`. */
export interface PreparedPostgres {
  readonly process: RunAs;
  readonly dataDir: string;
  readonly port: number;
  readonly url: string;
}

/** A running server. `pid` is the postmaster's own, a direct child of this process. */
export interface EmbeddedPostgres {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the process has ended, for whatever reason, with what it ended by. */
  readonly exited: Promise<string>;
  readonly stop: () => Promise<void>;
}

/** Kept beside the cluster: what it takes to find it again after a restart. */
const Access = z.strictObject({ port: z.number().int(), password: z.string().min(1) });
type Access = z.infer<typeof Access>;

/**
 * Starts PostgreSQL on its data directory and waits until it accepts connections.
 * A server left by a dead owner is ended first; one whose owner lives is never touched.
 *
 * @throws TradingError DATABASE_UNAVAILABLE with the reason and the next step.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const prepared = await prepareEmbeddedPostgres(options);
  const server = spawnPostgres(prepared, options.log);
  const ended = server.exited.then((how) => {
    const reason = `PostgreSQL ended while starting (${how}): ${server.lastLines()}`;
    throw unavailable(reason, `look at what it said; the data is in ${prepared.dataDir}`);
  });
  try {
    await Promise.race([waitForPostgres(prepared.url), ended]);
  } catch (error) {
    await server.stop();
    throw error;
  }
  ended.catch(() => undefined); // From here on `exited` tells the owner.
  const { url, port } = prepared;
  options.log.info({ port, pid: server.pid, dataDir: prepared.dataDir }, "postgres ready");
  return { url, port, pid: server.pid, exited: server.exited, stop: server.stop };
}

/**
 * Does everything short of starting: binaries, account, cluster, port, leftovers of a dead owner.
 * For supervisors that run each service as a child of their own.
 */
export async function prepareEmbeddedPostgres(
  options: Omit<EmbeddedPostgresOptions, "log">,
): Promise<PreparedPostgres> {
  const dataDir = resolve(options.dataDir);
  await mkdir(dirname(dataDir), { recursive: true });
  const [binaries, user] = await Promise.all([findPostgresBinaries(), findServerUser()]);
  await endLeftoverServer(dataDir);
  if (!(await hasCluster(dataDir))) await createCluster(binaries.initdb, user, dataDir);
  const access = await readAccess(dataDir);
  const port = options.port ?? (await keepOrChoosePort(access.port));
  if (port !== access.port) await writeAccess(dataDir, { ...access, port }, user);
  const args = ["-D", dataDir, ...settingsArgs(port, options.settings ?? {})];
  const process = await runAs(user, binaries.postgres, args, [binaries.postgres, dataDir]);
  const url = `postgres://${NAME}:${access.password}@127.0.0.1:${port}/${NAME}`;
  return { process, dataDir, port, url };
}

/** Durable first, modest in memory, reachable from this machine alone. */
function settingsArgs(port: number, extra: Readonly<Record<string, string>>): string[] {
  const settings = {
    port: String(port),
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    fsync: "on",
    synchronous_commit: "on",
    full_page_writes: "on",
    shared_buffers: "64MB",
    max_connections: "100",
    wal_level: "minimal",
    max_wal_senders: "0",
    jit: "off",
    timezone: "UTC",
    log_timezone: "UTC",
    // A session that stalls inside a transaction would hold the risk lock for ever.
    idle_in_transaction_session_timeout: "30s",
    ...extra,
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

async function hasCluster(dataDir: string): Promise<boolean> {
  const files = await readdir(dataDir).catch((error: unknown): string[] => {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  });
  if (files.includes("PG_VERSION")) return true;
  if (files.length === 0) return false;
  throw unavailable(
    `${dataDir} is not empty and holds no PostgreSQL cluster`,
    "choose another data directory (--home or DB_PATH), or empty this one",
  );
}

/** Initialised aside and moved into place, so that a crash in between leaves no half cluster. */
async function createCluster(initdb: string, user: ServerUser | null, dataDir: string) {
  const draft = `${dataDir}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  if (user) await chown(draft, user.uid, user.gid);
  const access = { port: await freePort(), password: randomBytes(18).toString("base64url") };
  const passwordFile = `${dataDir}.password`;
  await writeFile(passwordFile, access.password, { mode: 0o600 });
  if (user) await chown(passwordFile, user.uid, user.gid);
  const args = ["-D", draft, `--username=${NAME}`, `--pwfile=${passwordFile}`];
  args.push("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C");
  const { command, args: all, ...ids } = await runAs(user, initdb, args, [initdb, draft]);
  try {
    await run(command, [...all], { ...ids, cwd: "/" });
  } catch (cause) {
    throw unavailable("initdb failed", "see the cause; is the disk full?", cause);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await writeAccess(draft, access, user);
  await rmdir(dataDir).catch((error: unknown) => {
    if (!isErrno(error, "ENOENT")) throw error;
  });
  await rename(draft, dataDir);
}

async function readAccess(dataDir: string): Promise<Access> {
  try {
    return Access.parse(JSON.parse(await readFile(join(dataDir, "tipoff.json"), "utf8")));
  } catch (cause) {
    throw unavailable(
      `${dataDir} holds a PostgreSQL cluster that Tipoff did not make, or its tipoff.json is damaged`,
      "choose another data directory (--home or DB_PATH)",
      cause,
    );
  }
}

async function writeAccess(dataDir: string, access: Access, user: ServerUser | null) {
  const file = join(dataDir, "tipoff.json");
  const draft = `${file}.new`;
  const handle = await open(draft, "w", 0o600);
  await handle.writeFile(`${JSON.stringify(access)}\n`);
  await handle.sync();
  await handle.close();
  if (user) await chown(draft, user.uid, user.gid);
  await rename(draft, file);
}

async function keepOrChoosePort(kept: number): Promise<number> {
  return (await isFree(kept)) ? kept : freePort();
}

async function freePort(): Promise<number> {
  const port = await listenOnce(0);
  if (port === null) throw unavailable("no free port on 127.0.0.1", "free some ports");
  return port;
}

async function isFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== null;
}

interface Spawned {
  readonly pid: number;
  readonly exited: Promise<string>;
  readonly lastLines: () => string;
  readonly stop: () => Promise<void>;
}

function spawnPostgres(prepared: PreparedPostgres, log: Logger): Spawned {
  const { command, args, ...ids } = prepared.process;
  // Its own process group: Ctrl+C must reach the owner alone, which stops services in order.
  const child = spawn(command, [...args], {
    ...ids,
    cwd: "/",
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const lines: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    for (const line of text.split("\n").filter(Boolean)) {
      lines.push(line);
      if (lines.length > 10) lines.shift();
      log.debug({ line }, "postgres");
    }
  });
  const exited = new Promise<string>((done) => {
    child.once("error", (error) => {
      done(error.message);
    });
    child.once("exit", (code, signal) => {
      done(signal ?? `exit code ${code ?? "unknown"}`);
    });
  });
  return {
    pid: child.pid ?? 0,
    exited,
    lastLines: () => lines.join(" | "),
    stop: () => stopServer(child, exited),
  };
}

/** Fast shutdown: open transactions roll back and a checkpoint is written; then, if it hangs, at once. */
async function stopServer(child: ChildProcess, exited: Promise<string>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGINT");
  const inTime = await Promise.race([exited, sleep(STOP_TIMEOUT_MS, null, { ref: false })]);
  if (inTime !== null) return;
  child.kill("SIGQUIT");
  await exited;
}

/**
 * Waits until the server accepts connections, and makes its database on the first start.
 *
 * @throws TradingError DATABASE_UNAVAILABLE after 60 s.
 */
export async function waitForPostgres(url: string): Promise<void> {
  const admin = new URL(url);
  const database = admin.pathname.slice(1);
  admin.pathname = "/postgres";
  const deadline = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    const error = await ensureDatabase(admin.href, database).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (error === null) return;
    if (performance.now() > deadline) {
      throw unavailable("PostgreSQL did not accept connections", "look at its log", error);
    }
    await sleep(50);
  }
}

async function ensureDatabase(adminUrl: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 2_000 });
  client.on("error", () => undefined); // The query in flight reports it.
  try {
    await client.connect();
    const found = await client.query("select 1 from pg_database where datname = $1", [database]);
    if (found.rowCount === 0) {
      await client.query(`create database ${client.escapeIdentifier(database)}`);
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}
