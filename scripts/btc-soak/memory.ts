import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { workerOf } from "../../bench/memory.ts";
import type { Home } from "../../runtime/home.ts";

const Memory = z.strictObject({ heapUsed: z.number(), rss: z.number() });

/** Memory of the worker after a collection, megabytes. */
export interface WorkerMemory {
  readonly pid: number;
  readonly heapMb: number;
  readonly residentMb: number;
}

const TIMEOUT_MS = 15_000;
const BYTES_A_MB = 1_048_576;

/** Asks the worker to collect and tell. @returns null when it did not, such as while it starts. */
export async function readMemory(home: Home): Promise<WorkerMemory | null> {
  const file = join(home.path, "memory.json");
  await rm(file, { force: true });
  const { pid } = await workerOf(home, null);
  try {
    process.kill(pid, "SIGUSR2");
  } catch {
    return null;
  }
  const until = Date.now() + TIMEOUT_MS;
  while (Date.now() < until) {
    const text = await readFile(file, "utf8").catch(() => null);
    if (text === null) {
      await sleep(50);
      continue;
    }
    const { heapUsed, rss } = Memory.parse(JSON.parse(text));
    return { pid, heapMb: heapUsed / BYTES_A_MB, residentMb: rss / BYTES_A_MB };
  }
  return null;
}
