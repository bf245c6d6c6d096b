import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RollingSum, RollingWindow } from "./rolling-window.ts";

const steps = fc.array(
  fc.record({ wait: fc.integer({ min: 0, max: 400 }), value: fc.integer({ min: 1, max: 99 }) }),
  { minLength: 1, maxLength: 120 },
);

describe("RollingWindow", () => {
  it("has no statistics before its first value", () => {
    expect(new RollingWindow(1_000).stats(0)).toBeNull();
  });

  it("equals a walk over every millisecond of the window", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 1_500 }), (changes, after) => {
        const window = new RollingWindow(1_000);
        const timeline: number[] = [];
        let at = 0;
        for (const { wait, value } of changes) {
          for (let t = 0; t < wait && timeline.length > 0; t++) timeline.push(timeline.at(-1) ?? 0);
          at = Math.max(0, timeline.length - 1);
          if (timeline.length === 0) timeline.push(value);
          else timeline[at] = value;
          window.push(at, value);
        }
        for (let t = 0; t < after; t++) timeline.push(timeline.at(-1) ?? 0);
        const now = timeline.length - 1;
        const seen = timeline.slice(Math.max(0, now - 1_000), now);
        const stats = window.stats(now);
        expect(stats).not.toBeNull();
        if (!stats || seen.length === 0) return;
        expect(stats.spanMs).toBe(seen.length);
        expect(stats.mean).toBeCloseTo(
          seen.reduce((sum, value) => sum + value, 0) / seen.length,
          6,
        );
        // A value that was replaced within its millisecond may still be the low or high.
        expect(stats.low).toBeLessThanOrEqual(Math.min(...seen, timeline.at(-1) ?? 0));
        expect(stats.high).toBeGreaterThanOrEqual(Math.max(...seen, timeline.at(-1) ?? 0));
      }),
    );
  });

  it("counts the value that stood at its start: a late jump has a range", () => {
    const window = new RollingWindow(1_000);
    window.push(0, 50);
    window.push(9_900, 60);
    expect(window.stats(10_000)).toMatchObject({ low: 50, high: 60, mean: 51 });
  });

  it("forgets a jump that is as old as the window", () => {
    const window = new RollingWindow(1_000);
    window.push(0, 50);
    window.push(100, 60);
    expect(window.stats(1_099)).toMatchObject({ low: 50 });
    expect(window.stats(1_100)).toMatchObject({ low: 60, high: 60, mean: 60 });
  });
});

describe("RollingSum", () => {
  it("sums what is younger than its length", () => {
    const sum = new RollingSum(1_000);
    sum.add(0, 5);
    sum.add(500, 7);
    expect(sum.total(999)).toBe(12);
    expect(sum.total(1_000)).toBe(7);
    expect(sum.total(1_500)).toBe(0);
  });
});
