import type { Worker } from "node:worker_threads";
import { required } from "../core/domain/assert.ts";
import { type NightJob, type NightOutcome, playJob } from "./job.ts";
import { startNightThread } from "./night-thread.ts";

/** How many nights are played at once, and who hears of each that is done. */
export interface PoolOptions {
  readonly workers: number;
  /** In whatever sequence they end. */
  readonly onDone?: (done: number, of: number) => void;
}

/**
 * Plays nights, several at once in threads where more than one worker is wanted. Nights are independent of
 * each other, and outcomes come in the sequence of the jobs: the number of workers changes nothing but the
 * time it takes.
 *
 * @throws whatever a night throws; the other threads are ended.
 */
export async function playJobs(
  jobs: readonly NightJob[],
  { workers, onDone }: PoolOptions,
): Promise<readonly NightOutcome[]> {
  const outcomes = new Map<number, NightOutcome>();
  let next = 0;
  const keep = (index: number, outcome: NightOutcome): void => {
    outcomes.set(index, outcome);
    onDone?.(outcomes.size, jobs.length);
  };
  const take = (): number | null => (next < jobs.length ? next++ : null);
  if (workers <= 1 || jobs.length <= 1) {
    for (let index = take(); index !== null; index = take()) {
      keep(index, await playJob(required(jobs[index], "a job")));
    }
  } else {
    const threads = Array.from({ length: Math.min(workers, jobs.length) }, () =>
      startNightThread("backtest/worker.ts"),
    );
    try {
      await Promise.all(threads.map((thread) => workThrough(thread, jobs, take, keep)));
    } finally {
      await Promise.all(threads.map((thread) => thread.terminate()));
    }
  }
  return jobs.map((_, index) => required(outcomes.get(index), "an outcome"));
}

function workThrough(
  thread: Worker,
  jobs: readonly NightJob[],
  take: () => number | null,
  keep: (index: number, outcome: NightOutcome) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let playing: number | null = null;
    const give = (): void => {
      playing = take();
      if (playing === null) resolve();
      else thread.postMessage(required(jobs[playing], "a job"));
    };
    thread.on("message", (outcome: NightOutcome) => {
      keep(required(playing, "the job that was answered"), outcome);
      give();
    });
    thread.on("error", reject);
    give();
  });
}
