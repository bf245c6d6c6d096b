import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SpotPrice } from "./spot.ts";
import { SPOT_LIMITS, SpotHealth, type SpotMoment } from "./spot-health.ts";
import { instant, usdMicros } from "./units.ts";

const START = Date.parse("2026-05-11T12:00:00Z");

/** A trade `ms` after the start, received `lagMs` later. */
function trade(id: number | null, usd: number, ms: number, lagMs = 0): SpotPrice {
  return {
    source: id === null ? "brti" : "coinbase",
    tradeId: id,
    price: usdMicros(Math.round(usd * 1_000_000)),
    sourceAt: instant(START + ms),
    receivedAt: instant(START + ms + lagMs),
  };
}

const at = (ms: number, changes: Partial<SpotMoment> = {}): SpotMoment => ({
  now: instant(START + ms),
  speed: 1,
  silentWallMs: 0,
  ...changes,
});
const idsOf = (prices: readonly SpotPrice[]): unknown[] => prices.map(({ tradeId }) => tradeId);

describe("a hole", () => {
  it("holds what is behind it back until it is filled, and is stale meanwhile", () => {
    const health = new SpotHealth(SPOT_LIMITS);
    expect(idsOf(health.take(trade(10, 80_000, 0)))).toEqual([10]);
    expect(health.take(trade(13, 80_003, 300))).toEqual([]);
    expect(health.hole).toEqual({ from: 11, to: 12 });
    expect(health.staleBecause(at(300))).toBe("gap");
    expect(idsOf(health.take(trade(11, 80_001, 100), true))).toEqual([11]);
    expect(idsOf(health.take(trade(12, 80_002, 200), true))).toEqual([12, 13]);
    expect(health.staleBecause(at(300))).toBeNull();
    expect(health.counts).toEqual({ told: 4, repeated: 0, filled: 2, lost: 0, refused: 0 });
  });

  it("keeps of a trade told twice what was received first", () => {
    const health = new SpotHealth(SPOT_LIMITS);
    health.take(trade(10, 80_000, 0));
    health.take(trade(12, 80_002, 200, 5));
    health.take(trade(12, 80_002, 200, 900), true);
    const told = health.take(trade(11, 80_001, 100));
    expect(told.map(({ receivedAt }) => receivedAt - START)).toEqual([100, 205]);
    expect(health.counts.repeated).toBe(1);
  });

  it("is seen by a heartbeat where no trade shows it", () => {
    const health = new SpotHealth(SPOT_LIMITS);
    health.knowOf(10);
    health.take(trade(10, 80_000, 0));
    health.knowOf(12);
    expect(health.hole).toEqual({ from: 11, to: 12 });
    expect(health.giveUp(12)).toEqual([]);
    expect(health.staleBecause(at(0))).toBeNull();
    expect(health.counts.lost).toBe(2);
  });

  it("that is too large is lost but for its newest part", () => {
    const health = new SpotHealth({ ...SPOT_LIMITS, holeMax: 100 });
    health.take(trade(1, 80_000, 0));
    health.take(trade(5_000_000, 80_000, 1_000));
    expect(health.hole).toEqual({ from: 4_999_901, to: 4_999_999 });
    expect(health.counts.lost).toBe(4_999_899);
  });

  it("tells every trade once and in sequence, in whatever sequence they come and however often", () => {
    const ids = Array.from({ length: 30 }, (_, index) => index + 2);
    const shuffled = fc.shuffledSubarray([...ids, ...ids, ...ids], { minLength: 40 });
    fc.assert(
      fc.property(shuffled, (stream) => {
        const health = new SpotHealth(SPOT_LIMITS);
        const told = [...health.take(trade(1, 80_000, 1))];
        for (const id of stream) told.push(...health.take(trade(id, 80_000, id)));
        // What never came by itself is asked for.
        for (const id of ids) told.push(...health.take(trade(id, 80_000, id), true));
        expect(idsOf(told)).toEqual([1, ...ids]);
        expect(health.hole).toBeNull();
      }),
    );
  });
});

describe("a leap", () => {
  it("is dropped, and counted, when the next trade stands by the old price", () => {
    const health = new SpotHealth(SPOT_LIMITS);
    health.take(trade(1, 80_000, 0));
    expect(health.take(trade(2, 88_000, 100))).toEqual([]);
    expect(health.staleBecause(at(100))).toBe("jumping");
    expect(idsOf(health.take(trade(3, 80_001, 200)))).toEqual([3]);
    expect(health.staleBecause(at(200))).toBeNull();
    expect(health.counts.refused).toBe(1);
  });

  it("is told whole once three further trades confirm it over a second", () => {
    const health = new SpotHealth(SPOT_LIMITS);
    health.take(trade(1, 80_000, 0));
    for (const id of [2, 3, 4, 5, 6]) expect(health.take(trade(id, 79_800, id * 100))).toEqual([]);
    expect(health.staleBecause(at(600))).toBe("jumping");
    expect(idsOf(health.take(trade(7, 79_790, 1_200)))).toEqual([2, 3, 4, 5, 6, 7]);
    expect(health.staleBecause(at(1_200))).toBeNull();
  });

  it("is none where as much time has passed as the move needs", () => {
    // 0.1 % in a second; 0.2 % over 4 s is sqrt(4) of it.
    const move = (ms: number): unknown => {
      const health = new SpotHealth(SPOT_LIMITS);
      health.take(trade(1, 80_000, 0));
      return health.take(trade(2, 80_159, ms)).length;
    };
    expect(move(3_900)).toBe(0);
    expect(move(4_000)).toBe(1);
  });

  it("is never told without its confirmations, whatever comes", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: -400, max: 400 }), fc.nat(2_000)));
    fc.assert(
      fc.property(steps, (moves) => {
        const health = new SpotHealth(SPOT_LIMITS);
        let believed = trade(null, 80_000, 0);
        health.take(believed);
        let ms = 0;
        for (const [usd, waitMs] of moves) {
          ms += waitMs;
          const told = health.take(trade(null, 80_000 + usd, ms));
          const last = told.at(-1);
          if (last === undefined) continue;
          const seconds = Math.max(1, (last.sourceAt - believed.sourceAt) / 1_000);
          const isNear = Math.abs(last.price / believed.price - 1) <= 0.001 * Math.sqrt(seconds);
          if (!isNear) expect(told.length).toBeGreaterThan(SPOT_LIMITS.jump.confirmations);
          believed = last;
        }
      }),
    );
  });
});

describe("the clocks", () => {
  /** As many trades as a judgement needs, each received so long after its time. */
  const after = (lagsMs: readonly number[]): SpotHealth => {
    const health = new SpotHealth(SPOT_LIMITS);
    for (const [index, lag] of lagsMs.entries()) {
      health.take(trade(index + 1, 80_000, index, lag));
    }
    return health;
  };
  const staleAt = (lagMs: number, speed: number): unknown =>
    after(Array<number>(16).fill(lagMs)).staleBecause(at(Math.max(0, lagMs), { speed }));

  it("may differ by the bound, either way, and the recorded -0.14 s passes", () => {
    expect([-2_000, -140, 0, 2_000].map((lag) => staleAt(lag, 1))).toEqual(Array(4).fill(null));
    expect([-2_001, 2_001].map((lag) => staleAt(lag, 1))).toEqual(["clock_skew", "clock_skew"]);
  });

  it("may differ by our own 250 ms of wall time at speed", () => {
    expect([-15_000, 15_000].map((lag) => staleAt(lag, 60))).toEqual([null, null]);
    expect([-15_001, 15_001].map((lag) => staleAt(lag, 60))).toEqual(["clock_skew", "clock_skew"]);
  });

  it("are not judged by one slow message, but by one from the future", () => {
    expect(after([5, 5, 5, 4_000]).staleBecause(at(4_000))).toBeNull();
    expect(after([5, 5, 5, -4_000]).staleBecause(at(0))).toBe("clock_skew");
  });

  it("are asked: what the time of the answer explains is no difference", () => {
    const health = after([0]);
    const probe = (sourceMs: number): unknown => {
      health.noteClock({
        sourceAt: instant(START + sourceMs),
        askedAt: instant(START),
        receivedAt: instant(START + 500),
      });
      return health.staleBecause(at(500));
    };
    expect([-2_001, -2_000, 250, 2_500, 2_501].map(probe)).toEqual([
      "clock_skew",
      null,
      null,
      null,
      "clock_skew",
    ]);
  });
});

describe("silence", () => {
  it("is wall time on the line and run time of the price", () => {
    const health = new SpotHealth(SPOT_LIMITS);
    expect(health.staleBecause(at(0))).toBe("silent");
    health.take(trade(1, 80_000, 0));
    expect(health.staleBecause(at(0, { silentWallMs: 3_000 }))).toBeNull();
    expect(health.staleBecause(at(0, { silentWallMs: 3_001 }))).toBe("stalled");
    expect(health.staleBecause(at(10_000))).toBeNull();
    expect(health.staleBecause(at(10_001))).toBe("stalled");
    expect(health.staleBecause(at(15_000, { speed: 60 }))).toBeNull();
    expect(health.staleBecause(at(15_001, { speed: 60 }))).toBe("stalled");
  });

  it("is not ended by candles, which are told where nothing newer was", () => {
    const health = new SpotHealth(SPOT_LIMITS);
    const candle = (ms: number): SpotPrice => ({
      ...trade(null, 80_000, ms),
      source: "coinbase-candle",
    });
    expect(health.takeCandle(candle(60_000))).toHaveLength(1);
    expect(health.takeCandle(candle(60_000))).toEqual([]);
    expect(health.staleBecause(at(60_000))).toBe("stalled");
    health.take(trade(1, 80_000, 70_000));
    expect(health.takeCandle(candle(65_000))).toEqual([]);
    expect(health.latest?.tradeId).toBe(1);
    expect(health.staleBecause(at(70_000))).toBeNull();
  });
});
