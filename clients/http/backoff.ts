import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

/** A share of a wait, 0 up to 1, drawn so that clients that failed together do not return together. */
export type Jitter = () => number;

/** Jitter from the system's chance; tests bring their own. */
export const systemJitter: Jitter = () => randomInt(1_000) / 1_000;

/** Wall milliseconds to wait before attempt `attempt` (1 is the first repeat): half fixed, half drawn. */
export function backoffMs(
  attempt: number,
  bounds: { readonly firstMs: number; readonly maxMs: number },
  jitter: Jitter,
): number {
  const full = Math.min(bounds.maxMs, bounds.firstMs * 2 ** (attempt - 1));
  return Math.round(full / 2 + (full / 2) * jitter());
}

/** Whether a read is worth a repeat; a number is the least wall milliseconds that the host asks to wait. */
export type Worth = boolean | number;

/**
 * Repeats a read until it is worth no repeat, `attempts` are used, or the host asks for a longer wait
 * than `maxMs`. For reads only: a write that is repeated may be done twice.
 */
export async function retryRead<T>(
  read: () => Promise<T>,
  worthOf: (outcome: T) => Worth,
  options: { readonly attempts: number; readonly firstMs: number; readonly maxMs: number },
  jitter: Jitter,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await read();
    const worth = worthOf(outcome);
    const askedMs = typeof worth === "number" ? worth : 0;
    const isOver = attempt >= options.attempts || worth === false || askedMs > options.maxMs;
    if (isOver) return outcome;
    await sleep(Math.max(askedMs, backoffMs(attempt, options, jitter)));
  }
}
