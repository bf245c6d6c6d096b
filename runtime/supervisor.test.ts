import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { TradingError } from "../core/domain/errors.ts";
import { waitUntil } from "./child.ts";
import type { ChildProcessRecord } from "./home.ts";
import { nodeArguments } from "./package-root.ts";
import { identify } from "./process-identity.ts";
import { type ServiceSpec, type ServiceStatus, Supervisor } from "./supervisor.ts";

let logs = "";
let supervisor: Supervisor | null = null;
let seen: ServiceStatus[] = [];
let children: readonly ChildProcessRecord[] = [];

beforeEach(async () => {
  logs = await mkdtemp(join(tmpdir(), "supervisor-"));
  seen = [];
});

afterEach(async () => {
  await supervisor?.stop();
  supervisor = null;
  await rm(logs, { recursive: true, force: true });
});

function supervise(): Supervisor {
  supervisor = new Supervisor(logs, {
    onStatus: (status) => seen.push(status),
    onChildren: (records) => {
      children = records;
      return Promise.resolve();
    },
  });
  return supervisor;
}

const service = (name: string, script: string, ready = Promise.resolve()): ServiceSpec => ({
  name,
  stopSignal: "SIGTERM",
  graceMs: 500,
  prepare: () => Promise.resolve({ command: "sh", args: ["-c", script] }),
  ready: () => ready,
});

/** A shell that is ready once its trap is set: a signal that comes before would end it as any other. */
const trapped = (name: string, trap: string, rest: string): ServiceSpec => {
  const isSet = join(logs, `${name}.trapped`);
  return {
    ...service(name, `${trap}; : > '${isSet}'; ${rest}`),
    ready: () => waitUntil(`the trap of ${name}`, 10_000, () => access(isSet)),
  };
};

const isAlive = async (pid: number): Promise<boolean> => (await identify(pid)) !== null;

async function restartOf(name: string, restarts: number): Promise<ServiceStatus> {
  let found: ServiceStatus | undefined;
  await waitUntil(`restart ${restarts} of ${name}`, 10_000, () => {
    found = seen.find(
      (status) => status.name === name && status.state === "ready" && status.restarts === restarts,
    );
    return found ? Promise.resolve() : Promise.reject(new Error("not yet"));
  });
  if (!found) throw new Error("unreachable");
  return found;
}

it("starts a killed child again, and again", async () => {
  await supervise().launch(service("worker", "exec sleep 600"));
  for (const restarts of [1, 2]) {
    process.kill(children[0]?.pid ?? 0, "SIGKILL");
    const status = await restartOf("worker", restarts);
    expect(status.lastExit).toBe("SIGKILL");
    expect(await isAlive(status.pid ?? 0)).toBe(true);
  }
});

it("tells each state of a restart once", async () => {
  await supervise().launch(service("worker", "exec sleep 600"));
  seen = [];
  process.kill(children[0]?.pid ?? 0, "SIGKILL");
  await restartOf("worker", 1);
  expect(seen.map(({ state }) => state)).toEqual(["restarting", "starting", "ready"]);
});

it("says where to look when a first start fails, and leaves nothing behind", async () => {
  const launch = supervise().launch(
    service(
      "exchange",
      "echo listening; echo no such port >&2; exit 3",
      new Promise(() => undefined),
    ),
  );
  await expect(launch).rejects.toThrow(/exchange .*exit code 3.*exchange\.errors\.log/);
  await expect(launch).rejects.toMatchObject({
    nextStep: expect.stringContaining("doctor") as string,
  });
  expect(await readFile(join(logs, "exchange.log"), "utf8")).toBe("listening\n");
  expect(await readFile(join(logs, "exchange.errors.log"), "utf8")).toBe("no such port\n");
});

it("says of a service that runs and is slow to answer why, where its log is, and what to do", async () => {
  const slow: ServiceSpec = {
    ...service("worker", "exec sleep 600"),
    ready: ({ gone }) =>
      waitUntil("the worker", 200, () => Promise.reject(new Error("no poller yet")), gone),
  };
  await expect(supervise().launch(slow)).rejects.toMatchObject({
    message: `the worker did not answer within 0.2 s (no poller yet); its log is ${logs}/worker.log`,
    nextStep: expect.stringContaining(`${logs}/worker.errors.log`) as string,
  });
  expect(await isAlive(children[0]?.pid ?? 0)).toBe(false);
});

it("keeps what a database that never answers says of itself", async () => {
  const details = { reason: "PostgreSQL did not accept connections", nextStep: "look" };
  const refusing = {
    ...service("postgres", "exec sleep 600"),
    ready: () => Promise.reject(new TradingError("DATABASE_UNAVAILABLE", details)),
  };
  await expect(supervise().launch(refusing)).rejects.toThrow(
    `PostgreSQL did not accept connections; its log is ${logs}/postgres.log`,
  );
});

it("ends children in reverse order of their start, the stubborn by force", async () => {
  const ended = `${logs}/ended`;
  const noting = (name: string): string => `trap 'echo ${name} >> ${ended}; exit' TERM`;
  const running = supervise();
  await running.launch(trapped("postgres", noting("postgres"), "while :; do sleep 0.02; done"));
  await running.launch(trapped("stubborn", "trap '' TERM", "while :; do sleep 0.05; done"));
  await running.launch(trapped("worker", noting("worker"), "while :; do sleep 0.02; done"));
  const pids = children.map((child) => child.pid);
  await running.stop();
  expect(await readFile(ended, "utf8")).toBe("worker\npostgres\n");
  expect(await Promise.all(pids.map(isAlive))).toEqual([false, false, false]);
  expect(running.statuses().map((status) => status.state)).toEqual(Array(3).fill("stopped"));
});

it("ends the children of a supervisor that was killed", async () => {
  const holder = spawn(process.execPath, nodeArguments("test/runtime/supervise.ts", logs), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(holder.stdout, "data")) as [Buffer];
  const pids = line.toString().trim().split(" ").map(Number);
  expect(await Promise.all(pids.map(isAlive))).toEqual([true, true]);
  holder.kill("SIGKILL");
  await waitUntil("the children's end", 5_000, async () => {
    if ((await Promise.all(pids.map(isAlive))).includes(true)) throw new Error("still alive");
  });
});

it("ends a child that could not be written down, and starts another", async () => {
  const started: number[] = [];
  supervisor = new Supervisor(logs, {
    onStatus: (status) => seen.push(status),
    onChildren: (records) => {
      for (const { pid } of records) if (!started.includes(pid)) started.push(pid);
      // The second start's note is lost, as on a full disk.
      return started.length === 2 ? Promise.reject(new Error("no space")) : Promise.resolve();
    },
  });
  await supervisor.launch(service("clerk", "exec sleep 600"));
  process.kill(started[0] ?? 0, "SIGKILL");
  await restartOf("clerk", 2);
  expect(started).toHaveLength(3);
  expect(await isAlive(started[1] ?? 0)).toBe(false);
  expect(await isAlive(started[2] ?? 0)).toBe(true);
});

it("says of a service that does not end when asked that it was killed, and of no other", async () => {
  const services = supervise();
  await services.launch(service("willing", "exec sleep 600"));
  await services.launch(trapped("stubborn", "trap '' TERM", "while :; do sleep 1; done"));
  await services.stop();
  expect(services.statuses().map(({ name, lastExit }) => [name, lastExit])).toEqual([
    ["willing", "SIGTERM"],
    ["stubborn", "SIGKILL"],
  ]);
});
