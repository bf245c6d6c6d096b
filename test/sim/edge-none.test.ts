import { describe, expect, it } from "vitest";
import { playNight } from "../../backtest/night.ts";
import { limitsOf, loadRiskLimits } from "../../runtime/risk-limits.ts";
import { loadTipoffConfig } from "../../runtime/tipoff-config.ts";
import { createWorld, worldTruth } from "../../sim/world/world.ts";
import { positionOfMode } from "../../core/domain/stage.ts";

const PAPER = positionOfMode("paper");

const { file } = loadRiskLimits("config/risk_limits.yaml");
const settings = loadTipoffConfig("config/tipoff.yaml").config;
const config = {
  ...settings,
  limits: { ...limitsOf(file, PAPER, "world:7"), ...settings.limits },
};
const MINUTES = 60_000;

/** One night of one game, so that games are independent: money per game in USD. */
interface GameMoney {
  readonly net: number;
  readonly atMid: number;
  /** What the fills were worth by the exact probability of their moment, spreads included, fees not. */
  readonly expected: number;
  readonly hasAttempted: boolean;
}

async function playOne(seed: number, edge: "default" | "none"): Promise<GameMoney> {
  const world = createWorld({ seed, games: 1, edge });
  const night = await playNight(world, config, { decideEveryMs: 5_000 });
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
    hasAttempted: game.strategies.some(({ attempts }) => attempts > 0),
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
      // The test has power only where money was at stake.
      expect(games.filter(({ hasAttempted }) => hasAttempted).length).toBeGreaterThan(80);
    },
    10 * MINUTES,
  );

  it(
    "finds the stated edge of the default world before fees",
    async () => {
      const games = await play(30, "default");
      const expected = tOf(games.map((game) => game.expected));
      const attempted = games.filter(({ hasAttempted }) => hasAttempted).length;
      console.log("default world, USD a game:", { expected, attempted });
      expect(expected.mean).toBeGreaterThan(0);
      expect(attempted).toBeGreaterThanOrEqual(27);
    },
    10 * MINUTES,
  );
});
