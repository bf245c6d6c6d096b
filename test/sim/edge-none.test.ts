import { describe, expect, it } from "vitest";
import { nightStatistics } from "../../activities/report/statistics.ts";
import { playNight } from "../../backtest/night.ts";
import type { DecisionInput } from "../../core/domain/decision.ts";
import { mid } from "../../core/domain/market.ts";
import { type GameObservation, scoreGame } from "../../core/scoring/game-instants.ts";
import { limitsOf, loadRiskLimits } from "../../runtime/risk-limits.ts";
import { loadTipoffConfig } from "../../runtime/tipoff-config.ts";
import type { ScoreRow } from "../../schema/queries/report-rows.ts";
import type { Fact, FactSource } from "../../sim/facts.ts";
import { STATED_EDGE } from "../../sim/world/fair.ts";
import { createWorld, type World, worldTruth } from "../../sim/world/world.ts";
import { positionOfMode } from "../../core/domain/stage.ts";

const PAPER = positionOfMode("paper");

const { file } = loadRiskLimits("config/risk_limits.yaml");
const settings = loadTipoffConfig("config/tipoff.yaml").config;
const config = {
  ...settings,
  limits: { ...limitsOf(file, PAPER, "world:7"), ...settings.limits },
};
const MINUTES = 60_000;
/** Rows of what was sent, which forecasts are judged without. */
const NOTHING_SENT = { cycles: [], intents: [] };

/** One night of one game, so that games are independent: money per game in USD. */
interface GameMoney {
  readonly net: number;
  readonly atMid: number;
  /** What the fills were worth by the exact probability of their moment, spreads included, fees not. */
  readonly expected: number;
  readonly hasAttempted: boolean;
  /** What the market's middle was off by at the last look before tip, log-odds of home. */
  readonly pregameError: number;
  /** Our forecast and the market's at the scored instants, as the night's report has them. */
  readonly scores: readonly ScoreRow[];
}

/** A moment of the game as the live night keeps it to score it by. */
function observed({ at, clock, markets }: DecisionInput, model: number | null): GameObservation {
  const home = markets.find(({ team }) => team === "home");
  const middle = home === undefined ? null : mid(home.quote);
  return {
    observedAt: at,
    clockState: clock?.state ?? null,
    period: clock?.period ?? null,
    clockSeconds: clock?.clockSeconds ?? null,
    homeScore: clock?.homeScore ?? null,
    awayScore: clock?.awayScore ?? null,
    model,
    market: middle === null ? null : middle / 1e6,
  };
}

/** Hears how the one game of a world ends, by what the venue pays for home. */
function hearing(world: World): { readonly source: FactSource; readonly homeWon: () => boolean } {
  const [slate] = world.manifest.games;
  let paid: string | null = null;
  function* facts(): Generator<Fact> {
    for (const fact of world.facts()) {
      const isHome = fact.kind === "market-status" && fact.marketTicker.endsWith(`-${slate?.home}`);
      if (isHome && fact.result !== null) paid = fact.result;
      yield fact;
    }
  }
  return { source: { ...world, facts }, homeWon: () => paid === "yes" };
}

const logOdds = (p: number): number => Math.log(p / (1 - p));

async function playOne(seed: number, edge: "default" | "none"): Promise<GameMoney> {
  const world = createWorld({ seed, games: 1, edge });
  const { source, homeWon } = hearing(world);
  const observations: GameObservation[] = [];
  let pregameError = Number.NaN;
  const night = await playNight(source, config, {
    decideEveryMs: 5_000,
    onDecision: (input, { forecast }) => {
      const seen = observed(input, forecast.homeProbability);
      observations.push(seen);
      if (input.phase !== "pregame" || seen.market === null) return;
      pregameError = logOdds(seen.market) - logOdds(worldTruth(world, input.eventTicker, input.at));
    },
  });
  const [game] = night.games;
  const [slate] = world.manifest.games;
  if (!game || !slate) throw new Error("a night of one game");
  let expected = 0;
  for (const fill of game.fills) {
    const home = worldTruth(world, game.eventTicker, fill.at);
    const worth = (fill.marketTicker.endsWith(`-${slate.home}`) ? home : 1 - home) * 1e6;
    expected +=
      ((fill.side === "bid" ? worth - fill.price : fill.price - worth) * fill.count) / 1e8;
  }
  return {
    net: night.pnl.net / 1e6,
    atMid: night.pnl.atMid / 1e6,
    expected,
    pregameError,
    hasAttempted: game.strategies.some(({ attempts }) => attempts > 0),
    scores: scoreGame(observations, { scheduledTipAt: slate.tipAt, homeWon: homeWon() }).map(
      (score) => ({ ...score, gameId: `${seed}` }),
    ),
  };
}

async function play(seeds: number, edge: "default" | "none"): Promise<readonly GameMoney[]> {
  const games: GameMoney[] = [];
  for (let seed = 1; seed <= seeds; seed++) games.push(await playOne(seed, edge));
  return games;
}

/** Student's t of the mean against zero; each game is one observation, however many fills it has. */
function tOf(values: readonly number[]): { readonly mean: number; readonly t: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance =
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, t: mean / Math.sqrt(variance / values.length) };
}

/** How far the market is off before tip: around zero, which is its mean by construction. Log-odds. */
function deviationOf(games: readonly GameMoney[]): number {
  return Math.sqrt(
    games.reduce((sum, { pregameError }) => sum + pregameError ** 2, 0) / games.length,
  );
}

describe("an honest night", () => {
  it(
    "claims no edge where the market is the truth, over 100 seeds",
    async () => {
      const games = await play(100, "none");
      const net = tOf(games.map((game) => game.net));
      const atMid = tOf(games.map((game) => game.atMid));
      console.log("edge none, USD a game:", { net, atMid });
      // One-sided at 1 %, 99 degrees of freedom: a claim of an edge needs t > 2.36. First net of all
      // costs, then with spreads and fees given back, which is zero in expectation at best.
      expect(net.t).toBeLessThan(2.36);
      expect(atMid.t).toBeLessThan(2.36);
      // What the report says of these games: our Brier score less the market's, with its interval of 95 %.
      // It claims skill where the whole interval lies below zero, which chance alone does in 2.5 % of samples.
      const scores = games.flatMap((game) => game.scores);
      const { againstMarket } = nightStatistics({ rows: { scores, ...NOTHING_SENT }, parts: [] });
      console.log("edge none, Brier, ours less the market's:", againstMarket);
      expect(againstMarket.clusters).toBe(100);
      expect(againstMarket.interval?.high).toBeGreaterThanOrEqual(0);
      // A forecast that knows a twentieth of what comes would be seen in the same games.
      const knowing = scores.flatMap(({ market, ...score }) =>
        market === null
          ? []
          : { ...score, market, model: market + 0.05 * (Number(score.homeWon) - market) },
      );
      const seen = nightStatistics({
        rows: { scores: knowing, ...NOTHING_SENT },
        parts: [],
      }).againstMarket;
      expect(seen.interval?.high).toBeLessThan(0);
      // Of the games' reports, too small for an interval each, no more have us ahead than a coin would
      // let: above 62 of 100 is less than 1 %.
      const ahead = games.filter(
        (game) =>
          (nightStatistics({ rows: { ...game, ...NOTHING_SENT }, parts: [] }).againstMarket.value ??
            0) < 0,
      );
      console.log("edge none, games in which we scored better:", ahead.length);
      expect(ahead.length).toBeLessThanOrEqual(62);
      // The test has power only where money was at stake.
      expect(games.filter(({ hasAttempted }) => hasAttempted).length).toBeGreaterThan(80);
    },
    10 * MINUTES,
  );

  it(
    "finds the stated edge of the default world, of its stated size",
    async () => {
      const games = await play(30, "default");
      const expected = tOf(games.map((game) => game.expected));
      const attempted = games.filter(({ hasAttempted }) => hasAttempted).length;
      const deviation = deviationOf(games);
      console.log("default world, USD a game:", { expected, attempted, deviation });
      // One-sided at 2.5 %, 29 degrees of freedom: what the fills were worth is more than chance makes of nothing.
      expect(expected.t).toBeGreaterThan(2.05);
      expect(attempted).toBeGreaterThanOrEqual(27);
      // The market's error before tip, as it is stated, within the interval of 95 % of the measured deviation
      // (chi squared with 30 degrees of freedom: 16.79 to 46.98).
      const { pregameDeviation } = STATED_EDGE;
      expect(pregameDeviation).toBeGreaterThan(deviation * Math.sqrt(30 / 46.98));
      expect(pregameDeviation).toBeLessThan(deviation * Math.sqrt(30 / 16.79));
      // Where the market is the truth, it errs by what a tick hides.
      const truthful = deviationOf(await play(5, "none"));
      expect(truthful * Math.sqrt(30 / 16.79)).toBeLessThan(pregameDeviation);
    },
    10 * MINUTES,
  );
});
