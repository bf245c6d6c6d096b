import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GameClock } from "./decision.ts";
import {
  elapsedSeconds,
  gameProgress,
  gameTime,
  periodSeconds,
  secsToGameEnd,
  timeToTip,
} from "./game-clock.ts";
import { instant } from "./units.ts";

const clock = (changes: Partial<GameClock>): GameClock => ({
  state: "in",
  period: 1,
  clockSeconds: 720,
  homeScore: 0,
  awayScore: 0,
  sourceTime: instant(0),
  receivedAt: instant(0),
  staleBecause: [],
  isReconstructed: false,
  ...changes,
});

describe("game clock", () => {
  // The vectors of the sources reference: period, seconds left, seconds to the end, elapsed, progress.
  it.each([
    [1, 720, 2_880, 0, 0],
    [1, 0, 2_160, 720, 0.25],
    [2, 0, 1_440, 1_440, 0.5],
    [3, 720, 1_440, 1_440, 0.5],
    [4, 42.3, 42.3, 2_837.7, 0.98531],
    [4, 0, 0, 2_880, 1],
    [5, 300, 300, 2_880, 1],
    [5, 61, 61, 3_119, 1],
    [6, 12.5, 12.5, 3_467.5, 1],
  ])("reads period %d with %d s left", (period, clockSeconds, toEnd, elapsed, progress) => {
    const point = { period, clockSeconds };
    expect(secsToGameEnd(point)).toBeCloseTo(toEnd, 6);
    expect(elapsedSeconds(point)).toBeCloseTo(elapsed, 6);
    expect(gameProgress(point)).toBeCloseTo(progress, 5);
  });

  it("splits regulation into what was played and what is left", () => {
    const regulation = fc.record({
      period: fc.integer({ min: 1, max: 4 }),
      clockSeconds: fc.integer({ min: 0, max: 720 }),
    });
    fc.assert(
      fc.property(regulation, (point) => {
        expect(secsToGameEnd(point) + elapsedSeconds(point)).toBe(2_880);
      }),
    );
  });

  it("never loses time from one period to the next", () => {
    for (let period = 1; period < 8; period++) {
      const end = elapsedSeconds({ period, clockSeconds: 0 });
      const start = elapsedSeconds({ period: period + 1, clockSeconds: periodSeconds(period + 1) });
      expect(start).toBe(end);
    }
  });

  it("has another overtime to come when regulation ends tied", () => {
    const tied = gameTime(clock({ period: 4, clockSeconds: 0, homeScore: 99, awayScore: 99 }));
    expect(tied).toMatchObject({ secsToGameEnd: 300, hasEnded: false });
  });

  it("has nothing left, and has not ended, at 0:00 of a decided fourth", () => {
    const decided = gameTime(clock({ period: 4, clockSeconds: 0, homeScore: 99, awayScore: 98 }));
    expect(decided).toMatchObject({ secsToGameEnd: 0, progress: 1, hasEnded: false });
  });

  it("has a whole game left before tip, whatever period a feed shows", () => {
    const whole = { secsToGameEnd: 2_880, progress: 0, hasEnded: false };
    expect(gameTime(clock({ state: "pre", period: 0, clockSeconds: 0 }))).toMatchObject(whole);
    expect(gameTime(clock({ state: "in", period: 0, clockSeconds: 0 }))).toMatchObject(whole);
  });

  it("has ended when the feed says so", () => {
    const over = gameTime(clock({ state: "post", period: 5, clockSeconds: 0, homeScore: 1 }));
    expect(over).toMatchObject({ secsToGameEnd: 0, progress: 1, overtime: 1, hasEnded: true });
  });

  it("refuses points that are not on the clock", () => {
    expect(() => secsToGameEnd({ period: 1, clockSeconds: 721 })).toThrow();
    expect(() => secsToGameEnd({ period: 5, clockSeconds: 301 })).toThrow();
    expect(() => secsToGameEnd({ period: 0, clockSeconds: 0 })).toThrow();
    expect(() => secsToGameEnd({ period: 1, clockSeconds: Number.NaN })).toThrow();
  });

  it("clamps the time to tip at nothing, and says that tip is overdue", () => {
    expect(timeToTip(60_000, 0)).toEqual({ seconds: 60, isOverdue: false });
    expect(timeToTip(60_000, 90_000)).toEqual({ seconds: 0, isOverdue: true });
  });
});
