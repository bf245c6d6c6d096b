import { InvalidArgumentError } from "commander";

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const ISO = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** Parser of an option that is an instant of the wall: ISO with its zone, a date (UTC), or how long ago. */
export function instantOption(text: string): Date {
  return new Date(runInstantOption(text)(Date.now()));
}

/** The same on a clock that is read later, such as the run's. @returns the instant by that clock, milliseconds. */
export function runInstantOption(text: string): (nowMs: number) => number {
  const [, amount, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) {
    return (nowMs) => nowMs - Number(amount) * (UNITS[unit] ?? 0);
  }
  const at = ISO.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return () => at;
  throw new InvalidArgumentError(
    "Expected an instant with its zone (2026-11-21T01:00:00Z), a date, or how long ago (30m, 2h, 1d).",
  );
}
