import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readReferences } from "../../test/references/read.ts";
import { seededChance } from "./inference/chance.ts";
import { PERILS, survival, type SurvivalPlan } from "./survival.ts";

const reference = readReferences(
  "survival",
  z.object({
    days: z.number(),
    steps: z.array(z.number()),
    ...{ ruin: z.number(), weeklyLoss: z.number(), drawdown: z.number() },
    ...{ consecutiveLosses: z.number(), singleTradeLoss: z.number() },
  }),
);
// Ten steps of a capital of 10: whole numbers, as the reference has them. One trade a day, or none.
const plan: SurvivalPlan = {
  // Each day twice: thirty of them have a trade, and odds are the same.
  seen: [...reference.steps, ...reference.steps].map((step) => (step === 0 ? [] : [step / 10])),
  capital: 10,
  days: reference.days,
  dailyLoss: 1,
  weeklyLoss: 3,
  singleTradeLoss: 1,
  consecutiveLosses: 4,
  drawdownShare: 0.35,
  ruinEquity: 7,
  paths: 20_000,
};

/** Four standard errors of so many futures. */
function expectProbability(found: number | undefined, exact: number, paths = 20_000): void {
  const error = Math.sqrt((exact * (1 - exact)) / paths);
  expect(Math.abs((found ?? 2) - exact)).toBeLessThan(4 * error);
}

it("meets ruin and each limit as often as the exact law says", () => {
  expectProbability(survival(plan, seededChance(41)).ruin?.probability, reference.ruin);
  const endless = survival({ ...plan, ruinEquity: -1e9 }, seededChance(42));
  for (const peril of ["weeklyLoss", "drawdown", "consecutiveLosses", "singleTradeLoss"] as const) {
    expectProbability(endless[peril]?.probability, reference[peril]);
  }
  // A trade a day: the worst one is the day.
  expect(endless.dailyLoss).toEqual(endless.singleTradeLoss);
});

describe("several trades of a day", () => {
  // Two losses of 2 and a gain of 5 on each of 30 days.
  const busy = {
    ...plan,
    seen: Array.from({ length: 30 }, () => [-0.2, -0.2, 0.5]),
    ...{ dailyLoss: 2, weeklyLoss: 2, singleTradeLoss: 2, days: 2 },
  };

  it("are a day together, and each a trade", () => {
    const found = survival(busy, seededChance(1));
    expect(found.dailyLoss?.probability).toBe(0);
    expect(found.weeklyLoss?.probability).toBe(0);
    expect(found.singleTradeLoss?.probability).toBe(1);
    const looser = survival({ ...busy, singleTradeLoss: 2.1 }, seededChance(1));
    expect(looser.singleTradeLoss?.probability).toBe(0);
  });

  it("end in any sequence: a streak goes on over the end of a day", () => {
    const streak = (consecutiveLosses: number): number | undefined =>
      survival({ ...busy, consecutiveLosses }, seededChance(2)).consecutiveLosses?.probability;
    // Each day is WLL, LWL or LLW. Four in a row: WLL and then LLW, 1/9. Three: WLL and then LWL or
    // LLW, or LWL and then LLW, 3/9. Two: all but LWL twice, of which even one has L|L: always.
    expectProbability(streak(4), 1 / 9);
    expectProbability(streak(3), 3 / 9);
    expect(streak(5)).toBe(0);
  });
});

it("gets no safer with a lower limit, more days, or more capital under the same limits", () => {
  const of = (more: Partial<SurvivalPlan>) =>
    survival({ ...plan, paths: 2_000, ...more }, seededChance(43));
  const drawn = (more: Partial<SurvivalPlan>): number => of(more).drawdown?.probability ?? 2;
  expect(drawn({ drawdownShare: 0.2 })).toBeGreaterThanOrEqual(drawn({}));
  expect(drawn({ days: 60 })).toBeGreaterThan(drawn({}));
  expect(of({ capital: 20 }).weeklyLoss?.probability).toBeGreaterThan(
    of({}).weeklyLoss?.probability ?? 2,
  );
});

it("doubles the money at the end with twice the capital, limits in proportion", () => {
  const once = survival({ ...plan, paths: 500 }, seededChance(44));
  const larger = { capital: 20, dailyLoss: 2, weeklyLoss: 6, singleTradeLoss: 2, ruinEquity: 14 };
  const twice = survival({ ...plan, ...larger, paths: 500 }, seededChance(44));
  for (const peril of PERILS) expect(twice[peril]).toEqual(once[peril]);
  expect(twice.endEquity?.p50).toBeCloseTo(2 * (once.endEquity?.p50 ?? 0), 9);
});

it("says nothing from fewer than thirty days with a trade, and wants positive limits", () => {
  const traded = plan.seen.filter((trades) => trades.length > 0);
  const silent = { ruin: null, drawdown: null, consecutiveLosses: null, endEquity: null, paths: 0 };
  const short = [...traded.slice(0, 29), ...Array.from({ length: 40 }, () => [])];
  const lacking = survival({ ...plan, seen: short }, seededChance(1));
  expect(lacking).toMatchObject({ ...silent, n: 69, clusters: 29, lack: "too_few_clusters" });
  expect(survival({ ...plan, seen: traded.slice(0, 30) }, seededChance(1)).lack).toBeNull();
  const none = survival({ ...plan, seen: [[], []] }, seededChance(1));
  expect(none).toMatchObject({ ...silent, n: 2, clusters: 0, lack: "empty_sample" });
  for (const limit of ["capital", "singleTradeLoss", "consecutiveLosses"] as const) {
    expect(() => survival({ ...plan, [limit]: 0 }, seededChance(1))).toThrow("limits > 0");
  }
});
