import { expect, it } from "vitest";
import { IN_FORCE, LIMITS, NOW, RUN_ID } from "../test/db/night.ts";
import { isStaleIntent } from "./stale-intent.ts";

const TOO_OLD_MS = LIMITS.maxQuoteAgeMs + 1_000;
const HOUR_MS = 3_600_000;

it.each([
  ["an entry as old as an hour on both clocks", "entry", TOO_OLD_MS, HOUR_MS, true],
  ["an entry cut off a moment ago, however fast the night", "entry", TOO_OLD_MS, 5_000, false],
  [
    "an entry of a night that stood still for an hour",
    "entry",
    LIMITS.maxQuoteAgeMs,
    HOUR_MS,
    false,
  ],
  ["what reduces, whatever its age", "exit", TOO_OLD_MS, HOUR_MS, false],
] as const)("%s", async (_, purpose, runMs, wallMs, isStale) => {
  const deps = { clock: { now: () => NOW, speed: 60 }, limits: IN_FORCE };
  const [intended_at, recorded_at] = [new Date(NOW - runMs), new Date(Date.now() - wallMs)];
  const row = { purpose, run_id: RUN_ID, intended_at, recorded_at };
  expect(await isStaleIntent(deps, row)).toBe(isStale);
});
