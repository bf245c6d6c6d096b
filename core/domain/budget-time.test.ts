import fc from "fast-check";
import { expect, it } from "vitest";
import { BudgetTime } from "./budget-time.ts";
import { instant } from "./units.ts";

/** Clocks moved by hand: the run's and the wall's, milliseconds. */
function rig() {
  const at = { run: 0, wall: 0 };
  const time = new BudgetTime({ now: () => instant(at.run), speed: 60 }, () => at.wall);
  const pass = (run: number, wall: number): number => {
    at.run += run;
    at.wall += wall;
    return time.lap();
  };
  return { pass };
}

it("counts the run's time while it goes on, whatever the wall shows", () => {
  const { pass } = rig();
  expect([pass(600, 10), pass(0, 10), pass(60_000, 1_000), pass(1, 5_000)]).toEqual([
    600, 0, 60_000, 1,
  ]);
});

it("counts the wall's from a second after the run came to stand still, however often it is asked", () => {
  const { pass } = rig();
  pass(600, 10);
  const asked = Array.from({ length: 40 }, () => pass(0, 100));
  expect(asked.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 0));
  expect(asked.reduce((sum, ms) => sum + ms, 0)).toBe(3_000);
  // Asked once after all of it, it is the same.
  const other = rig();
  other.pass(600, 10);
  expect(other.pass(0, 4_000)).toBe(3_000);
  expect(pass(60, 1)).toBe(60);
  expect(pass(0, 900)).toBe(0);
});

it("never counts more than both together", () => {
  const step = fc.tuple(fc.nat(5_000), fc.nat(5_000));
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { pass } = rig();
      for (const [run, wall] of steps) {
        const counted = pass(run, wall);
        expect(counted).toBeGreaterThanOrEqual(run);
        expect(counted).toBeLessThanOrEqual(run + wall);
      }
    }),
  );
});
