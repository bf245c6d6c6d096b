import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { loadRiskLimits } from "../../runtime/risk-limits.ts";
import { newTestPlan, parseTestPlan } from "../../runtime/test-plan.ts";
import { putInForce } from "../../schema/queries/limits.ts";
import {
  lockTestPlan,
  recordPlanVerdict,
  type TestPlanRow,
} from "../../schema/queries/test-plans.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import { datesFrom, insertNight } from "../../test/db/stage-nights.ts";
import { judgePlan, type PlanJudgement } from "./plan.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop(), 60_000);
afterEach(() => emptyDatabase(cloned.db));

/** Days of recordings: past, whenever the plan is locked. */
const DAYS = datesFrom("2024-01-01", 60);
const TEXT = newTestPlan("recorded", "2024-01-01", "2024-02-29")
  .replace("min_games: 60", "min_games: 31")
  .replace("min_positions: 100", "min_positions: 31")
  .replace(/ {2}- id: forecasts[^]*?(?=\nstop:)/, "")
  .replace(/max_(drawdown|loss)_pct: 10 /g, "max_$1_pct: 100");

/** Locks the plan, its only hypothesis that a position earns more than so many USD. */
async function lock(above: number): Promise<TestPlanRow> {
  const { text, hash } = loadRiskLimits(`${PACKAGE_ROOT}config/risk_limits.yaml`);
  await putInForce(cloned.db, {
    ...{ mode: "paper", hash, text, by: "test", reason: "test", changes: [] },
  });
  const content = TEXT.replace("above: 0 ", `above: ${above} `);
  const { plan, hash: planHash } = parseTestPlan("plan", content);
  const locked = await lockTestPlan(cloned.db, {
    ...{ planHash, name: plan.name, mode: "paper", content, configHash: "c", limitsHash: hash },
    ...{ from: plan.sample.from, to: plan.sample.to, by: "test" },
  });
  if (locked.kind !== "locked") throw new Error(locked.kind);
  return locked.plan;
}

/** Plays some of the days: two of three won, or all or none of them. */
async function play(plan: TestPlanRow, dates: readonly string[], isWon?: boolean): Promise<void> {
  for (const [index, date] of dates.entries()) {
    await insertNight(cloned.db, {
      ...{ mode: "paper", date, isWon: isWon ?? index % 3 !== 2, limitsHash: plan.limits_hash },
      daysAgo: -1,
    });
  }
}

/** Looks at the plan, as `plan verify` does: the look is kept. */
async function look(plan: TestPlanRow): Promise<PlanJudgement> {
  const judged = await judgePlan(cloned.db, {
    ...{ mode: "paper", locked: plan, fileHash: plan.plan_hash, nowMs: Date.now() },
  });
  await recordPlanVerdict(cloned.db, {
    ...{ plan, verdict: judged.verdict, details: judged, by: "test" },
  });
  return judged;
}

/** Deviations that tell of looks. */
const looksTold = ({ deviations }: PlanJudgement) =>
  deviations.filter((one) => /looked at|judged on/.test(one));

describe("a test plan of recorded days that is looked at night by night", () => {
  it("lists every look before its verdict, and its days without a night", async () => {
    const plan = await lock(-1000);
    await play(plan, DAYS.slice(0, 10));
    const early = await look(plan);
    expect(early.verdict).toBe("not_enough_data");
    expect(looksTold(early)).toEqual([]);
    expect(looksTold(await look(plan))).toEqual([
      "it was looked at 1 times on the way to this sample, at 10 games",
    ]);
    await play(plan, DAYS.slice(10, 40));
    const judged = await look(plan);
    expect(judged).toMatchObject({ verdict: "confirmed", games: 40, missing: [] });
    expect(judged.deviations).toContain(
      "20 of its days have no night: they were past when it was locked, and a test of such can be ended " +
        "at a good moment",
    );
    expect(looksTold(judged)).toEqual([
      "it was looked at 2 times on the way to this sample, at 10, 10 games",
    ]);
    // Asked again, it says the same.
    expect(await look(plan)).toEqual(judged);
  });

  it("cannot be played on until it is confirmed: the first verdict counts", async () => {
    const plan = await lock(0);
    await play(plan, DAYS.slice(0, 31));
    const first = await look(plan);
    expect(first).toMatchObject({ verdict: "not_confirmed", games: 31, missing: [] });
    expect(first.hypotheses[0]?.answer).toBe("not_confirmed");
    await play(plan, DAYS.slice(31), true);
    const later = await look(plan);
    expect(later).toMatchObject({
      ...{ verdict: "not_confirmed", nights: 31, games: 31, positions: 31 },
      hypotheses: [{ answer: "not_confirmed" }],
    });
    expect(looksTold(later)).toEqual([
      expect.stringMatching(
        /^it was judged on \d{4}-\d\d-\d\d at 31 games: not_confirmed, which counts; with what was played since it would be confirmed, at 60 games$/,
      ),
    ]);
    expect(await look(plan)).toEqual(later);
  });

  it("stays confirmed where that came first, and says that it changed", async () => {
    const plan = await lock(0);
    await play(plan, DAYS.slice(0, 36), true);
    await play(plan, DAYS.slice(36, 37), false);
    expect(await look(plan)).toMatchObject({ verdict: "confirmed", games: 37 });
    await play(plan, DAYS.slice(37), false);
    const later = await look(plan);
    expect(later).toMatchObject({ verdict: "confirmed", games: 37 });
    expect(looksTold(later)[0]).toContain("it would be not_confirmed, at 60 games");
  });

  it("takes what an older version kept without saying what was missing for a look, and no verdict", async () => {
    const plan = await lock(-1000);
    await recordPlanVerdict(cloned.db, { plan, verdict: "confirmed", details: {}, by: "test" });
    await play(plan, DAYS.slice(0, 10));
    const judged = await look(plan);
    expect(judged.verdict).toBe("not_enough_data");
    expect(looksTold(judged)).toEqual(["it was looked at 1 times on the way to this sample"]);
  });
});

it("a plan of days to come lists looks after its last day at a smaller sample, and none at the same", async () => {
  const kept = await lock(-1000);
  const plan = { ...kept, locked_at: new Date("2023-12-31T12:00:00Z") };
  await play(plan, DAYS.slice(0, 30));
  await look(plan);
  expect(looksTold(await look(plan))).toEqual([]);
  await play(plan, DAYS.slice(30, 32));
  const judged = await look(plan);
  expect(judged.verdict).toBe("confirmed");
  expect(judged.deviations).toEqual([
    "it was looked at 2 times on the way to this sample, at 30, 30 games",
  ]);
});
