import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Mode } from "../../core/domain/decision.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { loadRiskLimits, parseRiskLimits } from "../../runtime/risk-limits.ts";
import { newTestPlan, parseTestPlan } from "../../runtime/test-plan.ts";
import { putInForce } from "../../schema/queries/limits.ts";
import {
  findPlan,
  lockTestPlan,
  type NewTestPlan,
  recordPlanVerdict,
  type TestPlanRow,
  verdictsOf,
} from "../../schema/queries/test-plans.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import { datesFrom, type HandNight, insertNight } from "../../test/db/stage-nights.ts";
import { judgePlan, type PlanRequest } from "./plan.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(async () => {
  await cloned.drop();
}, 60_000);
afterEach(() => emptyDatabase(cloned.db));

/** Puts the usual limits in force, of which a stage on paper has 10,000 USD, or others. */
async function putLimits(change = (usual: string): string => usual): Promise<string> {
  const usual = loadRiskLimits(`${PACKAGE_ROOT}config/risk_limits.yaml`);
  const { text, hash } = parseRiskLimits("limits", change(usual.text));
  await putInForce(cloned.db, {
    ...{ mode: "paper", hash, text, by: "test", reason: "test", changes: [] },
  });
  return hash;
}

/** Plays nights of one trade each, of which two of three are won, begun tomorrow. */
async function play(
  dates: readonly string[],
  night: Partial<HandNight> & Pick<HandNight, "limitsHash">,
): Promise<void> {
  await cloned.db.transaction().execute(async (tx) => {
    for (const [index, date] of dates.entries()) {
      await insertNight(tx, {
        ...{ mode: "paper", date, isWon: index % 3 !== 2, daysAgo: -1, ...night },
      });
    }
  });
}

describe("a test plan", () => {
  const text = newTestPlan("first-plan", "2026-11-01", "2026-11-20");
  const planOf = (limitsHash: string, content = text, mode: Mode = "paper"): NewTestPlan => {
    const { plan, hash } = parseTestPlan("plan", content);
    return {
      ...{ planHash: hash, name: plan.name, mode, content, configHash: "c", limitsHash },
      ...{ from: plan.sample.from, to: plan.sample.to, by: "test" },
    };
  };
  /** The plan as it was locked, but before its first day: these days are fixed, those of the test are not. */
  const lockedInTime = async (mode: Mode = "paper"): Promise<TestPlanRow> => {
    const kept = await findPlan(cloned.db, { mode, name: "first-plan" });
    if (kept === null) throw new Error("it was locked");
    return { ...kept, locked_at: new Date("2026-10-31T12:00:00Z") };
  };
  const requestAt = (locked: TestPlanRow, day: string): PlanRequest => ({
    ...{ mode: locked.mode, locked, fileHash: locked.plan_hash },
    nowMs: Date.parse(`${day}T15:00:00Z`),
  });

  it("is locked once, before its first night, and never changed", async () => {
    const plan = planOf("l");
    expect(await lockTestPlan(cloned.db, plan)).toMatchObject({ kind: "locked" });
    expect(await lockTestPlan(cloned.db, plan)).toMatchObject({ kind: "exists" });
    const other = planOf("l", text.replace("above: 0", "above: 1"));
    expect(await lockTestPlan(cloned.db, other)).toMatchObject({ kind: "other" });
    await expect(sql`update test_plans set content = 'x'`.execute(cloned.db)).rejects.toThrow(
      "append-only",
    );
    const audited = await sql`select from audit_log where kind = 'plan'`.execute(cloned.db);
    expect(audited.rows).toHaveLength(1);
  });

  it("is locked in each mode by itself, and looks at the one are none at the other", async () => {
    expect(await lockTestPlan(cloned.db, planOf("l"))).toMatchObject({ kind: "locked" });
    const shadow = planOf("l", text, "shadow");
    expect(await lockTestPlan(cloned.db, shadow)).toMatchObject({
      ...{ kind: "locked", plan: { mode: "shadow", plan_hash: shadow.planHash } },
    });
    expect(await lockTestPlan(cloned.db, shadow)).toMatchObject({ kind: "exists" });
    const locked = await lockedInTime("shadow");
    await recordPlanVerdict(cloned.db, {
      ...{ plan: locked, verdict: "not_enough_data", details: {}, by: "test" },
    });
    expect(await verdictsOf(cloned.db, locked)).toHaveLength(1);
    expect(await verdictsOf(cloned.db, await lockedInTime("paper"))).toEqual([]);
  });

  it("is refused once a night of its days has begun", async () => {
    await insertNight(cloned.db, { mode: "paper", date: "2026-11-20", isWon: true });
    expect(await lockTestPlan(cloned.db, planOf("l"))).toEqual({
      kind: "begun",
      runId: "trading-day/paper/2026-11-20",
    });
  });

  it("is refused also where the night was watched in another mode", async () => {
    await insertNight(cloned.db, { mode: "shadow", date: "2026-11-20", isWon: true });
    expect(await lockTestPlan(cloned.db, planOf("l"))).toMatchObject({ kind: "begun" });
  });

  it("is judged with every deviation from it, and each look is kept", async () => {
    const limitsHash = await putLimits();
    await lockTestPlan(cloned.db, planOf(limitsHash));
    await play(datesFrom("2026-11-01", 5), { limitsHash });
    await play(["2026-11-06"], { limitsHash, source: "world:7" });
    const locked = await lockedInTime();
    const early = requestAt(locked, "2026-11-06");
    const judged = await judgePlan(cloned.db, early);
    expect(judged).toMatchObject({ verdict: "not_enough_data", nights: 5, games: 5, positions: 5 });
    expect(judged.deviations).toEqual([
      "1 nights since the lock were played on a seeded world",
      "its last day, 2026-11-20, is not over yet",
      "5 games of 60 planned",
      "5 positions of 100 planned",
    ]);
    await recordPlanVerdict(cloned.db, {
      ...{ plan: locked, verdict: judged.verdict, details: judged, by: "test" },
    });
    const late = { ...requestAt(locked, "2026-12-21"), fileHash: "changed" };
    const { deviations } = await judgePlan(cloned.db, late);
    expect(deviations[0]).toContain("the plan's file was changed since it was locked");
    expect(deviations.join("\n")).not.toContain("is not over yet");
    // A day late, and beside another question about some of the same days.
    const another = newTestPlan("second-plan", "2026-11-20", "2026-11-30");
    await lockTestPlan(cloned.db, planOf("l", another));
    const tardy = { ...locked, locked_at: new Date("2026-11-02T12:00:00Z") };
    const told = (await judgePlan(cloned.db, { ...late, locked: tardy })).deviations.join("\n");
    expect(told).toContain("it was locked on 2026-11-02, after its first day");
    expect(told).toContain("asked by 1 other plans too: second-plan");
    // With so tight a rule the first loss is the end: two nights won, one lost.
    const stopped = await judgePlan(cloned.db, {
      ...early,
      locked: { ...locked, content: text.replace("drawdown_pct: 10 ", "drawdown_pct: 0.5 ") },
    });
    expect(stopped).toMatchObject({ stoppedOn: "2026-11-03", nights: 3 });
    expect(stopped.deviations).toContain(
      "the test went on after its stop rule ended it on 2026-11-03",
    );
  });

  it("says nothing of its hypotheses before its sample is whole, whatever the numbers", async () => {
    const limitsHash = await putLimits();
    const content = text
      .replace("to: 2026-11-20", "to: 2026-12-06")
      .replace("min_games: 60", "min_games: 34")
      .replace("min_positions: 100", "min_positions: 34")
      .replace("above: 0 ", "above: -1000 ")
      .replace(/ {2}- id: forecasts[^]*?(?=\nstop:)/, "");
    await lockTestPlan(cloned.db, planOf(limitsHash, content));
    const days = datesFrom("2026-11-01", 36);
    const locked = await lockedInTime();
    const at = (day: string): PlanRequest => requestAt(locked, day);
    await play(days.slice(0, 32), { limitsHash });
    // The whole interval is on the side that is asked, and nobody is to hear it yet.
    const early = await judgePlan(cloned.db, at("2026-12-03"));
    expect(early.hypotheses[0]?.estimate.interval?.low).toBeGreaterThan(-1000);
    expect(early).toMatchObject({
      verdict: "not_enough_data",
      hypotheses: [{ answer: "not_enough_data" }],
      missing: [
        "its last day, 2026-12-06, is not over yet",
        "32 games of 34 planned",
        "32 positions of 34 planned",
      ],
    });
    await play(days.slice(32, 35), { limitsHash });
    expect(await judgePlan(cloned.db, at("2026-12-06"))).toMatchObject({
      verdict: "not_enough_data",
      missing: ["its last day, 2026-12-06, is not over yet"],
    });
    // The last night goes on past midnight.
    await play(days.slice(35), { limitsHash, isEnded: false });
    expect(await judgePlan(cloned.db, at("2026-12-07"))).toMatchObject({
      verdict: "not_enough_data",
      missing: ["the night of 2026-12-06 is still played"],
    });
    await sql`update runs set ended_at = started_at, verdict = 'passed' where ended_at is null`.execute(
      cloned.db,
    );
    expect(await judgePlan(cloned.db, at("2026-12-07"))).toMatchObject({
      ...{ verdict: "confirmed", missing: [], games: 36 },
    });
  });

  it("keeps its nights whatever is played once they are over", async () => {
    const limitsHash = await putLimits();
    await lockTestPlan(cloned.db, planOf(limitsHash));
    await play(datesFrom("2026-11-01", 20), { limitsHash });
    const request = requestAt(await lockedInTime(), "2026-12-21");
    const before = await judgePlan(cloned.db, request);
    expect(before).toMatchObject({ nights: 20, games: 20 });
    await play(["2026-11-21"], { limitsHash: "other", daysAgo: -2 });
    await play(["2026-11-22"], { limitsHash, configHash: "d", daysAgo: -3 });
    await play(["2026-11-23"], { limitsHash, source: "world:7", daysAgo: -4 });
    expect(await judgePlan(cloned.db, request)).toEqual(before);
  });

  it("tells of nights of its own days under other settings or limits, and what they cost", async () => {
    const limitsHash = await putLimits();
    await lockTestPlan(cloned.db, planOf(limitsHash));
    await play(datesFrom("2026-11-01", 4), { limitsHash });
    await play(["2026-11-05"], { limitsHash, configHash: "d", daysAgo: -2 });
    await play(["2026-11-06"], { limitsHash: "other", daysAgo: -2 });
    await play(datesFrom("2026-11-07", 14), { limitsHash, daysAgo: -3 });
    const judged = await judgePlan(cloned.db, requestAt(await lockedInTime(), "2026-12-21"));
    expect(judged.nights).toBe(14);
    expect(judged.deviations.slice(0, 3)).toEqual([
      "1 nights since the lock were played under other settings than the plan's",
      "1 nights since the lock were played under other limits than the plan's",
      "4 nights since the lock were begun before the last one under other settings or limits",
    ]);
  });

  it("measures by the capital of the limits that it was locked under, whatever is in force now", async () => {
    const limitsHash = await putLimits();
    const content = text.replace("drawdown_pct: 10 ", "drawdown_pct: 0.5 ");
    await lockTestPlan(cloned.db, planOf(limitsHash, content));
    await play(datesFrom("2026-11-01", 6), { limitsHash });
    const request = requestAt(await lockedInTime(), "2026-12-21");
    // 96.5 USD won, then 51.75 lost: 0.51 % of 10,096.5 USD, and less than 0.01 % of a million.
    const before = await judgePlan(cloned.db, request);
    expect(before).toMatchObject({ stoppedOn: "2026-11-03", nights: 3 });
    const other = await putLimits((usual) =>
      usual.replace(/(\npaper:\n {2}max_total_capital: )10000/, "$11000000"),
    );
    expect(other).not.toBe(limitsHash);
    expect(await judgePlan(cloned.db, request)).toEqual(before);
    const unkept = { ...request.locked, limits_hash: "nobody kept them" };
    await expect(judgePlan(cloned.db, { ...request, locked: unkept })).rejects.toThrow(
      "the limits that plan first-plan was locked under",
    );
  });
});
