import { describe, expect, it } from "vitest";
import type { RiskLimits } from "../core/domain/risk.ts";
import { usdMicros } from "../core/domain/units.ts";
import { playNight } from "./night.ts";
import { smallConfig, smallNight, sourceOf } from "./testing/small-night.ts";

const config = smallConfig();
const play = (limits: Partial<RiskLimits>, homeWins = true) =>
  playNight(sourceOf(smallNight({ games: 3, homeWins })), {
    ...config,
    limits: { ...config.limits, ...limits },
  });
const refusalsOf = (night: Awaited<ReturnType<typeof play>>) =>
  night.games.flatMap(({ intents }) => intents.flatMap(({ refusalCode }) => refusalCode ?? []));

describe("the risk rules in a backtest", () => {
  it("let entries through that keep to the limits, one pause apart", async () => {
    const night = await play({ minBetweenTradesMs: 0 });
    expect(refusalsOf(night)).toEqual([]);
    expect(night.games.every(({ fills }) => fills.length > 0)).toBe(true);
    // Three games decide at the same instant: with a pause asked for, the first alone may enter.
    const paused = await play({ minBetweenTradesMs: 2_000 });
    expect(refusalsOf(paused)).toEqual(["between_trades", "between_trades"]);
  });

  it.each([
    ["open_positions", { maxOpenPositions: 0 }],
    ["position_size", { maxPositionSize: usdMicros(1_000_000) }],
    ["market_loss", { maxLossPerMarket: usdMicros(1_000_000) }],
    ["slate_loss", { maxLossPerSlate: usdMicros(1_000_000) }],
    ["exposure_cap", { exposureCap: usdMicros(1_000_000) }],
    ["bankroll_slice", { bankrollSlice: 0.0001 }],
    ["cycle_notional", { maxNotionalPerCycle: usdMicros(1_000_000) }],
    ["trades_per_day", { maxTradesPerDay: 0 }],
    ["model_age", { maxModelAgeMs: 1 }],
  ] as const)("refuse by %s what the live system would", async (code, limits) => {
    const night = await play({ minBetweenTradesMs: 0, ...limits });
    expect(new Set(refusalsOf(night))).toEqual(new Set([code]));
    expect(night.orders).toBe(0);
    expect(night.pnl.net).toBe(0);
  });

  it("count what is held and ordered together over the games of a night", async () => {
    // An entry of these games costs at most 150 USD: two fit into 300, the third does not.
    const night = await play({ minBetweenTradesMs: 0, maxLossPerSlate: usdMicros(301_000_000) });
    expect(refusalsOf(night)).toEqual(["slate_loss"]);
  });

  it("trip a breaker when a loss has come to its limit, once, and keep the cash identity", async () => {
    const night = await play({ minBetweenTradesMs: 0, maxDailyLoss: usdMicros(20_000_000) }, false);
    expect(night.breakers.map(({ breaker }) => breaker)).toContain("daily_loss");
    expect(new Set(night.breakers.map(({ breaker }) => breaker)).size).toBe(night.breakers.length);
    expect(
      night.breakers.every(({ numbers }) => (numbers["value"] ?? 0) >= (numbers["limit"] ?? 0)),
    ).toBe(true);
    const moved = night.games
      .flatMap(({ fills }) => fills)
      .reduce((sum, fill) => {
        const paid = (fill.price * fill.count) / 100;
        return sum + (fill.side === "bid" ? -paid : paid) - fill.fee;
      }, 0);
    const revenue = night.games.flatMap(({ settlements }) => settlements);
    const settled = revenue.reduce((sum, one) => sum + one.revenue, 0);
    expect(night.cash).toBe(config.paper.startingCash + moved + settled);
  });
});
