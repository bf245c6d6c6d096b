import { expect, it } from "vitest";
import { isLoopSilent, loopsOwed } from "./btc-loop.ts";

const SECOND = 1_000;

it("owes three loops a watched series and three for all, and none while nothing is watched", () => {
  expect(loopsOwed(["KXBTC15M"]).map(({ name, series }) => `${name} ${series}`)).toEqual([
    "watch KXBTC15M",
    "upkeep KXBTC15M",
    "settlement KXBTC15M",
    "spot ",
    "gaps ",
    "sweep ",
  ]);
  expect(loopsOwed(["KXBTCD", "KXBTC"])).toHaveLength(9);
  expect(loopsOwed([])).toEqual([]);
});

it("calls a loop silent only when the run's time and the wall say so", () => {
  expect(isLoopSilent("watch", { runMs: 61 * SECOND, wallMs: 61 * SECOND })).toBe(true);
  // A second of the wall at 240x is four minutes of the run.
  expect(isLoopSilent("watch", { runMs: 240 * SECOND, wallMs: SECOND })).toBe(false);
  // The clock stands still: nothing is owed.
  expect(isLoopSilent("watch", { runMs: 0, wallMs: 3_600 * SECOND })).toBe(false);
  expect(isLoopSilent("sweep", { runMs: 3_600 * SECOND, wallMs: 300 * SECOND })).toBe(false);
  expect(isLoopSilent("gaps", { runMs: 1_501 * SECOND, wallMs: 61 * SECOND })).toBe(true);
});
