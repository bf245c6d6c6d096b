import type { Instant } from "../core/domain/units.ts";

/** Seconds of the run since an instant; null when there is none. */
export function ageOf(at: Instant | null, now: number): number | null {
  return at === null ? null : Math.max(0, Math.round((now - at) / 100) / 10);
}

/** An age for people. */
export function age(at: Instant | null, now: number): string {
  const seconds = ageOf(at, now);
  return seconds === null ? "–" : `${seconds.toFixed(1)} s`;
}
