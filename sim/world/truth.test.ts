import { describe, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import { offences, POSSESSION_SECONDS, SHOT_SECONDS } from "./possession.ts";
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

  it("happens as often as it says, over the games of 200 worlds", () => {
    const bins = Array.from({ length: 5 }, () => ({ games: 0, expected: 0, won: 0, variance: 0 }));
    for (let seed = 0; seed < 200; seed++) {
      const [game] = createWorld({ seed, games: 1 }).games;
      const { pregameTruth, moments } = required(game, "a game").script;
      const last = required(moments.at(-1), "an end");
      const won = last.homeScore > last.awayScore ? 1 : 0;
      const atBreaks = moments.filter((moment) => moment.period < 4 && moment.clockSeconds === 0);
      const checkpoints = [pregameTruth, ...atBreaks.map((moment) => moment.truth)];
      for (const truth of checkpoints) {
        const bin = required(bins[Math.min(4, Math.floor(truth * 5))], "a bin");
        bin.games += 1;
        bin.expected += truth;
        bin.won += won;
        bin.variance += truth * (1 - truth);
      }
    }
    for (const { games, expected, won, variance } of bins) {
      expect(games).toBeGreaterThan(60);
      // Checkpoints of one game share its result, so the deviation allowed is twice the usual three.
      expect(Math.abs(won - expected) / Math.sqrt(variance)).toBeLessThan(6);
      expect(Math.abs(won - expected) / games).toBeLessThan(0.08);
    }
  });
});
