import { beforeAll, describe, expect, it } from "vitest";
import { USUAL_STRATEGIES } from "../core/domain/order.ts";
import { decideUnder } from "../core/strategies/config.ts";
import { replayDecision } from "../core/strategies/replay.ts";
import { limitsOf, loadRiskLimits } from "../runtime/risk-limits.ts";
import { loadTipoffConfig } from "../runtime/tipoff-config.ts";
import type { FactSource } from "../sim/facts.ts";
import { createWorld } from "../sim/world/world.ts";
import { playNight } from "./night.ts";
import type { NightResult } from "./result.ts";
import { positionOfMode } from "../core/domain/stage.ts";

const PAPER = positionOfMode("paper");

const { file } = loadRiskLimits("config/risk_limits.yaml");
const settings = loadTipoffConfig("config/tipoff.yaml").config;
const config = {
  ...settings,
  limits: { ...limitsOf(file, PAPER, "world:7"), ...settings.limits },
};
const GAMES = 2;
const world = () => createWorld({ seed: 7, games: GAMES });

describe("playNight", () => {
  let night: NightResult;
  let decisions = 0;
  let unequal = 0;
  beforeAll(async () => {
    night = await playNight(world(), config, {
      decideEveryMs: 10_000,
      onDecision: (input, output) => {
        decisions += 1;
        const same = replayDecision(
          JSON.stringify(input),
          JSON.stringify(output),
          decideUnder(config.decision, config.limits),
        );
        if (!same) unequal += 1;
      },
    });
  });

  it("gives the same night for the same source", async () => {
    const again = await playNight(world(), config, { decideEveryMs: 10_000 });
    expect(JSON.stringify(again)).toBe(JSON.stringify(night));
  });

  it("replays every decision of the night to the same bytes", () => {
    expect(decisions).toBe(night.decisions);
    expect(decisions).toBeGreaterThan(500);
    expect(unequal).toBe(0);
  });

  it("decides on the grid that the source states for a market", async () => {
    const { manifest, ...source } = createWorld({ seed: 7, games: 1 });
    const [home = "", away = ""] = manifest.games.flatMap(({ marketTickers }) => marketTickers);
    const steps = new Map<string, number | undefined>();
    const gridded: FactSource = {
      ...source,
      manifest: { ...manifest, priceGrids: { [away]: "deci_cent" } },
    };
    await playNight(gridded, config, {
      decideEveryMs: 600_000,
      onDecision: ({ markets }) => {
        for (const { ticker, grid } of markets) steps.set(ticker, grid[0]?.stepMicros);
      },
    });
    expect(Object.fromEntries(steps)).toEqual({ [home]: 10_000, [away]: 1_000 });
  });

  it("ends with nothing unsettled", () => {
    expect(night.games).toHaveLength(GAMES);
    expect(night.games.flatMap(({ unsettled }) => unsettled)).toEqual([]);
  });

  it("has a cash that equals the cash flow of its fills and settlements", () => {
    // Gross is proceeds and payouts less cost, so cash = start + gross - fees; fees are those of the fills.
    const fees = night.games.flatMap(({ fills }) => fills).reduce((sum, { fee }) => sum + fee, 0);
    expect(night.pnl.fees).toBe(fees);
    expect(night.cash).toBe(config.paper.startingCash + night.pnl.gross - fees);
    const parts = USUAL_STRATEGIES.map((strategy) => night.byStrategy[strategy]?.net ?? Number.NaN);
    expect(parts.reduce((sum, net) => sum + net, 0)).toBe(night.pnl.net);
  });

  it("attempts in every game, and before tip at most once a game", () => {
    for (const { strategies, fills } of night.games) {
      expect(strategies.some(({ attempts }) => attempts > 0)).toBe(true);
      expect(strategies.every(({ entries }) => entries <= 1)).toBe(true);
      expect(fills.length).toBeGreaterThan(0);
    }
  });

  it("never sells what it does not hold", () => {
    for (const { fills } of night.games) {
      const held = new Map<string, number>();
      for (const { strategy, marketTicker, side, count } of fills) {
        const key = `${strategy} ${marketTicker}`;
        const next = (held.get(key) ?? 0) + (side === "bid" ? 1 : -1) * count;
        expect(next).toBeGreaterThanOrEqual(0);
        held.set(key, next);
      }
    }
  });

  it("gives a slower sender another night", async () => {
    const slow = await playNight(world(), config, { decideEveryMs: 10_000, latencyMs: 20_000 });
    expect(JSON.stringify(slow.games)).not.toBe(JSON.stringify(night.games));
  });
});
