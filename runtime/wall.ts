import type { RunClock } from "../core/domain/time.ts";
import { type Instant, instant } from "../core/domain/units.ts";

/**
 * The wall clock, milliseconds since 1970 with fractions. Monotonic within a process: a step of the
 * system's clock does not reach it. For signatures, timeouts, latency figures, and what outlives a run.
 */
export function wallNow(): number {
  return performance.timeOrigin + performance.now();
}

/** The system's clock, its steps included, as the clock of what happens outside: it is what the venue's stamps compare with. */
export const SYSTEM_CLOCK: RunClock = { now: () => instant(Date.now()), speed: 1 };

/**
 * When a call of Temporal is given up, as its client takes it: by the system's clock, whose steps it
 * follows. By the clock above every call would be late after a step ahead.
 */
export function callDeadline(patienceMs: number): number {
  return Date.now() + patienceMs;
}

/** The same moment as an instant: whole milliseconds. */
export function wallInstant(): Instant {
  return instant(Math.floor(wallNow()));
}
