import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { loadRiskLimits } from "../../runtime/risk-limits.ts";
import { newTestPlan, parseTestPlan } from "../../runtime/test-plan.ts";
import { putInForce } from "../../schema/queries/limits.ts";
import {
  findPlan,
  lockTestPlan,
  type NewTestPlan,
  recordPlanVerdict,
} from "../../schema/queries/test-plans.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import { datesFrom, insertNight } from "../../test/db/stage-nights.ts";
import { judgePlan, type PlanRequest } from "./plan.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(async () => {
  await cloned.drop();
}, 60_000);
afterEach(() => emptyDatabase(cloned.db));

async function putLimits(): Promise<string> {
  const { text, hash } = loadRiskLimits(`${PACKAGE_ROOT}config/risk_limits.yaml`);
  await putInForce(cloned.db, {
    ...{ mode: "paper", hash, text, by: "test", reason: "test", changes: [] },
  });
  return hash;
}

describe("a test plan", () => {
  const text = newTestPlan("first-plan", "2026-11-01", "2026-11-20");
  const planOf = (limitsHash: string, content = text): NewTestPlan => {
    const { plan, hash } = parseTestPlan("plan", content);
    return {
      ...{ planHash: hash, name: plan.name, mode: "paper", content, configHash: "c", limitsHash },
      ...{ from: plan.sample.from, to: plan.sample.to, by: "test" },
    };
  };

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
    await cloned.db.transaction().execute(async (tx) => {
      for (const [index, date] of datesFrom("2026-11-01", 6).entries()) {
        const night = { mode: "paper", date, isWon: index % 3 !== 2, limitsHash } as const;
        const source = index === 5 ? "world:7" : "recording:by-hand";
        await insertNight(tx, { ...night, source, daysAgo: -1 });
      }
    });
    const kept = await findPlan(cloned.db, { mode: "paper", name: "first-plan" });
    if (kept === null) throw new Error("it was locked");
    // Its days are fixed, those of the test are not.
    const locked = { ...kept, locked_at: new Date("2026-10-31T12:00:00Z") };
    const request = { mode: "paper", locked, capital: 1e12 } as const;
    const early = { ...request, fileHash: locked.plan_hash, nowMs: Date.parse("2026-11-07") };
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
    const late = { ...request, fileHash: "changed", nowMs: Date.parse("2026-12-21T15:00:00Z") };
    const { deviations } = await judgePlan(cloned.db, late);
    expect(deviations[0]).toContain("the plan's file was changed since it was locked");
    expect(deviations.join("\n")).not.toContain("is not over yet");
    // A day late, and beside another question about some of the same days.
    const another = newTestPlan("second-plan", "2026-11-20", "2026-11-30");
    await lockTestPlan(cloned.db, { ...planOf("l", another), planHash: "other" });
    const tardy = { ...locked, locked_at: new Date("2026-11-02T12:00:00Z") };
    const told = (await judgePlan(cloned.db, { ...late, locked: tardy })).deviations.join("\n");
    expect(told).toContain("it was locked on 2026-11-02, after its first day");
    expect(told).toContain("asked by 1 other plans too: second-plan");
    // With so little capital the first loss is the end: two nights won, one lost.
    const small = { ...early, capital: 100_000_000 };
    const stopped = await judgePlan(cloned.db, small);
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
    const play = (dates: readonly string[], isEnded = true) =>
      cloned.db.transaction().execute(async (tx) => {
        for (const [index, date] of dates.entries()) {
          const night = { mode: "paper", date, limitsHash, isEnded, daysAgo: -1 } as const;
          await insertNight(tx, { ...night, isWon: index % 3 !== 2 });
        }
      });
    const days = datesFrom("2026-11-01", 36);
    const kept = await findPlan(cloned.db, { mode: "paper", name: "first-plan" });
    if (kept === null) throw new Error("it was locked");
    const locked = { ...kept, locked_at: new Date("2026-10-31T12:00:00Z") };
    const at = (day: string): PlanRequest => ({
      ...{ mode: "paper", locked, fileHash: locked.plan_hash, capital: 1e12 },
      nowMs: Date.parse(`${day}T15:00:00Z`),
    });
    await play(days.slice(0, 32));
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
    await play(days.slice(32, 35));
    expect(await judgePlan(cloned.db, at("2026-12-06"))).toMatchObject({
      verdict: "not_enough_data",
      missing: ["its last day, 2026-12-06, is not over yet"],
    });
    // The last night goes on past midnight.
    await play(days.slice(35), false);
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
});
