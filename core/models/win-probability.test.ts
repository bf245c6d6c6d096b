import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inGameProbability } from "./win-probability.ts";

const CONFIG = { sigmaPoints: 14, lastPossessionPoints: 1.2, possessionPoints: 0.5 };
const withBall = (
  possession: "home" | "away" | null,
  lead: number,
  secsToGameEnd: number,
  pregame = 0.5,
  hasEnded = false,
): number => inGameProbability({ lead, secsToGameEnd, pregame, hasEnded, possession }, CONFIG);
const at = (lead: number, secsToGameEnd: number, pregame = 0.5, hasEnded = false): number =>
  withBall(null, lead, secsToGameEnd, pregame, hasEnded);
const lead = fc.integer({ min: -40, max: 40 });
const left = fc.integer({ min: 0, max: 2_880 });
const pregame = fc.double({ min: 0.02, max: 0.98, noNaN: true });

describe("in-game model", () => {
  it("is the pregame probability at tip", () => {
    fc.assert(
      fc.property(pregame, (p) => {
        expect(at(0, 2_880, p)).toBeCloseTo(p, 6);
      }),
    );
  });

  it("treats both teams alike", () => {
    fc.assert(
      fc.property(lead, left, pregame, (points, seconds, p) => {
        expect(at(points, seconds, p) + at(-points, seconds, 1 - p)).toBeCloseTo(1, 6);
      }),
    );
  });

  it("never likes a smaller lead better", () => {
    fc.assert(
      fc.property(lead, left, pregame, (points, seconds, p) => {
        expect(at(points + 1, seconds, p)).toBeGreaterThanOrEqual(at(points, seconds, p));
      }),
    );
  });

  it("is surer of a lead the less is left, between equal teams", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 2_879 }),
        (points, seconds) => {
          expect(at(points, seconds)).toBeGreaterThanOrEqual(at(points, seconds + 1));
        },
      ),
    );
  });

  it("gives a lead of ten at half-time its normal probability", () => {
    // 10 / sqrt(0.5 * 14^2 + 1.2^2) = 1.0028: 84.2 %.
    expect(at(10, 1_440)).toBeCloseTo(0.842, 3);
  });

  it("gives the team with the ball half a point, and its share of one in the last 24 seconds", () => {
    // Equal teams, level, half-time: 0.5 / sqrt(0.5 * 14^2 + 1.2^2) = 0.0501, so 52.0 %.
    expect(withBall("home", 0, 1_440)).toBeCloseTo(0.52, 3);
    expect(withBall("away", 0, 1_440)).toBeCloseTo(0.48, 3);
    // With 6 s left a quarter of it: 0.125 / sqrt(6 / 2880 * 14^2 + 1.2^2) = 0.0920, so 53.7 %.
    expect(withBall("home", 0, 6)).toBeCloseTo(0.5367, 3);
    expect(withBall("home", 0, 0)).toBeCloseTo(0.5, 6);
  });

  it("treats both teams alike with the ball too", () => {
    fc.assert(
      fc.property(lead, left, pregame, (points, seconds, p) => {
        const home = withBall("home", points, seconds, p);
        expect(home + withBall("away", -points, seconds, 1 - p)).toBeCloseTo(1, 6);
        expect(home).toBeGreaterThanOrEqual(at(points, seconds, p));
      }),
    );
  });

  it("is certain only when the game has ended", () => {
    expect(at(1, 0)).toBeLessThan(1);
    expect(at(1, 0, 0.5, true)).toBe(1);
    expect(at(-1, 0, 0.5, true)).toBe(0);
  });

  it("refuses a certain pregame probability and numbers that are none", () => {
    expect(() => at(0, 100, 1)).toThrow();
    expect(() => at(Number.NaN, 100)).toThrow();
    expect(() => at(0, Number.NaN)).toThrow();
  });
});
