import { expect, it } from "vitest";
import { backoffMs, retryRead, systemJitter } from "./backoff.ts";

const bounds = { firstMs: 100, maxMs: 1_000 };

it("doubles up to its bound, half of it drawn", () => {
  expect([1, 2, 3, 4, 5, 6].map((n) => backoffMs(n, bounds, () => 0))).toEqual([
    50, 100, 200, 400, 500, 500,
  ]);
  expect(backoffMs(1, bounds, () => 0.999)).toBe(100);
  const drawn = systemJitter();
  expect(drawn >= 0 && drawn < 1).toBe(true);
});

it("repeats what is worth it, at most so often, and returns the last outcome", async () => {
  const fast = { attempts: 3, firstMs: 1, maxMs: 1 };
  let calls = 0;
  const count = (): Promise<number> => Promise.resolve((calls += 1));
  expect(
    await retryRead(
      count,
      () => true,
      fast,
      () => 0,
    ),
  ).toBe(3);
  expect(
    await retryRead(
      count,
      (n) => n < 4,
      fast,
      () => 0,
    ),
  ).toBe(4);
  expect(calls).toBe(4);
});

it("waits as long as the host asks, and does not ask again within a longer wait than its bound", async () => {
  const bounds = { attempts: 2, firstMs: 1, maxMs: 200 };
  const timed = async (askedMs: number): Promise<readonly [number, number]> => {
    let calls = 0;
    const began = performance.now();
    const read = (): Promise<number> => Promise.resolve((calls += 1));
    await retryRead(
      read,
      () => askedMs,
      bounds,
      () => 0,
    );
    return [calls, performance.now() - began];
  };
  const [calls, waitedMs] = await timed(100);
  expect(calls).toBe(2);
  expect(waitedMs).toBeGreaterThanOrEqual(95);
  expect(await timed(201)).toEqual([1, expect.any(Number)]);
});
