import { describe, expect, it } from "vitest";
import { limitsUsed, type WeekOfLimits } from "./limits-used.ts";

const USD = 1_000_000;

/** From Monday, 2026-11-02 on: a week of the loss limit. Limits of 500, 1,000 and 300 USD and of 15 % of 10,000. */
function week(nets: readonly number[], more: Partial<WeekOfLimits> = {}): WeekOfLimits {
  return {
    days: nets.map((net, day) => ({
      date: `2026-11-${String(2 + day).padStart(2, "0")}`,
      net: net * USD,
    })),
    from: "2026-11-02",
    worstTrade: 0,
    told: [],
    released: [],
    terms: {
      ...{ capital: 10_000 * USD, dailyLoss: 500 * USD, weeklyLoss: 1_000 * USD },
      ...{ singleTradeLoss: 300 * USD, drawdownShare: 0.15 },
    },
    ...more,
  };
}

const shares = (of: WeekOfLimits): Readonly<Record<string, number>> =>
  Object.fromEntries(limitsUsed(of).map(({ limit, share }) => [limit, share]));

describe("the limits that a week used", () => {
  it("are the most of the loss since Monday, not what is left of it at the end", () => {
    // 900 USD by Thursday, 100 by Sunday.
    const used = shares(week([-200, -300, -200, -200, 300, 300, 200], { worstTrade: -150 * USD }));
    expect(used).toMatchObject({ daily_loss: 0.6, weekly_loss: 0.9, single_trade_loss: 0.5 });
    // 900 below the 10,000 it began with.
    expect(used["drawdown"]).toBeCloseTo(0.09 / 0.15, 12);
  });

  it("take in the days of the same week before the review's first, and no other week's", () => {
    const nets = [-400, -400, 0, 0, 0, 0, 0, -100];
    expect(shares(week(nets, { from: "2026-11-04" }))["weekly_loss"]).toBe(0.8);
    expect(shares(week(nets, { from: "2026-11-09" }))["weekly_loss"]).toBe(0.1);
  });

  it("fall from the highest result before the week too", () => {
    // 8 % of the capital in the first week, 8 % in the second: 16 % under a limit of 15 %.
    const nets = [0, 0, -800, 0, 0, 0, 0, 0, -800, 0, 0, 0, 0, 0];
    const second = week(nets, { from: "2026-11-09" });
    expect(shares(second)["drawdown"]).toBeCloseTo(0.16 / 0.15, 12);
    // What a person has released counts from then on only: 800 of 9,200.
    const released = { ...second, released: ["2026-11-04"] };
    expect(shares(released)["drawdown"]).toBeCloseTo(800 / 9_200 / 0.15, 12);
    // One that was made up before the week is none of this week's.
    const madeUp = week([-800, 900, 0, 0, 0, 0, 0, 0], { from: "2026-11-09" });
    expect(shares(madeUp)["drawdown"]).toBe(0);
  });

  it("are the larger of what days and alarms say, and never drop an alarm", () => {
    const told = [
      { limit: "daily_loss", used: 400, max: 500 },
      { limit: "weekly_loss", used: 600, max: 1_000 },
      { limit: "drawdown", used: 12, max: 15 },
      { limit: "exposure_cap", used: 70, max: 100 },
      { limit: "weekly_loss", used: 100, max: 1_000 },
    ];
    expect(shares(week([-100, -800], { told }))).toEqual({
      ...{ daily_loss: 1.6, single_trade_loss: 0, weekly_loss: 0.9, drawdown: 0.8 },
      exposure_cap: 0.7,
    });
    expect(shares(week([-50], { told }))).toMatchObject({ daily_loss: 0.8, weekly_loss: 0.6 });
  });

  it("cannot be told where a number is none, which counts as reached", () => {
    const told = [{ limit: "drawdown", used: Number.NaN, max: 15 }];
    expect(shares(week([-50], { told }))["drawdown"]).toBeNaN();
    expect(shares(week([]))).toEqual({
      ...{ daily_loss: 0, single_trade_loss: 0, weekly_loss: 0, drawdown: 0 },
    });
  });
});
