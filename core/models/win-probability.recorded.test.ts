import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { z } from "zod";
import { fitInGame } from "../../scripts/in-game-fit/fit.ts";
import {
  fairProbability,
  readLeadPath,
  readQuarterGames,
} from "../../scripts/in-game-fit/games.ts";
import { dataPath, linesOf } from "../../test/recorded/data.ts";
import { required } from "../domain/assert.ts";
import { secsToGameEnd } from "../domain/game-clock.ts";
import { IN_GAME_FIT } from "./in-game-fit.ts";
import { type InGameConfig, inGameProbability } from "./win-probability.ts";

type Side = "home" | "away";
const HOME_TEAM = "9";
const Play = z.object({
  id: z.string(),
  type: z.object({ text: z.string() }),
  period: z.object({ number: z.number() }),
  clock: z.object({ displayValue: z.string() }),
  homeScore: z.number(),
  awayScore: z.number(),
  scoringPlay: z.boolean(),
  team: z.object({ id: z.string() }).optional(),
});
const Odds = z.object({ moneyLine: z.number() });
const Summary = z.object({
  plays: z.array(Play),
  winprobability: z.array(z.object({ playId: z.string(), homeWinPercentage: z.number() })),
  pickcenter: z.array(z.object({ homeTeamOdds: Odds, awayTeamOdds: Odds })).min(1),
});
const file = dataPath("fixtures", "espn", "summary_401584901_LAC_at_GS_2023-11-30_full.json.gz");
const summary = Summary.parse(JSON.parse(linesOf(file).join("\n")));
const line = required(summary.pickcenter[0], "the bookmaker's line");
const PREGAME = required(
  fairProbability(line.homeTeamOdds.moneyLine, line.awayTeamOdds.moneyLine),
  "a sound line",
);

/** Who has the ball after a play; null where the play does not say. */
function ballAfter(play: z.infer<typeof Play>): Side | null {
  if (!play.team) return null;
  const side: Side = play.team.id === HOME_TEAM ? "home" : "away";
  const other: Side = side === "home" ? "away" : "home";
  const name = play.type.text;
  if (/Rebound|Jumpball/.test(name)) return side;
  if (/Turnover|Traveling|Offensive/.test(name)) return other;
  if (!play.scoringPlay) return null;
  // Between free throws the shooter's team still has it.
  const shot = /Free Throw - (\d) of (\d)/.exec(name);
  return shot && shot[1] !== shot[2] ? side : other;
}

function seconds(text: string): number {
  const [last = 0, minutes = 0] = text.split(":").map(Number).reverse();
  return minutes * 60 + last;
}

/** Distances of the model from ESPN's 473 points, ascending. */
function distances(config: InGameConfig, hasBall: boolean): readonly number[] {
  const espn = new Map(summary.winprobability.map((one) => [one.playId, one.homeWinPercentage]));
  let ball: Side | null = null;
  const found = summary.plays.flatMap((play) => {
    ball = ballAfter(play) ?? ball;
    const shown = espn.get(play.id);
    if (shown === undefined) return [];
    const point = { period: play.period.number, clockSeconds: seconds(play.clock.displayValue) };
    const home = inGameProbability(
      {
        lead: play.homeScore - play.awayScore,
        secsToGameEnd: secsToGameEnd(point),
        hasEnded: play.type.text === "End Game",
        possession: hasBall ? ball : null,
        pregame: PREGAME,
      },
      config,
    );
    return [Math.abs(home - shown)];
  });
  return found.sort((one, other) => one - other);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const p95 = (values: readonly number[]): number =>
  required(values[Math.ceil(0.95 * values.length) - 1], "a sample");

it("is fitted elsewhere: the constants are what recorded games say, and ESPN's game is not one of them", async () => {
  const folder = dataPath("fixtures", "nba-live-state");
  const names = readdirSync(folder).filter((name) => name.startsWith("game_state"));
  const paths = await Promise.all(
    names.map((name) => readLeadPath(dataPath("fixtures", "nba-live-state", name))),
  );
  const all = await readQuarterGames(dataPath("nba-odds", "nba_odds_2008-2025.public.csv.gz"));
  const fit = fitInGame(all, paths);
  expect(fit.constants).toEqual(IN_GAME_FIT);
  expect(fit.games).toBeGreaterThan(19_000);
  // The game of 2023-11-30 is of the season that ended in 2024, and none of those has moneylines.
  expect(all.some(({ season }) => season >= 2024)).toBe(false);
});

it.each([true, false])(
  "follows ESPN's own curve over a whole game, with the ball: %s",
  (hasBall) => {
    const away = distances(IN_GAME_FIT, hasBall);
    expect(away).toHaveLength(473);
    expect(mean(away)).toBeLessThan(0.04);
    expect(p95(away)).toBeLessThan(0.1);
  },
);

it("follows it closer with the ball than without", () => {
  expect(mean(distances(IN_GAME_FIT, true))).toBeLessThan(mean(distances(IN_GAME_FIT, false)));
});

it("is told from a model that counts leads double or not at all", () => {
  const wrong = (sigmaPoints: number): number =>
    mean(distances({ ...IN_GAME_FIT, sigmaPoints }, true));
  expect(wrong(IN_GAME_FIT.sigmaPoints / 2)).toBeGreaterThan(0.04);
  expect(wrong(1_000)).toBeGreaterThan(0.04);
});
