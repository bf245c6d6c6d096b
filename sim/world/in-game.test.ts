import { describe, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import { gameTime } from "../../core/domain/game-clock.ts";
import { IN_GAME_FIT } from "../../core/models/in-game-fit.ts";
import { type InGameConfig, inGameProbability } from "../../core/models/win-probability.ts";
import { loadTipoffConfig } from "../../runtime/tipoff-config.ts";
import { offences } from "./possession.ts";
import { truthTable } from "./truth.ts";
import { createWorld } from "./world.ts";

const CONFIG = loadTipoffConfig("config/tipoff.yaml").config.decision.forecast.inGame;
/** The model without a look at the ball, at every moment of 150 games, beside truth and winner. */
const points = Array.from({ length: 150 }, (_, seed) => seed).flatMap((seed) => {
  const game = required(createWorld({ seed, games: 1 }).games[0], "a game");
  const { moments, pregameTruth } = game.script;
  const last = required(moments.at(-1), "an end");
  const hasHomeWon = last.homeScore > last.awayScore;
  return moments
    .filter(({ status }) => status !== "STATUS_FINAL")
    .map((moment) => ({ moment, pregame: pregameTruth, hasHomeWon }));
});

function modelAt({ moment, pregame }: (typeof points)[number], config: InGameConfig): number {
  const { period, clockSeconds, homeScore, awayScore } = moment;
  const clock = { state: "in", period, clockSeconds, homeScore, awayScore } as const;
  const time = gameTime({ ...clock, staleBecause: [], isReconstructed: false });
  const state = { lead: homeScore - awayScore, ...time, possession: null, pregame };
  return inGameProbability(state, config);
}

function meanDistance(config: InGameConfig): number {
  const sum = points.reduce(
    (all, one) => all + Math.abs(modelAt(one, config) - one.moment.truth),
    0,
  );
  return sum / points.length;
}

describe("the in-game model in a seeded world", () => {
  it("is as configured within 1.5 points of the truth on average", () => {
    expect(points.length).toBeGreaterThan(20_000);
    expect(meanDistance(CONFIG)).toBeLessThan(0.015);
  });

  it("is with the constants of real games within 5 points: their leads are worth less", () => {
    expect(meanDistance(IN_GAME_FIT)).toBeLessThan(0.05);
    expect(meanDistance(IN_GAME_FIT)).toBeGreaterThan(meanDistance(CONFIG));
  });

  it("happens as often as it says, within 3 points of the truth in each tenth of its range", () => {
    const bins = Array.from({ length: 10 }, () => ({ count: 0, surplus: 0 }));
    for (const one of points) {
      const model = modelAt(one, CONFIG);
      const bin = required(bins[Math.min(9, Math.floor(model * 10))], "a bin");
      bin.count += 1;
      bin.surplus += one.moment.truth - model;
    }
    for (const { count, surplus } of bins) {
      expect(count).toBeGreaterThan(300);
      expect(Math.abs(surplus) / count).toBeLessThan(0.03);
    }
  });

  it("values the ball as the truth does, within one point of probability on average", () => {
    const table = truthTable(offences(0));
    const gaps: number[] = [];
    for (const period of [1, 2, 3, 4]) {
      for (const clockSeconds of [60, 120, 300, 600]) {
        for (const lead of [-9, -4, -1, 0, 2, 6, 12]) {
          const state = { lead, secsToGameEnd: clockSeconds + (4 - period) * 720, pregame: 0.5 };
          const model = (possession: "home" | "away"): number =>
            inGameProbability({ ...state, possession, hasEnded: false }, CONFIG);
          const truth =
            table.at(period, clockSeconds, lead, "home") -
            table.at(period, clockSeconds, lead, "away");
          gaps.push(Math.abs(model("home") - model("away") - truth));
          expect(Math.sign(model("home") - model("away"))).toBe(1);
        }
      }
    }
    expect(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length).toBeLessThan(0.01);
  });
});
