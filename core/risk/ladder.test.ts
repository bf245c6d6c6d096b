import fc from "fast-check";
import { expect, it } from "vitest";
import type { StageLimits } from "../domain/risk.ts";
import { type LadderPosition, STAGES } from "../domain/stage.ts";
import { limits as LIMITS } from "./testing/fixtures.ts";
import {
  demoted,
  hasSteps,
  isStep,
  judgeWindow,
  limitsAtStep,
  LADDER_START,
  promoted,
  scaleOf,
  type StepRules,
  steppedBack,
  steppedUp,
} from "./ladder.ts";

/** Capital of each stage, USD: the user's table. */
const CAPITAL = { shadow: 0, paper: 0, micro: 500, small: 1_000, medium: 2_500, standard: 5_000 };

/** Limits that are amounts of money, beside the capital of each strategy. */
const MONEY = [
  "maxTotalCapital",
  "exposureCap",
  "maxPositionSize",
  "maxLossPerMarket",
  "maxLossPerGame",
  "maxLossPerSlate",
  "maxLossPerBitcoinHour",
  "maxNotionalPerCycle",
  "maxDailyLoss",
  "maxWeeklyLoss",
  "maxSingleTradeLoss",
];
const amountsOf = (keys: readonly string[]): Record<string, fc.Arbitrary<number>> =>
  Object.fromEntries(keys.map((key) => [key, fc.integer({ min: 0, max: 1e12 })]));

const positions: readonly LadderPosition[] = STAGES.flatMap((stage) =>
  [0, 1, 2, 3, 4].filter((step) => isStep(stage, step)).map((step) => ({ stage, step })),
);
const anyPosition = fc.constantFrom(...positions);
const atStake = ({ stage, step }: LadderPosition): number => CAPITAL[stage] * scaleOf(stage, step);

it("never scales a limit above what the file says, nor to nothing", () => {
  for (const { stage, step } of positions) {
    expect(scaleOf(stage, step)).toBeGreaterThan(0);
    expect(scaleOf(stage, step)).toBeLessThanOrEqual(1);
  }
});

it("grows by exactly 25 % of the stage's figures with each step", () => {
  expect([1, 2, 3, 4].map((step) => scaleOf("micro", step))).toEqual([0.25, 0.5, 0.75, 1]);
  expect([scaleOf("shadow", 0), scaleOf("paper", 0)]).toEqual([1, 1]);
});

it("gives every amount of money its step's share, whole and never more, and leaves the rest", () => {
  const amounts = (limits: StageLimits): Record<string, number> => ({
    ...limits,
    ...limits.maxStrategyCapital,
    maxStrategyCapital: 0,
  });
  fc.assert(
    fc.property(
      anyPosition,
      fc.record({
        ...amountsOf(MONEY),
        maxStrategyCapital: fc.record(amountsOf(Object.keys(LIMITS.maxStrategyCapital))),
      }),
      (position, money) => {
        // Amounts of money are micros.
        const whole = { ...LIMITS, ...money } as unknown as StageLimits;
        const before = amounts(whole);
        const after = amounts(limitsAtStep(whole, position));
        for (const [key, value] of Object.entries(before)) {
          const isMoney = MONEY.includes(key) || key in LIMITS.maxStrategyCapital;
          const share = scaleOf(position.stage, position.step);
          expect(after[key], key).toBe(isMoney ? Math.floor(value * share) : value);
        }
      },
    ),
  );
});

it.each([
  ["paper", 1],
  ["micro", 0],
  ["micro", 5],
  ["micro", 1.5],
  ["small", Number.NaN],
] as const)("has no step %s %s", (stage, step) => {
  expect(() => scaleOf(stage, step)).toThrow("steps 1 to 4");
});

it("enters a stage at no more than the stage below had at its top", () => {
  // 500 -> 500, 1000 -> 1250 of 2500, 2500 -> 2500 of 5000: half of the stage above.
  const entered = (["micro", "small", "medium"] as const).map((stage) =>
    promoted({ stage, step: 4 }),
  );
  expect(entered.map((position) => position?.step)).toEqual([2, 2, 2]);
  expect(promoted({ stage: "standard", step: 4 })).toBeNull();
  expect(promoted(LADDER_START)).toEqual({ stage: "paper", step: 0 });
});

it("puts less at stake by every demotion and every step back, and stays on the ladder", () => {
  fc.assert(
    fc.property(anyPosition, (position) => {
      for (const lower of [demoted(position), steppedBack(position)]) {
        expect(isStep(lower.stage, lower.step)).toBe(true);
        if (hasSteps(position.stage)) expect(atStake(lower)).toBeLessThan(atStake(position));
        expect(STAGES.indexOf(lower.stage)).toBeLessThanOrEqual(STAGES.indexOf(position.stage));
      }
    }),
  );
});

it("goes up by one step or one stage at a time, whatever the sequence of acts", () => {
  const acts = fc.array(fc.constantFrom("promote", "demote", "up", "back"), { maxLength: 60 });
  fc.assert(
    fc.property(acts, (sequence) => {
      let at = LADDER_START;
      for (const act of sequence) {
        const moves = {
          promote: promoted(at) ?? at,
          demote: demoted(at),
          up: steppedUp(at) ?? at,
          back: steppedBack(at),
        };
        const next = moves[act];
        const rise = STAGES.indexOf(next.stage) - STAGES.indexOf(at.stage);
        expect(rise).toBeLessThanOrEqual(act === "promote" ? 1 : 0);
        if (act === "up" && next !== at) expect(next.step).toBe(at.step + 1);
        expect(isStep(next.stage, next.step)).toBe(true);
        at = next;
      }
    }),
  );
});

it("steps back below the lowest step to the stage below", () => {
  expect(steppedBack({ stage: "small", step: 3 })).toEqual({ stage: "small", step: 2 });
  expect(steppedBack({ stage: "small", step: 1 })).toEqual({ stage: "micro", step: 1 });
  expect(steppedBack({ stage: "micro", step: 1 })).toEqual({ stage: "paper", step: 0 });
  expect(demoted({ stage: "shadow", step: 0 })).toEqual(LADDER_START);
});

const RULES: StepRules = {
  windowDays: 14,
  minCompletedTrades: 20,
  minReturn: 0,
  maxDrawdown: 0.05,
  stepBackReturn: -0.02,
};
const STABLE = {
  days: 14,
  completedTrades: 20,
  netReturn: 0.01,
  drawdown: 0.02,
  processFailures: 0,
};

it.each([
  ["a whole stable window", {}, "up"],
  ["a day too few", { days: 13 }, "hold"],
  ["a trade too few", { completedTrades: 19 }, "hold"],
  ["a small loss", { netReturn: -0.01 }, "hold"],
  ["no return that is known", { netReturn: null }, "hold"],
  ["no drawdown that is known", { drawdown: null }, "hold"],
  ["underperformance", { netReturn: -0.021 }, "back"],
  ["underperformance on the first day", { days: 1, completedTrades: 1, netReturn: -0.03 }, "back"],
  ["a deep drawdown", { drawdown: 0.051 }, "back"],
  ["a process failure", { processFailures: 1 }, "back"],
  ["a return that is no number", { netReturn: Number.NaN }, "back"],
  ["a drawdown that is no number", { drawdown: Number.NaN }, "back"],
] as const)("judges %s", (_, change, verdict) => {
  expect(judgeWindow({ ...STABLE, ...change }, RULES)).toBe(verdict);
});
