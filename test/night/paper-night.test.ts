import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ReportSummary } from "../../activities/report/report-schema.ts";
import { homeAt, readServices } from "../../runtime/home.ts";
import { nodeArguments } from "../../runtime/package-root.ts";
import { identify } from "../../runtime/process-identity.ts";

let home = "";
const started: ChildProcess[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "night-"));
});

afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGTERM");
    await once(child, "exit");
  }
  await rm(home, { recursive: true, force: true });
});

/** A started command, with all it has said so far. */
interface Run {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly exitCode: Promise<number | null>;
}

function tipoff(...args: string[]): Run {
  const child = spawn(process.execPath, nodeArguments("cli/main.ts", ...args, "--home", home), {
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  const exitCode = new Promise<number | null>((resolve) => {
    child.once("close", resolve);
  });
  return { child, said: () => text, exitCode };
}

async function until(what: string, timeoutMs: number, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function readNight(): Promise<ReportSummary> {
  return ReportSummary.parse(JSON.parse(await readFile(join(home, "copy.json"), "utf8")));
}

function expectBalanced(report: ReportSummary, games: number): void {
  expect(report.games).toHaveLength(games);
  expect(report.games.map(({ phase }) => phase)).toEqual(Array(games).fill("scored"));
  expect(Object.values(report.integrity).map(Number)).toEqual(Array(7).fill(0));
  expect(Number(report.totals.cashUsd.difference)).toBe(0);
  expect(report.games.every(({ pregameAttempts }) => pregameAttempts <= 1)).toBe(true);
}

const NIGHT = ["--games", "2", "--seed", "11", "--exit"] as const;

it("plays a night to its report, and does not play it twice", async () => {
  const night = tipoff("start", ...NIGHT, "--speed", "240", "--json", join(home, "copy.json"));
  expect(await night.exitCode, night.said()).toBe(0);
  expectBalanced(await readNight(), 2);
  const { processes } = await readServices(homeAt(home));
  expect(processes).toEqual([]);

  const again = tipoff("start", ...NIGHT);
  expect(await again.exitCode, again.said()).toBe(0);
  expect(again.said()).toContain("was played in this home already");
});

it("resumes where it was after kill -9 of everything, and lets nobody else in meanwhile", async () => {
  const night = tipoff("start", ...NIGHT, "--speed", "240");
  await until("a live game", 120_000, () => night.said().includes(": live"));
  const second = tipoff("start", ...NIGHT);
  expect(await second.exitCode).toBe(3);
  expect(second.said()).toContain(`process ${night.child.pid ?? 0}`);

  const { processes } = await readServices(homeAt(home));
  expect(processes.map(({ name }) => name)).toEqual(["postgres", "temporal", "exchange", "worker"]);
  night.child.kill("SIGKILL");
  for (const { pid } of processes) process.kill(pid, "SIGKILL");
  await night.exitCode;

  const resumed = tipoff("start", ...NIGHT, "--json", join(home, "copy.json"));
  expect(await resumed.exitCode, resumed.said()).toBe(0);
  expect(resumed.said()).toContain("resumed where it was");
  expectBalanced(await readNight(), 2);
  const left = await Promise.all(processes.map(({ pid }) => identify(pid)));
  expect(left).toEqual([null, null, null, null]);
});
