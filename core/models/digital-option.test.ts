import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  probabilityAtOrAbove,
  probabilityWithin,
  type SettlementInput,
  settlementForecast,
  varianceSeconds,
} from "./digital-option.ts";

/** A quarter of an hour ahead at 0.55 basis points a root second: 16 basis points, 129 USD. */
const AHEAD: SettlementInput = {
  spot: 80_000,
  basis: 0,
  basisDeviation: 0,
  volatility: 5.5e-5,
  jumpRate: 0,
  jumpDeviation: 0,
  secondsToClose: 900,
  seenTicks: 0,
  seenMean: 0,
};
const chance = (changes: Partial<SettlementInput>, level: number): number =>
  probabilityAtOrAbove(settlementForecast({ ...AHEAD, ...changes }), level);

const number = (min: number, max: number): fc.Arbitrary<number> =>
  fc.double({ min, max, noNaN: true });
/** Any input in range, the extremes included. */
const anyInput: fc.Arbitrary<SettlementInput> = fc.record({
  spot: number(1e-3, 1e9),
  basis: number(-0.05, 0.05),
  basisDeviation: number(0, 0.05),
  volatility: number(0, 0.01),
  jumpRate: number(0, 1),
  jumpDeviation: number(0, 0.5),
  secondsToClose: number(0, 604_800),
  seenTicks: fc.integer({ min: 0, max: 60 }),
  seenMean: number(1e-3, 1e9),
});
/** Inputs as they come: a spot near 80,000, and levels near the spot. */
const usualInput: fc.Arbitrary<SettlementInput> = fc.record({
  spot: number(79_000, 81_000),
  basis: number(-3e-4, 3e-4),
  basisDeviation: number(0, 3e-4),
  volatility: number(1e-5, 3e-4),
  jumpRate: number(0, 1e-3),
  jumpDeviation: number(0, 2e-3),
  secondsToClose: number(0, 3_600),
  seenTicks: fc.integer({ min: 0, max: 60 }),
  seenMean: number(79_000, 81_000),
});
const level = number(70_000, 90_000);

describe("variance of the average", () => {
  it("is that of the ticks before the last minute: what is left less 60, and 20.5", () => {
    // 61 * 121 / 360 = 20.503 for t = 60.
    expect(varianceSeconds(60, 60)).toBeCloseTo(20.502_778, 6);
    expect(varianceSeconds(900, 60)).toBeCloseTo(840 + 20.502_778, 6);
  });

  it("is a third of what is left inside the last minute, and half a second", () => {
    for (const left of [1, 10, 30, 59]) {
      expect(varianceSeconds(left, left)).toBeCloseTo(left / 3 + 0.5 + 1 / (6 * left), 9);
    }
    // One tick a quarter of a second away.
    expect(varianceSeconds(0.25, 1)).toBe(0.25);
  });

  it("is the double sum over the ticks, at any time and behind any lag", () => {
    fc.assert(
      fc.property(number(0, 200), fc.integer({ min: 1, max: 60 }), (left, unseen) => {
        const leads = Array.from({ length: unseen }, (_, back) => Math.max(0, left - back));
        const sum = leads.flatMap((a) => leads.map((b) => Math.min(a, b)));
        const brute = sum.reduce((total, shared) => total + shared, 0) / unseen ** 2;
        expect(varianceSeconds(left, unseen)).toBeCloseTo(brute, 6);
      }),
    );
  });

  it("is nothing once all is seen, or the close has come", () => {
    expect(varianceSeconds(5, 0)).toBe(0);
    expect(varianceSeconds(0, 12)).toBe(0);
    expect(() => varianceSeconds(-1, 60)).toThrow("seconds to the close");
    expect(() => varianceSeconds(1, 60.5)).toThrow("unseen");
  });
});

describe("fair value of a Bitcoin contract", () => {
  it("is worked by hand for one deviation", () => {
    // 5.5e-5 * sqrt(860.5) = 16.13 bp: a level so far below the spot is reached with N(1) = 84.1 %.
    expect(chance({}, 80_000 * Math.exp(-5.5e-5 * Math.sqrt(860.502_778)))).toBeCloseTo(0.841, 3);
    expect(chance({}, 80_000)).toBeCloseTo(0.5, 3);
  });

  it("has the average where the basis says it is", () => {
    // The spot stands a basis point above the index: 8 USD of 80,000.
    expect(settlementForecast({ ...AHEAD, basis: 1e-4 }).mean).toBeCloseTo(79_992.0008, 3);
    // Half seen at 79,000 and half to come at 80,000.
    const half = { secondsToClose: 30, seenTicks: 30, seenMean: 79_000 };
    expect(settlementForecast({ ...AHEAD, ...half }).mean).toBe(79_500);
  });

  it("agrees with the level moved to the unseen part, as the reference has it", () => {
    // 40 seen at 80,010: the 20 to come must make up (60 * 80,005 - 40 * 80,010) / 20 = 79,995.
    const inside = { secondsToClose: 20, seenTicks: 40, seenMean: 80_010 };
    // ln(80,000 / 79,995) = 0.625 bp over 0.55 bp * sqrt(20 / 3 + 0.508) = 1.473 bp: N(0.4242) = 0.6643.
    const alone = Math.log(80_000 / 79_995) / (5.5e-5 * Math.sqrt(varianceSeconds(20, 20)));
    expect(alone).toBeCloseTo(0.4242, 4);
    expect(chance(inside, 80_005)).toBeCloseTo(0.6643, 4);
  });

  it("widens with the basis' deviation and with jumps, and keeps the middle", () => {
    const far = 80_400;
    expect(chance({ basisDeviation: 1e-3 }, far)).toBeGreaterThan(chance({}, far));
    const jumps = { jumpRate: 1e-4, jumpDeviation: 3e-3 };
    expect(chance(jumps, far)).toBeGreaterThan(chance({}, far));
    expect(chance(jumps, 80_000)).toBeCloseTo(0.5, 2);
  });

  it("adds, over a ladder that leaves nothing out, to 1", () => {
    fc.assert(
      fc.property(
        anyInput,
        fc.uniqueArray(level, { minLength: 1, maxLength: 200 }),
        (input, borders) => {
          const forecast = settlementForecast(input);
          const edges = [-Infinity, ...borders.toSorted((a, b) => a - b), Infinity];
          const sum = edges
            .slice(1)
            .reduce(
              (total, high, index) =>
                total + probabilityWithin(forecast, edges[index] ?? Number.NaN, high),
              0,
            );
          expect(Math.abs(sum - 1)).toBeLessThan(1e-12);
        },
      ),
    );
  });

  it("never rises with the level", () => {
    const wide = number(60_000, 100_000);
    fc.assert(
      fc.property(usualInput, wide, wide, (input, a, b) => {
        const forecast = settlementForecast(input);
        const low = probabilityAtOrAbove(forecast, Math.min(a, b));
        expect(low).toBeGreaterThanOrEqual(probabilityAtOrAbove(forecast, Math.max(a, b)) - 1e-12);
      }),
      { numRuns: 1_000 },
    );
  });

  it("is a probability for every input in range, at every level", () => {
    const levels = fc.oneof(number(1e-3, 1e9), fc.constantFrom(-Infinity, -1, 0, Infinity));
    fc.assert(
      fc.property(anyInput, levels, (input, at) => {
        const p = probabilityAtOrAbove(settlementForecast(input), at);
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2_000 },
    );
  });

  it("becomes the outcome as the average fills", () => {
    fc.assert(
      fc.property(usualInput, level, (input, at) => {
        const path = { ...input, basis: 0, basisDeviation: 0, spot: input.seenMean };
        const distances = [30, 5, 1, 0].map((left) => {
          const seen = { secondsToClose: left, seenTicks: 60 - left };
          const p = probabilityAtOrAbove(settlementForecast({ ...path, ...seen }), at);
          return Math.abs(p - (input.seenMean >= at ? 1 : 0));
        });
        expect(distances.at(-1)).toBe(0);
        // A jump may still come, but ever less of the average is left for it to move.
        for (const [index, distance] of distances.slice(1).entries()) {
          expect(distance).toBeLessThanOrEqual((distances[index] ?? 0) + 1e-3);
        }
      }),
    );
  });

  it("is decided to the tie once the average is known", () => {
    const known = { secondsToClose: 0, seenTicks: 60, seenMean: 80_818.21 };
    const forecast = settlementForecast({ ...AHEAD, ...known });
    expect(forecast).toMatchObject({ mean: 80_818.21, deviation: 0, jumpProbability: 0 });
    expect(probabilityAtOrAbove(forecast, 80_818.21)).toBe(1);
    expect(probabilityWithin(forecast, 80_818.21, 80_900)).toBe(1);
    expect(probabilityWithin(forecast, 80_700, 80_818.21)).toBe(0);
  });

  it.each<[string, Partial<SettlementInput>]>([
    ["spot", { spot: 0 }],
    ["spot", { spot: Infinity }],
    ["basis", { basis: 0.051 }],
    ["basis deviation", { basisDeviation: -1e-9 }],
    ["volatility", { volatility: 0.011 }],
    ["jumps", { jumpRate: 1.1 }],
    ["jump deviation", { jumpDeviation: 0.6 }],
    ["seconds", { secondsToClose: -0.001 }],
    ["seconds", { secondsToClose: 604_801 }],
    ["seen ticks", { seenTicks: 61 }],
    ["whole", { seenTicks: 1.5 }],
    ["mean", { seenTicks: 1, seenMean: 0 }],
  ])("refuses a %s out of range, and every number that is none", (name, changes) => {
    expect(() => settlementForecast({ ...AHEAD, ...changes })).toThrow(name);
    const unsound = Object.keys(changes).map((key) => ({ [key]: Number.NaN }));
    for (const one of unsound) {
      expect(() => settlementForecast({ ...AHEAD, ...changes, ...one })).toThrow("invariant");
    }
  });

  it("refuses levels that bound nothing", () => {
    const forecast = settlementForecast(AHEAD);
    expect(() => probabilityAtOrAbove(forecast, Number.NaN)).toThrow("level");
    expect(() => probabilityWithin(forecast, 2, 2)).toThrow("low < high");
    expect(() => probabilityWithin(forecast, Number.NaN, 2)).toThrow("low < high");
  });
});
