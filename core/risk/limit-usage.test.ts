import { describe, expect, it } from "vitest";
import type { AccountFacts } from "../domain/risk.ts";
import { positionCenti, instant, usdMicros } from "../domain/units.ts";
import { type LimitUsage, limitUsage, usageAlarms, type UsageFacts } from "./limit-usage.ts";
import { AT, foreignRisk, GAME, HOME, limits, SLATE } from "./testing/fixtures.ts";
import { marksAt } from "../domain/marking.ts";

const account: AccountFacts = {
  dayBeganAt: instant(AT - 3_600_000),
  cash: usdMicros(900_000_000),
  deposits: usdMicros(1_000_000_000),
  realizedToday: usdMicros(0),
  realizedThisWeek: usdMicros(0),
  realizedEver: usdMicros(0),
  highWater: usdMicros(0),
  worstClosed: usdMicros(0),
  lossStreak: 0,
  released: {},
};
const idle: UsageFacts = {
  account,
  holdings: [],
  openOrders: [],
  foreign: [],
  marks: {},
  activity: { entriesToday: 0, entriesThisHour: 0, cycleNotional: usdMicros(0) },
};
const used = (facts: UsageFacts, name: string): LimitUsage | undefined =>
  limitUsage(facts, limits).find(({ limit }) => limit === name);
const told = (facts: UsageFacts): readonly string[] =>
  usageAlarms(limitUsage(facts, limits)).map(
    ({ severity, field, percent }) => `${severity} ${field} ${percent}`,
  );

const holding = (count: number, cost: number) => ({
  occasionId: GAME,
  slate: SLATE,
  strategy: "model-edge",
  marketTicker: HOME,
  count: positionCenti(count),
  cost: usdMicros(cost),
  fees: usdMicros(0),
  realized: usdMicros(0),
});
const lost = (micros: number): UsageFacts => ({
  ...idle,
  account: { ...account, realizedToday: usdMicros(-micros) },
});

describe("the use of limits", () => {
  it("is nothing for an account that does nothing, and nothing is told of it", () => {
    expect(limitUsage(idle, limits).map(({ used: value }) => value)).toEqual(
      Array.from({ length: 12 }, () => 0),
    );
    expect(told(idle)).toEqual([]);
  });

  it("warns from 60 % of the daily loss on, and is critical from 80 %", () => {
    // The limit is 40 USD.
    expect(told(lost(23_999_999))).toEqual([]);
    expect(told(lost(24_000_000))).toEqual(["warning daily_loss 60"]);
    expect(told(lost(31_999_999))).toEqual(["warning daily_loss 80"]);
    expect(told(lost(32_000_000))).toEqual(["warning daily_loss 80", "critical daily_loss 80"]);
  });

  it("counts what is held at its bid", () => {
    // 40 contracts bought at 75 cents and bid at 10: 26 USD of 40 are lost.
    const facts = {
      ...idle,
      holdings: [holding(4_000, 30_000_000)],
      marks: { [HOME]: marksAt({ bid: 100_000, ask: null }) },
    };
    expect(used(facts, "daily_loss")).toMatchObject({ used: 26_000_000, max: 40_000_000 });
  });

  it("names the worst market, game and strategy of those that each have a limit", () => {
    const other = {
      ...holding(1_000, 2_000_000),
      occasionId: "game/paper/H",
      marketTicker: "H-NYK",
    };
    const facts = {
      ...idle,
      holdings: [holding(4_000, 19_000_000), other],
      foreign: [foreignRisk({ atRisk: usdMicros(1_000_000) })],
    };
    expect(used(facts, "market_loss")).toMatchObject({ by: HOME, used: 20_000_000 });
    expect(used(facts, "game_loss")).toMatchObject({ by: GAME, used: 20_000_000 });
    expect(used(facts, "slate_loss")).toMatchObject({ by: SLATE, used: 22_000_000 });
    expect(used(facts, "strategy_capital")).toMatchObject({ by: "model-edge", used: 21_000_000 });
    // 95 % of what a position may be, which is of a strategy; what is not ours counts beside it.
    expect(told(facts)).toContain("warning position_size 95");
    expect(used(facts, "exposure_cap")).toMatchObject({ used: 22_000_000 });
    expect(used(facts, "open_positions")).toMatchObject({ used: 3, max: 3 });
  });

  it("warns of a market in which only others hold something", () => {
    const elsewhere = { marketTicker: "X", occasionId: null, slate: null };
    const facts = {
      ...idle,
      foreign: [foreignRisk({ ...elsewhere, atRisk: usdMicros(24_000_000) })],
    };
    expect(used(facts, "market_loss")).toMatchObject({ by: "X", used: 24_000_000 });
    expect(told(facts)).toContain("warning market_loss 80");
    expect(used(facts, "position_size")).toBeUndefined();
  });

  it("counts trades and the notional of the cycle", () => {
    const activity = { entriesToday: 6, entriesThisHour: 2, cycleNotional: usdMicros(36_000_000) };
    expect(told({ ...idle, activity })).toEqual([
      "warning trades_per_day 60",
      "warning cycle_notional 60",
    ]);
  });

  it("takes a number that is none for a limit used up", () => {
    const usage = { limit: "daily_loss", by: null, max: 40_000_000 };
    expect(usageAlarms([{ ...usage, used: Number.NaN }])).toHaveLength(2);
    expect(usageAlarms([{ ...usage, used: 1, max: 0 }])).toHaveLength(2);
    expect(usageAlarms([{ ...usage, used: 0, max: 0 }])).toHaveLength(0);
  });
});
