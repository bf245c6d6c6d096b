import { describe, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import {
  ELO_PER_POINT,
  MARGIN_DEVIATION,
  offences,
  POSSESSION_SECONDS,
  SHOT_SECONDS,
} from "./possession.ts";
import { type Ball, truthTable } from "./truth.ts";
import { createWorld } from "./world.ts";

/** The same game solved the slow and obvious way: every duration, every outcome, one by one. */
function naive(edge: number, tied: number): (left: number, margin: number, ball: Ball) => number {
  const chances = offences(edge);
  const known = new Map<string, number>();
  const decided = (margin: number): number => (margin === 0 ? tied : margin > 0 ? 1 : 0);
  const value = (left: number, margin: number, ball: Ball): number => {
    if (left === 0) return decided(margin);
    const key = `${left}/${margin}/${ball}`;
    const seen = known.get(key);
    if (seen !== undefined) return seen;
    const next = ball === "home" ? "away" : "home";
    const sign = ball === "home" ? 1 : -1;
    const min: number = POSSESSION_SECONDS.min;
    const max: number = POSSESSION_SECONDS.max;
    let sum = 0;
    for (let seconds = min; seconds <= max; seconds++) {
      const after = Math.max(0, left - seconds);
      chances[ball].forEach((chance, points) => {
        const scored = left < SHOT_SECONDS ? 0 : sign * points;
        sum += (chance / (max - min + 1)) * value(after, margin + scored, next);
      });
    }
    known.set(key, sum);
    return sum;
  };
  return value;
}

describe("the true win probability", () => {
  it("equals the slow solution of the last two minutes", () => {
    for (const edge of [-180, 0, 95]) {
      const table = truthTable(offences(edge));
      const slow = naive(edge, table.atEnd(4, 0));
      for (const left of [1, 2, 3, 8, 9, 24, 25, 31, 60, 120]) {
        for (const margin of [-7, -2, -1, 0, 1, 3, 6]) {
          for (const ball of ["home", "away"] as const) {
            expect(table.at(4, left, margin, ball)).toBeCloseTo(slow(left, margin, ball), 5);
          }
        }
      }
    }
  });

  it("is even between equal teams, and complementary when they change places", () => {
    expect(truthTable(offences(0)).atEnd(0, 0)).toBeCloseTo(0.5, 5);
    const [strong, weak] = [truthTable(offences(120)), truthTable(offences(-120))];
    for (const margin of [-12, -3, 0, 5]) {
      expect(strong.atEnd(2, margin)).toBeCloseTo(1 - weak.atEnd(2, -margin), 5);
    }
  });

  it("agrees before tip with Elo's logistic curve to two and a half points", () => {
    for (const edge of [-250, -100, -30, 30, 100, 250]) {
      const elo = 1 / (1 + 10 ** (-edge / 400));
      expect(Math.abs(truthTable(offences(edge)).atEnd(0, 0) - elo)).toBeLessThan(0.025);
    }
  });

  it("gives an overtime the value of an even start between equal teams", () => {
    expect(truthTable(offences(0)).atEnd(4, 0)).toBeCloseTo(0.5, 5);
    expect(truthTable(offences(0)).atEnd(6, 1)).toBe(1);
  });

  describe("over the games of 200 worlds", () => {
    const games = Array.from({ length: 200 }, (_, seed) => {
      const game = required(createWorld({ seed, games: 1 }).games[0], "a game");
      const { pregameTruth, moments } = game.script;
      const last = required(moments.at(-1), "an end");
      const breaks = moments.filter((moment) => moment.period < 4 && moment.clockSeconds === 0);
      const margin = last.homeScore - last.awayScore;
      const atBreaks = breaks.map((one) => one.truth);
      return { pregameTruth, atBreaks, eloEdge: game.eloEdge, margin, won: margin > 0 ? 1 : 0 };
    });

    it("goes with margins that are what Elo says of the favourite", () => {
      const surplus = games.map(
        ({ eloEdge, margin }) => Math.sign(eloEdge) * (margin - eloEdge / ELO_PER_POINT),
      );
      const mean = surplus.reduce((sum, points) => sum + points, 0) / games.length;
      expect(Math.abs(mean)).toBeLessThan(3 * (MARGIN_DEVIATION / Math.sqrt(games.length)));
    });

    it("has favourites at tip win as often as it says, within three standard errors", () => {
      const favourites = games.map(({ pregameTruth, won }) =>
        pregameTruth >= 0.5 ? { p: pregameTruth, won } : { p: 1 - pregameTruth, won: 1 - won },
      );
      const surplus = favourites.reduce((sum, { p, won }) => sum + won - p, 0);
      const variance = favourites.reduce((sum, { p }) => sum + p * (1 - p), 0);
      expect(Math.abs(surplus) / Math.sqrt(variance)).toBeLessThan(3);
    });

    it("happens as often as it says in each fifth of its range, at tip and at the breaks", () => {
      const bins = Array.from({ length: 5 }, () => ({ count: 0, surplus: 0 }));
      for (const { pregameTruth, atBreaks, won } of games) {
        for (const truth of [pregameTruth, ...atBreaks]) {
          const bin = required(bins[Math.min(4, Math.floor(truth * 5))], "a bin");
          bin.count += 1;
          bin.surplus += won - truth;
        }
      }
      for (const { count, surplus } of bins) {
        expect(count).toBeGreaterThan(60);
        expect(Math.abs(surplus) / count).toBeLessThan(0.08);
      }
    });
  });
});
