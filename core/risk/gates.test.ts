import fc from "fast-check";
import { expect, it } from "vitest";
import type { ConditionAnswer, Estimate, GateFacts, GateRules } from "../domain/gate.ts";
import { CONDITION_NAMES, isOpen, judgeGate, judgeStep } from "./gates.ts";
import { judgeWindow, stepWindowOf } from "./ladder.ts";
import { known, PASSING, RULES } from "./testing/gate-facts.ts";

function answer(
  name: string,
  facts: Partial<GateFacts>,
  rules: Partial<GateRules> = {},
): ConditionAnswer | undefined {
  const results = judgeGate({ ...PASSING, ...facts }, { ...RULES, ...rules });
  return results.find((result) => result.name === name)?.answer;
}

it("opens when every condition is passed, and asks all of them", () => {
  const results = judgeGate(PASSING, RULES);
  expect(results.map(({ name }) => name)).toEqual(CONDITION_NAMES);
  expect(results.filter((result) => result.answer !== "pass")).toEqual([]);
  expect(isOpen(results)).toBe(true);
});

it("is not open when nothing is asked", () => {
  expect(isOpen([])).toBe(false);
});

it.each<[string, Partial<GateFacts>, ConditionAnswer]>([
  ["runtime", { runtimeDays: known(13) }, "not-enough-data"],
  ["nights", { nights: known(9, 9) }, "not-enough-data"],
  ["data_age", { dataAgeDays: known(7.1) }, "fail"],
  ["completed_trades", { completedTrades: known(99, 99) }, "not-enough-data"],
  ["total_return", { totalReturn: known(0.0099) }, "fail"],
  ["total_return", { totalReturn: known(0.01) }, "pass"],
  ["total_return", { totalReturn: known(0.5, 19) }, "not-enough-data"],
  ["weekly_return", { weeklyReturns: [0.02, -0.01] }, "pass"],
  ["weekly_return", { weeklyReturns: [0.01, -0.02] }, "fail"],
  ["weekly_return", { weeklyReturns: [0.2, -0.05] }, "fail"],
  ["weekly_return", { weeklyReturns: [0.2] }, "not-enough-data"],
  ["weekly_return", { weeklyReturns: [-0.06] }, "fail"],
  ["weekly_return", { weeklyReturns: [] }, "not-enough-data"],
  ["weekly_return", { begunWeekReturn: -0.005 }, "pass"],
  ["weekly_return", { begunWeekReturn: -0.05 }, "fail"],
  ["weekly_return", { begunWeekReturn: -0.02 }, "fail"],
  ["weekly_return", { weeklyReturns: [0.2], begunWeekReturn: 0.2 }, "not-enough-data"],
  ["weekly_return", { weeklyReturns: [], begunWeekReturn: -0.05 }, "fail"],
  ["weekly_return", { begunWeekReturn: Number.NaN }, "not-enough-data"],
  ["sharpe", { sharpe: known(1.5, 30, [0.2, 3]) }, "fail"],
  ["sharpe", { sharpe: known(9, 30, [0, 20]) }, "fail"],
  ["sharpe", { sharpe: known(9, 19, [1, 20]) }, "not-enough-data"],
  ["sharpe", { sharpe: known(9, 30, null) }, "not-enough-data"],
  ["sharpe", { sharpe: known(9, 30, [Number.NaN, 20]) }, "fail"],
  ["profit_factor", { profitFactor: known(1.3) }, "fail"],
  ["profit_factor", { profitFactor: known(5, 99) }, "not-enough-data"],
  ["drawdown", { drawdown: known(0.1) }, "fail"],
  ["drawdown", { drawdown: known(0.1, 2) }, "fail"],
  ["drawdown", { drawdown: known(0.01, 2) }, "not-enough-data"],
  ["fee_drag", { feeDrag: known(0.15) }, "fail"],
  ["fee_drag", { feeDrag: known(-0.2) }, "fail"],
  ["win_rate", { winRate: known(0.44) }, "fail"],
  ["win_rate", { winRate: known(0.61) }, "fail"],
  ["win_rate", { winRate: known(0.45) }, "pass"],
  ["worst_trade", { worstTrade: known(-0.05) }, "fail"],
  ["worst_trade", { worstTrade: known(-0.06, 3) }, "fail"],
  ["calibration", { calibration: known(0.0001) }, "fail"],
  ["calibration", { calibration: known(0, 49) }, "not-enough-data"],
  ["calibration", { calibration: known(0) }, "pass"],
  ["fill_rate", { fillRateGap: known(-0.11) }, "fail"],
  ["fill_rate", { fillRateGap: known(0.11) }, "fail"],
  ["slippage", { slippageCents: known(1.1) }, "fail"],
  ["limit_breaches", { limitBreaches: known(1, 1) }, "fail"],
  ["limit_breaches", { limitBreaches: known(0, 9) }, "not-enough-data"],
  ["incidents", { incidents: known(1) }, "fail"],
  ["kill_drill", { killDrillAgeDays: known(7.5) }, "fail"],
  ["kill_drill", { killDrillAgeDays: known(-1) }, "fail"],
  ["kill_drill", { killDrillAgeDays: known(null, 0) }, "not-enough-data"],
  ["restore_drill", { restoreDrillAgeDays: known(null, 0) }, "not-enough-data"],
  ["live_divergence", { liveDivergence: known(0.5) }, "fail"],
  ["live_divergence", { liveDivergence: known(null, 0) }, "not-enough-data"],
])("%s: %j is %s", (name, facts, expected) => {
  expect(answer(name, facts)).toBe(expected);
});

/** Every fact that is an estimate; the returns of weeks are plain numbers. */
const ESTIMATES = Object.keys(PASSING).filter(
  (name): name is Exclude<keyof GateFacts, "weeklyReturns" | "begunWeekReturn" | "weeklyQuery"> =>
    !/week/i.test(name),
);

it("never opens while a number it asks for is absent, not finite or of an empty sample", () => {
  const spoilt = fc.constantFrom<Partial<Estimate>>(
    { value: null },
    { value: Number.NaN },
    { value: Infinity },
    { value: -Infinity },
    { sample: 0 },
  );
  fc.assert(
    fc.property(fc.constantFrom(...ESTIMATES), spoilt, (name, change) => {
      const facts = { ...PASSING, [name]: { ...PASSING[name], ...change } };
      expect(isOpen(judgeGate(facts, RULES))).toBe(false);
    }),
  );
});

it("answers not-enough-data to everything when there is nothing, and never fail", () => {
  const none = known(null, 0);
  const facts = Object.fromEntries(ESTIMATES.map((name) => [name, none]));
  const results = judgeGate({ ...PASSING, ...facts, weeklyReturns: [] }, RULES);
  expect(new Set(results.map((result) => result.answer))).toEqual(new Set(["not-enough-data"]));
});

it("shows each number with its interval, sample and query", () => {
  const sharpe = judgeGate(PASSING, RULES).find(({ name }) => name === "sharpe");
  expect(sharpe).toMatchObject({
    value: 2,
    interval: [0.4, 3.6],
    sample: 30,
    query: "select by hand",
    needs: "above 1.5, its lower 95 % bound above 0, over 20 days",
  });
});

it("does not trust a number of too few games or days, however good, and says so", () => {
  for (const name of ["sharpe", "totalReturn", "winRate"] as const) {
    const facts = { ...PASSING, [name]: { ...PASSING[name], hasFewClusters: true } };
    const lacking = judgeGate(facts, RULES).filter(({ answer: one }) => one !== "pass");
    expect(lacking.map(({ answer: one }) => one)).toEqual(["not-enough-data"]);
    expect(lacking[0]?.needs).toMatch(/; what there is rests on too few games or days/);
  }
});

it("asks nothing that is null", () => {
  const results = judgeGate(PASSING, { ...RULES, minSharpe: null, winRate: null });
  expect(results.map(({ name }) => name)).not.toContain("sharpe");
  expect(results.map(({ name }) => name)).not.toContain("win_rate");
});

it("names what a step lacks exactly where its window does not say up", () => {
  const rules = {
    windowDays: 14,
    minCompletedTrades: 20,
    minReturn: 0,
    maxDrawdown: 0.05,
    stepBackReturn: -0.02,
  };
  const of = (...values: (number | null)[]): fc.Arbitrary<Estimate> =>
    fc.constantFrom(...values).map((value) => known(value));
  const facts = fc.record({
    runtimeDays: of(13, 14, 15, null),
    completedTrades: of(0, 19, 20, 21, null),
    totalReturn: of(-0.03, -0.01, 0, 0.01, Number.NaN, null),
    drawdown: of(0, 0.05, 0.051, Number.NaN, null),
    processFailures: of(0, 1),
  });
  const seen = new Set<boolean>();
  fc.assert(
    fc.property(facts, (window) => {
      const verdict = judgeWindow(stepWindowOf(window, window.processFailures.value ?? 0), rules);
      const passed = isOpen(judgeStep(window, rules));
      seen.add(passed);
      expect(passed).toBe(verdict === "up");
    }),
    { numRuns: 2_000 },
  );
  expect(seen.size).toBe(2);
});
