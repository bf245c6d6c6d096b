import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { type ChildProcessRecord, type Home, readServices } from "../runtime/home.ts";
import type { Db } from "../schema/database.ts";
import { fullestMoment, onStage } from "./home.ts";
import type { BenchResult } from "./result.ts";

const SEED = 15;
const GAMES = 15;
/** From the full hour at which the night begins until after its fullest moment. */
const BITCOIN_HOURS = 10;
/** Bitcoin is played no faster than it is made for: what it writes at 240 no database takes. */
const BITCOIN_BEFORE_MS = 3_600_000;
const BITCOIN_SPEED = 60;
const SAMPLES = 60;
const RECOVERY_TIMEOUT_MS = 60_000;

/** The worker's memory with all games open, and how long a new one takes to watch them all again. */
export async function memory(): Promise<BenchResult> {
  const measured = await onStage(
    {
      seed: SEED,
      games: GAMES,
      bitcoinHours: BITCOIN_HOURS,
      speed: 240,
      settings: (usual) => ({
        ...usual,
        strategies: {
          ...usual.strategies,
          // All games are watched all night, also those that tip late.
          pregameAnchored: { ...usual.strategies.pregameAnchored, windowOpensSeconds: 21_600 },
        },
      }),
    },
    async ({ home, db, playTo, beginBitcoin }) => {
      const fullest = fullestMoment(SEED, GAMES);
      await playTo(fullest - BITCOIN_BEFORE_MS);
      await beginBitcoin();
      await playTo(fullest, BITCOIN_SPEED);
      const residentMb = await mostResidentMb(home);
      const contracts = await openContracts(db);
      return { residentMb, contracts, ...(await killAndWait(home)) };
    },
  );
  return {
    name: "memory",
    definition:
      `most resident memory of the worker in a minute at speed 1 with ${GAMES} games and the three series of ` +
      `Bitcoin watched, after the night so far at speed 240 and its last hour, with Bitcoin, at ` +
      `${BITCOIN_SPEED}; then kill -9 of the worker, and the time until it logged the first watch of every game`,
    seed: SEED,
    figures: [
      {
        name: "worker resident",
        value: measured.residentMb,
        unit: "MB",
        target: { atMost: 500 },
      },
      {
        ...{ name: "contracts watched then", value: measured.contracts, unit: "contracts" },
        target: { atLeast: 200 },
      },
      {
        name: "new worker's start to all watched",
        value: measured.fromStartS,
        unit: "s",
        target: { atMost: 10 },
      },
      { name: "kill to all watched", value: measured.fromKillS, unit: "s", target: null },
    ],
  };
}

async function mostResidentMb(home: Home): Promise<number> {
  const { pid } = await workerOf(home, null);
  let most = 0;
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    await sleep(1_000);
    const kilobytes = execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" });
    most = Math.max(most, Number(kilobytes));
  }
  return Math.round(most / 1_024);
}

/** Contracts in the newest cycle of each series. */
async function openContracts(db: Db): Promise<number> {
  const rows = await db
    .selectFrom("btc_cycles")
    .select(["series", "contracts"])
    .distinctOn("series")
    .orderBy("series")
    .orderBy("ended_at", "desc")
    .execute();
  return rows.reduce((sum, { contracts }) => sum + contracts, 0);
}

async function killAndWait(home: Home): Promise<{ fromStartS: number; fromKillS: number }> {
  const before = await workerOf(home, null);
  const killedAt = Date.now();
  process.kill(before.pid, "SIGKILL");
  await workerOf(home, before);
  const startedAt = Date.now();
  for (;;) {
    const watched = watchedSince(home, killedAt);
    if (watched.size >= GAMES) {
      const last = Math.max(...watched.values());
      return { fromStartS: (last - startedAt) / 1_000, fromKillS: (last - killedAt) / 1_000 };
    }
    if (Date.now() - killedAt > RECOVERY_TIMEOUT_MS) {
      throw new Error(`only ${watched.size} of ${GAMES} games were watched again`);
    }
    await sleep(100);
  }
}

/** The worker's process; with one given, the process that came after it. */
export async function workerOf(
  home: Home,
  before: ChildProcessRecord | null,
): Promise<ChildProcessRecord> {
  for (;;) {
    const { processes } = await readServices(home);
    const worker = processes.find(({ name }) => name === "worker");
    if (worker && worker.pid !== before?.pid) return worker;
    await sleep(10);
  }
}

const Watching = z.object({
  msg: z.literal("watching game"),
  gameId: z.string(),
  time: z.iso.datetime(),
});

/** Each game's first watch after an instant of the wall. */
function watchedSince(home: Home, since: number): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const line of readFileSync(join(home.logs, "worker.log"), "utf8").split("\n")) {
    if (!line.includes('"watching game"')) continue;
    const { gameId, time } = Watching.parse(JSON.parse(line));
    const at = Date.parse(time);
    if (at >= since && !first.has(gameId)) first.set(gameId, at);
  }
  return first;
}
