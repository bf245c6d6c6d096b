import fc from "fast-check";
import { expect, it } from "vitest";
import { instant, type Instant } from "../../core/domain/units.ts";
import { createRateBudget, TokenBucket } from "./token-bucket.ts";

/** A clock that runs `speed` times the wall, or stands still at speed 0. */
function clockAt(speed: number): { now: () => Instant; speed: number } {
  const start = performance.now();
  return { now: () => instant(Math.floor((performance.now() - start) * speed)), speed: speed || 1 };
}

/** A clock moved by hand. */
function handClock(): { now: () => Instant; speed: number; advance: (ms: number) => void } {
  let at = 0;
  return { now: () => instant(at), speed: 1, advance: (ms) => (at += ms) };
}

it("serves what it has at once and the rest at the rate of run time, first come first served", async () => {
  const clock = clockAt(20);
  const bucket = new TokenBucket(clock, { refillPerSecond: 100, capacity: 100 });
  const served: string[] = [];
  const start = performance.now();
  await Promise.all([
    bucket.take(100).then(() => served.push("first")),
    bucket.take(90).then(() => served.push("large")),
    bucket.take(10).then(() => served.push("small")),
  ]);
  const tookMs = performance.now() - start;
  expect(served).toEqual(["first", "large", "small"]);
  // 100 tokens owed at 100 a run second are 1,000 ms of run time: 50 ms of wall at 20 times.
  expect(tookMs).toBeGreaterThanOrEqual(45);
  expect(tookMs).toBeLessThan(500);
});

it("never grants more than its capacity plus what time brought", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 50 })), {
        maxLength: 60,
      }),
      (steps) => {
        const clock = handClock();
        const bucket = new TokenBucket(clock, { refillPerSecond: 100, capacity: 100 });
        let granted = 0;
        let elapsed = 0;
        for (const [waitMs, cost] of steps) {
          clock.advance(waitMs);
          elapsed += waitMs;
          if (bucket.level < cost) continue;
          void bucket.take(cost);
          granted += cost;
        }
        expect(granted).toBeLessThanOrEqual(100 + elapsed / 10 + 1e-6);
      },
    ),
  );
});

it("takes nothing from who cannot wait that long", async () => {
  const bucket = new TokenBucket(handClock(), { refillPerSecond: 100, capacity: 100 }, 0);
  expect(await bucket.take(50, 100)).toBe(false);
  expect(bucket.level).toBe(0);
});

it("gives up after its patience when the run's clock stands still, and returns the tokens", async () => {
  const bucket = new TokenBucket(clockAt(0), { refillPerSecond: 1_000, capacity: 100 }, 0);
  expect(await bucket.take(10, 30)).toBe(false);
  expect(bucket.level).toBe(0);
});

it("is refilled by the wall while the run stands still: who waits for it still asks the venue", async () => {
  let wall = 0;
  const bucket = new TokenBucket(
    handClock(),
    { refillPerSecond: 100, capacity: 100 },
    0,
    () => wall,
  );
  wall = 1_000;
  expect(bucket.level).toBe(0);
  wall = 1_500;
  expect(bucket.level).toBe(50);
  expect(await bucket.take(50)).toBe(true);
  wall = 60_000;
  expect(bucket.level).toBe(100);
});

it("starts an account with saved-up reads and no saved-up writes", () => {
  const budget = createRateBudget(handClock());
  expect(budget.read.level).toBe(600);
  expect(budget.write.level).toBe(0);
});

it("serves those that go first before everybody who waits, and among themselves in turn", async () => {
  const bucket = new TokenBucket(clockAt(20), { refillPerSecond: 100, capacity: 100 }, 0);
  const served: string[] = [];
  const take = (name: string, cost: number, goesFirst: boolean): Promise<unknown> =>
    bucket.take(cost, undefined, goesFirst).then(() => served.push(name));
  await Promise.all([
    take("read 1", 30, false),
    take("read 2", 30, false),
    take("kill 1", 20, true),
    take("kill 2", 20, true),
  ]);
  expect(served).toEqual(["kill 1", "kill 2", "read 1", "read 2"]);
});

it("lets who goes first pass a long line within its patience", async () => {
  const bucket = new TokenBucket(clockAt(1), { refillPerSecond: 1_000, capacity: 100 }, 0);
  const line = Array.from({ length: 50 }, () => bucket.take(100, 200));
  expect(await bucket.take(20, 200, true)).toBe(true);
  // Of those that wait, some give up: nothing of theirs was taken.
  const passed = (await Promise.all(line)).filter(Boolean).length;
  expect(passed).toBeLessThan(5);
});

it("serves what costs more than it holds once it is full, and owes the rest", async () => {
  const bucket = new TokenBucket(handClock(), { refillPerSecond: 100, capacity: 100 });
  expect(await bucket.take(150)).toBe(true);
  expect(bucket.level).toBe(-50);
});
