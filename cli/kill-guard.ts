import { setTimeout as sleep } from "node:timers/promises";
import { readKillFile } from "../runtime/kill-file.ts";
import { throwKill } from "../schema/queries/kill.ts";
import { type RunningHome, withDatabase } from "./context.ts";
import { sweepAccount } from "./kill-path.ts";
import { reasonOf } from "./output.ts";

/** How often the file is looked for, and how often the exchange is looked at while it stands. Wall time. */
const LOOK_MS = 250;
const AGAIN_MS = 2_000;
/** One look at the exchange; the next one goes on. */
const SWEEP_MS = 10_000;

/**
 * Watches for a file named KILL from the process that supervises the others, and acts on it by
 * itself: the row, and at the exchange until nothing rests there that it forbids. It needs none of
 * the processes it supervises but the exchange, and goes on looking while the file stands.
 *
 * @returns the end of it.
 */
export function guardByKillFile(
  running: RunningHome,
  say: (line: string) => void,
): () => Promise<void> {
  const stop = new AbortController();
  const guarding = guard(running, say, stop.signal);
  return async () => {
    stop.abort();
    await guarding;
  };
}

async function guard(
  running: RunningHome,
  say: (line: string) => void,
  stop: AbortSignal,
): Promise<void> {
  const pause = (ms: number): Promise<void> =>
    sleep(ms, undefined, { signal: stop }).catch(() => undefined);
  let actedOn = "";
  while (!stop.aborted) {
    const file = readKillFile(running.home.killFile);
    if (file === null) {
      if (actedOn !== "") say("the file KILL is gone; `npx tipoff resume` lifts the kill");
      actedOn = "";
      await pause(LOOK_MS);
      continue;
    }
    const isNew = file.killId !== actedOn;
    const { level, reason, by } = file.kill;
    if (isNew) say(`a file named KILL stands (${level}): ${reason}`);
    actedOn = file.killId;
    const kill = { killId: file.killId, mode: running.mode, level, reason, by };
    const isDatabaseThere = await withDatabase(running.databaseUrl, (database) =>
      throwKill(database, kill),
    ).then(
      () => true,
      (error: unknown) => {
        if (isNew) say(`its row is not written yet (${reasonOf(error)})`);
        return false;
      },
    );
    const swept = await sweepAccount(running, kill, {
      say: isNew ? say : () => undefined,
      giveUp: AbortSignal.any([stop, AbortSignal.timeout(SWEEP_MS)]),
      isDatabaseThere,
    });
    const clearedMs = swept?.clearedMs ?? null;
    if (isNew && clearedMs !== null) {
      say(`the exchange shows no order that it forbids, after ${Math.round(clearedMs)} ms`);
    }
    await pause(AGAIN_MS);
  }
}
