import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Instant, instant } from "../domain/units.ts";
import { assertProfile, profileFactor, QUARTER_PROFILE } from "./quarter-profile.ts";

const QUARTER = Date.parse("2026-05-11T12:15:00Z");
const at = (minutes: number): Instant => instant(QUARTER + Math.round(minutes * 60_000));
const over = (from: number, until: number): number =>
  profileFactor(QUARTER_PROFILE, at(from), at(until));

describe("profile of a quarter of an hour", () => {
  it("has for each minute its own factor, and averages over several", () => {
    expect(over(0, 1)).toBeCloseTo(1.45, 9);
    expect(over(14.25, 14.5)).toBeCloseTo(0.65, 9);
    // The two last minutes: (0.8 + 0.65) / 2. Across the border: (0.65 + 1.45) / 2.
    expect(over(13, 15)).toBeCloseTo(0.725, 9);
    expect(over(14, 16)).toBeCloseTo(1.05, 9);
    expect(over(3, 3)).toBe(1);
  });

  it("is 1 over whole quarters, wherever they begin", () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 100_000 }), fc.nat(50), (seconds, quarters) => {
        const from = seconds / 60;
        expect(over(from, from + 15 * (quarters + 1))).toBeCloseTo(1, 6);
      }),
    );
  });

  it("refuses a span that runs backwards, and a profile that is none", () => {
    expect(() => over(1, 0)).toThrow("backwards");
    expect(() => {
      assertProfile([1, 1]);
    }).toThrow("15 minutes");
    expect(() => {
      assertProfile(QUARTER_PROFILE.map((factor) => factor * 1.01));
    }).toThrow("mean of 1");
    expect(() => {
      assertProfile(QUARTER_PROFILE.map(() => Number.NaN));
    }).toThrow("positive");
  });
});
