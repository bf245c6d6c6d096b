import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Instant, instant } from "../domain/units.ts";
import { SettlementWindow } from "./settlement-window.ts";
import type { SpotTick } from "./spot-volatility.ts";

const CLOSE = instant(Date.parse("2026-05-11T12:15:00Z"));
/** An instant so many seconds from the close; before it, below 0. */
const at = (seconds: number): Instant => instant(CLOSE + Math.round(seconds * 1_000));
const MAX_AGE_MS = 10_000;

function pushed(ticks: readonly SpotTick[]): SettlementWindow {
  const window = new SettlementWindow(MAX_AGE_MS);
  for (const tick of ticks) window.push(tick);
  return window;
}

describe("the averaged minute", () => {
  it("leaves out the second at which it begins and takes in the close's own", () => {
    const everySecond = Array.from({ length: 62 }, (_, index) => ({
      at: at(index - 60),
      price: 80_000 + index,
    }));
    // Seconds 1 to 60 of the minute: 80,000 + (1 + ... + 60) / 60 = 80,030.5.
    expect(pushed(everySecond).seen(CLOSE, at(1))).toEqual({ ticks: 60, mean: 80_030.5 });
    expect(pushed(everySecond.slice(0, 1)).seen(CLOSE, at(-60))).toEqual({ ticks: 0, mean: null });
    expect(pushed(everySecond.slice(0, 2)).seen(CLOSE, at(-59))).toEqual({
      ticks: 1,
      mean: 80_001,
    });
  });

  it("shows at each second the last price before it, while that is fresh", () => {
    const window = pushed([
      { at: at(-59.5), price: 100 },
      { at: at(-57.2), price: 200 },
    ]);
    // Seconds -59 and -58 show 100, the ten from -57 to -48 show 200, and then nothing is known.
    expect(window.seen(CLOSE, at(-57))).toEqual({ ticks: 3, mean: 400 / 3 });
    expect(window.seen(CLOSE, at(-48))).toEqual({ ticks: 12, mean: 2_200 / 12 });
    expect(window.seen(CLOSE, at(-20))).toEqual({ ticks: 12, mean: 2_200 / 12 });
    window.push({ at: at(-20), price: 300 });
    expect(window.seen(CLOSE, at(-20))).toEqual({ ticks: 13, mean: 2_500 / 13 });
  });

  it("serves any close of the last hour, and nothing older", () => {
    const window = pushed(
      Array.from({ length: 8_000 }, (_, index) => ({ at: at(index - 7_700), price: 50 })),
    );
    expect(window.seen(at(240), at(299)).ticks).toBe(60);
    expect(window.seen(at(299 - 3_600), at(299)).ticks).toBe(60);
    expect(window.seen(at(240 - 3_660), at(299)).ticks).toBe(0);
  });

  it("takes a close within a second for one of the second before it", () => {
    const window = pushed(
      Array.from({ length: 300 }, (_, index) => ({ at: at(index), price: 1_000 + index })),
    );
    for (const within of [0, 0.001, 0.412, 0.999]) {
      expect(window.seen(at(120 + within), at(299))).toEqual({ ticks: 60, mean: 1_090.5 });
      expect(window.seen(at(120 + within), at(90.7))).toEqual({ ticks: 30, mean: 1_075.5 });
    }
    expect(window.seen(at(121), at(299)).mean).toBe(1_091.5);
  });

  it("is that of a plain list of prices, ticks told twice or late left out", () => {
    const steps = fc.array(
      fc.record({
        wait: fc.integer({ min: 0, max: 15_000 }),
        price: fc.integer({ min: 1, max: 1_000 }),
        lateBy: fc.integer({ min: 0, max: 5_000 }),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: -130, max: 30 }), (drawn, until) => {
        const window = new SettlementWindow(MAX_AGE_MS);
        const kept: SpotTick[] = [];
        let now: number = at(-130);
        for (const { wait, price, lateBy } of drawn) {
          now += wait;
          if (now > at(until)) break;
          const tick = { at: instant(now), price };
          kept.push(tick);
          window.push(tick);
          window.push(tick);
          if (lateBy > 0) expect(window.push({ at: instant(now - lateBy), price: 5 })).toBe(false);
        }
        const shown = Array.from({ length: 60 }, (_, index) => at(index - 59)).flatMap((second) => {
          const last = kept.findLast((tick) => tick.at <= second);
          const isKnown = last !== undefined && second - last.at <= MAX_AGE_MS;
          return isKnown && second <= at(until) ? [last.price] : [];
        });
        const { ticks, mean } = window.seen(CLOSE, at(until));
        expect(ticks).toBe(shown.length);
        const sum = shown.reduce((total, price) => total + price, 0);
        if (mean === null) expect(shown).toEqual([]);
        else expect(mean).toBeCloseTo(sum / shown.length, 9);
      }),
    );
  });

  it("refuses a price that is none", () => {
    expect(() => pushed([{ at: at(0), price: -1 }])).toThrow("spot price");
    expect(() => new SettlementWindow(0)).toThrow("some time");
  });
});
