import { join } from "node:path";
import { open } from "node:fs/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import { instant } from "../../core/domain/units.ts";
import { SimClock } from "./clock.ts";
import { ClockFile } from "./clock-file.ts";
import { temporaryFolder } from "./testing/start.ts";

function clockAt(
  speed: number,
  isFreeRunning = false,
): { clock: SimClock; pass: (ms: number) => void } {
  let wall = 0;
  const clock = new SimClock({ startAt: instant(1_000), speed, isFreeRunning, wall: () => wall });
  return {
    clock,
    pass: (ms) => {
      wall += ms;
    },
  };
}

function promise(clock: SimClock): void {
  const horizon = clock.wantedHorizon();
  if (horizon !== null) clock.promiseHorizon(horizon);
}

it("stands still without a lease, and stops when the lease runs out", () => {
  const { clock, pass } = clockAt(10);
  pass(500);
  expect(clock.now()).toBe(1_000);
  clock.renewLease(60);
  promise(clock);
  pass(100);
  // 60 of the 100 ms were leased.
  expect(clock.now()).toBe(1_600);
  expect(clock.isRunning).toBe(false);
  clock.renewLease(60);
  expect(clock.now()).toBe(1_600);
});

it("shows no time beyond what was made durable, and does not jump when it is", () => {
  const { clock, pass } = clockAt(100, true);
  promise(clock);
  const { horizon } = clock;
  pass(10_000);
  expect(clock.now()).toBe(horizon);
  promise(clock);
  expect(clock.now()).toBe(horizon);
  pass(10);
  expect(clock.now()).toBe(horizon + 1_000);
});

it("never runs back, whatever happens to its speed, lease and horizon", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("pass" as const), by: fc.integer({ min: 0, max: 500 }) }),
    fc.record({ kind: fc.constant("speed" as const), by: fc.integer({ min: 1, max: 240 }) }),
    fc.record({ kind: fc.constant("lease" as const), by: fc.integer({ min: 50, max: 700 }) }),
    fc.record({ kind: fc.constant("promise" as const), by: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { clock, pass } = clockAt(1);
      let shown = clock.now();
      for (const { kind, by } of steps) {
        if (kind === "pass") pass(by);
        if (kind === "speed") clock.setSpeed(by);
        if (kind === "lease") clock.renewLease(by);
        if (kind === "promise") promise(clock);
        const now = clock.now();
        expect(now).toBeGreaterThanOrEqual(shown);
        expect(now).toBeLessThanOrEqual(clock.horizon);
        shown = now;
      }
    }),
  );
});

it("keeps the older record when the newer one is torn", async () => {
  const path = join(await temporaryFolder(), "clock");
  const { file, record } = await ClockFile.open(path);
  expect(record).toBeNull();
  await file.write(1_000, 60);
  await file.write(2_000, 60);
  await file.close();
  const second = await ClockFile.open(path);
  expect(second.record).toMatchObject({ horizonMs: 2_000, speed: 60 });
  await second.file.close();
  // Version 2 lies in the first slot.
  const handle = await open(path, "r+");
  await handle.write("xx", 20);
  await handle.close();
  const third = await ClockFile.open(path);
  expect(third.record).toMatchObject({ horizonMs: 1_000 });
  await third.file.close();
});

it("leaps over a gap at once, shows nothing of it, and makes the far side durable first", () => {
  let wall = 0;
  const gaps = [
    { from: instant(3_000), to: instant(50_000) },
    { from: instant(50_500), to: instant(60_000) },
  ];
  const options = { startAt: instant(1_000), speed: 10, isFreeRunning: true, wall: () => wall };
  const clock = new SimClock({ ...options, gaps });
  const seen: number[] = [];
  for (; wall < 300; wall += 10) {
    promise(clock);
    seen.push(clock.now());
    expect(clock.now()).toBeLessThanOrEqual(clock.horizon);
  }
  // 200 wall ms to the first gap, 50 more to the second.
  expect(seen[19]).toBe(2_900);
  expect(seen[20]).toBe(50_000);
  expect(seen[24]).toBe(50_400);
  expect(seen[25]).toBe(60_000);
  expect(seen[29]).toBe(60_400);
  // Who resumes within a gap resumes behind it.
  const resumed = new SimClock({ ...options, startAt: instant(20_000), gaps });
  expect(resumed.now()).toBe(50_000);
});
