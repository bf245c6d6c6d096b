import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  carriedTo,
  eloForecast,
  eloProbability,
  eloShift,
  FIVE_THIRTY_EIGHT,
  rateGames,
  ratingsForSeason,
} from "./elo.ts";

const game = (changes: object = {}) => ({
  season: 2016,
  home: "ATL",
  away: "DET",
  homePoints: 94,
  awayPoints: 106,
  isNeutral: false,
  ...changes,
});

describe("elo", () => {
  it("gives even teams 64 % at home, as published", () => {
    // 1 / (1 + 10^(-100/400)) = 0.640065
    expect(eloForecast(new Map(), game(), FIVE_THIRTY_EIGHT)).toBeCloseTo(0.640065, 6);
    expect(eloForecast(new Map(), game({ isNeutral: true }), FIVE_THIRTY_EIGHT)).toBe(0.5);
  });

  it("moves ratings by the margin formula, worked by hand", () => {
    // Home 1561.84355 loses by 12 to away 1472.0588: lead 189.78475, p = 0.74885,
    // multiplier 15^0.8 / (7.5 + 0.006 * -189.78475) = 8.7272 / 6.3613 = 1.37192,
    // shift = 20 * 1.37192 * (0 - 0.74885) = -20.547.
    const shift = eloShift(1561.84355, 1472.0588, game(), FIVE_THIRTY_EIGHT);
    expect(shift).toBeCloseTo(1541.296352 - 1561.84355, 3);
  });

  it("takes from one team what it gives to the other", () => {
    const points = fc.integer({ min: 60, max: 160 });
    const code = fc.constantFrom("ATL", "BOS", "CHI", "DET");
    const one = fc
      .record({ home: code, away: code, homePoints: points, awayPoints: points })
      .filter(
        ({ home, away, homePoints, awayPoints }) => home !== away && homePoints !== awayPoints,
      );
    fc.assert(
      fc.property(fc.array(one, { maxLength: 40 }), (games) => {
        const ratings = ratingsForSeason(games.map(game), 2016, FIVE_THIRTY_EIGHT);
        const mean = [...ratings.values()].reduce((sum, rating) => sum + rating, 0);
        expect(mean).toBeCloseTo(ratings.size * FIVE_THIRTY_EIGHT.newTeam, 6);
      }),
    );
  });

  it("goes back towards the mean between seasons, once", () => {
    const half = { ...FIVE_THIRTY_EIGHT, regression: 0.5 };
    const end = ratingsForSeason([game()], 2016, half).get("DET") ?? 0;
    const next = ratingsForSeason([game()], 2017, half).get("DET") ?? 0;
    expect(next - half.mean).toBeCloseTo((end - half.mean) / 2, 9);
    // Two seasons without a game are one summer: nothing was learnt in between.
    expect(ratingsForSeason([game()], 2018, half).get("DET")).toBe(next);
  });

  it("starts a team where it is told to, else where new teams do", () => {
    const opening = (team: string, season: number): number | null =>
      team === "DET" && season === 2016 ? 1495 : null;
    const [first] = rateGames([game()], FIVE_THIRTY_EIGHT, new Map(), opening);
    expect(first).toMatchObject({ homePre: 1300, awayPre: 1495 });
    const known = new Map([["DET", 1600]]);
    const [second] = rateGames([game()], FIVE_THIRTY_EIGHT, known, opening);
    expect(second).toMatchObject({ homePre: 1300, awayPre: 1600 });
    expect(known.get("DET")).toBe(second?.awayPost);
  });

  it("counts a margin by its four constants", () => {
    // K x (12 + 2)^1 / (10 + 0) x (0 - 0.640065) = -17.9218, whoever was the favourite.
    const flat = { ...FIVE_THIRTY_EIGHT, margin: { offset: 2, exponent: 1, base: 10, slope: 0 } };
    expect(eloShift(1500, 1500, game(), flat)).toBeCloseTo(-17.9218, 4);
    const steep = { ...FIVE_THIRTY_EIGHT, margin: { ...flat.margin, slope: 1 } };
    expect(() => eloShift(1500, 1500, game(), steep)).toThrow("divisor");
  });

  it("refuses games out of sequence and ties", () => {
    const rate = (games: readonly ReturnType<typeof game>[]) => () =>
      ratingsForSeason(games, 2016, FIVE_THIRTY_EIGHT);
    expect(rate([game(), game({ season: 2015 })])).toThrow("oldest first");
    expect(rate([game({ homePoints: 106 })])).toThrow("a winner");
    expect(rate([game({ season: 2017 })])).toThrow("later season");
    expect(() => carriedTo(2015, 2016, new Map(), FIVE_THIRTY_EIGHT)).toThrow("later season");
  });

  it("is symmetric: what one team gains in chance the other loses", () => {
    fc.assert(
      fc.property(fc.double({ min: -900, max: 900, noNaN: true }), (lead) => {
        expect(eloProbability(lead) + eloProbability(-lead)).toBeCloseTo(1, 12);
      }),
    );
  });
});
