import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { instant } from "../../core/domain/units.ts";
import { loadRiskLimits } from "../../runtime/risk-limits.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { raiseAlarm } from "../../schema/queries/alarms.ts";
import { tripBreaker } from "../../schema/queries/breakers.ts";
import { openIncident } from "../../schema/queries/incidents.ts";
import { throwKill } from "../../schema/queries/kill.ts";
import { putInForce } from "../../schema/queries/limits.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import { datesFrom, type HandNight, insertNight } from "../../test/db/stage-nights.ts";
import { lastNight, lastNightToReview } from "./acts.ts";
import { modeTerms } from "./terms.ts";
import { reviewWeek } from "./weekly.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop(), 60_000);
let limitsHash: string;
beforeEach(async () => {
  const { text, hash } = loadRiskLimits(`${PACKAGE_ROOT}config/risk_limits.yaml`);
  limitsHash = hash;
  await putInForce(cloned.db, {
    ...{ mode: "paper", hash, text, by: "test", reason: "test", changes: [] },
  });
});
afterEach(() => emptyDatabase(cloned.db));

const WEEK = datesFrom("2026-11-03", 7);
const NOW = instant(Date.parse("2026-11-09T15:00:00Z"));
const DAY_MS = 86_400_000;

const play = (night: Partial<HandNight> & Pick<HandNight, "date">) =>
  insertNight(cloned.db, { mode: "paper", isWon: true, limitsHash, ...night });

/** Plays the week's nights, the last of them begun so many days ago, but for one. */
async function playWeek(lastDaysAgo: number, but = ""): Promise<void> {
  for (const [index, date] of WEEK.entries()) {
    if (date !== but) await play({ date, daysAgo: lastDaysAgo + 6 - index });
  }
}

async function reviewed(to = "2026-11-09") {
  const terms = await modeTerms(cloned.db, "paper");
  if (terms === null) throw new Error("limits are in force");
  return reviewWeek(cloned.db, { mode: "paper", to, terms: terms.stages[0] });
}

/** Moves what was written last into such a table so many days back on the wall. */
async function ago(table: string, id: string, daysAgo: number, column = "recorded_at") {
  await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${new Date(Date.now() - daysAgo * DAY_MS)}
    where ${sql.ref(id)} = (select max(${sql.ref(id)}) from ${sql.table(table)})`.execute(
    cloned.db,
  );
}

async function trip(breaker: string, runId: string | null, daysAgo: number): Promise<void> {
  await tripBreaker(cloned.db, {
    ...{ mode: "paper", breaker, cause: "told", numbers: {}, level: "no-entries", runId, at: NOW },
  });
  await ago("circuit_breakers", "breaker_id", daysAgo);
  await ago("alarms", "alarm_id", daysAgo);
}

async function raise(
  code: string,
  alarm: { readonly runId?: string; readonly details?: object; readonly daysAgo: number },
): Promise<void> {
  const { runId = null, details = {}, daysAgo } = alarm;
  await raiseAlarm(cloned.db, {
    ...{ runId, gameId: null, severity: "critical", code, field: "daily_loss" },
    ...{ message: code, details, at: NOW },
  });
  await ago("alarms", "alarm_id", daysAgo);
}

async function openedIncident(daysAgo: number): Promise<void> {
  const window = { from: new Date(0), to: new Date(1) };
  await openIncident(cloned.db, {
    ...{ mode: "paper", source: "window", sourceId: null, what: "seen", openedBy: "test" },
    ...window,
  });
  await ago("incidents", "incident_id", daysAgo, "opened_at");
}

const UNENDED = { isEnded: false, isWon: false } as const;

describe("a week's review of nights that never ended", () => {
  it("counts one as failed, with its breaker, its alarms and its losses, and says what to do", async () => {
    await playWeek(1, "2026-11-06");
    await play({ ...UNENDED, date: "2026-11-06", daysAgo: 4 });
    const runId = "trading-day/paper/2026-11-06";
    await trip("daily_loss", runId, 3.9);
    await raise("daily_loss_near", { runId, details: { used: 97, max: 100 }, daysAgo: 3.9 });
    const { review, paper } = await reviewed();
    expect(review.decision.decision).toBe("roll-back");
    expect(review.facts).toMatchObject({ failedNights: 1, breakers: 1, criticalAlarms: 2 });
    expect(review.facts.limits[0]).toEqual({ limit: "daily_loss", share: 0.97 });
    expect(review.losers.map(({ trade }) => trade.date)).toEqual(["2026-11-06"]);
    expect(review.unended).toEqual(["2026-11-06"]);
    expect(paper.lead[1]).toMatch(
      /^The night of 2026-11-06 never ended: it counts as failed, .*`npx tipoff reconcile`/,
    );
    expect(review.decision.reasons).toContain("1 nights failed their checks or never ended");
  });

  it("takes none for such that is played right now, of which it says that it is left out", async () => {
    await playWeek(0.2, "2026-11-09");
    await play({ ...UNENDED, date: "2026-11-09", daysAgo: 0.1 });
    const { review, paper } = await reviewed();
    expect(review).toMatchObject({ unended: [], decision: { decision: "keep" } });
    expect(review.facts.failedNights).toBe(0);
    expect(review.scores.nights).toBe(6);
    expect(paper.lead[1]).toMatch(/^The night of 2026-11-09 has no end yet and is left out/);
    // A seeded world that was given up is none either, and nothing to be told of.
    await sql`update runs set source = 'world:7' where ended_at is null`.execute(cloned.db);
    expect((await reviewed()).paper.lead.join("\n")).not.toContain("2026-11-09 has no end");
  });

  it("counts the last night before the week, which the review before could not tell yet", async () => {
    await play({ ...UNENDED, date: "2026-11-02", daysAgo: 8 });
    await trip("daily_loss", "trading-day/paper/2026-11-02", 7.9);
    await playWeek(1);
    const { review, paper } = await reviewed();
    expect(review.facts).toMatchObject({ failedNights: 1, breakers: 1 });
    expect(review.unended).toEqual(["2026-11-02"]);
    expect(review.losers).toEqual([]);
    expect(paper.lead[1]).toContain("The night of 2026-11-02 never ended");
    // The review of its own week has it too, and those after the next one have it no more.
    expect((await reviewed("2026-11-02")).review.unended).toEqual(["2026-11-02"]);
    expect((await reviewed("2026-11-15")).review.unended).toEqual([]);
  });

  it("is of the week that ends with one where that was the last", async () => {
    await playWeek(3.5, "2026-11-09");
    await play({ ...UNENDED, date: "2026-11-09", daysAgo: 1 });
    expect(await lastNightToReview(cloned.db, "paper")).toBe("2026-11-08");
    await sql`update runs set recorded_at = now() - interval '50 hours' where ended_at is null`.execute(
      cloned.db,
    );
    expect(await lastNightToReview(cloned.db, "paper")).toBe("2026-11-09");
    expect(await lastNight(cloned.db, "paper")).toBe("2026-11-08");
  });
});

describe("a week's review of what went wrong", () => {
  it("counts a breaker of no run, which the process trips", async () => {
    await playWeek(1);
    await trip("config_changed", null, 3);
    const { review } = await reviewed();
    expect(review.troubles.breakers.map(({ breaker }) => breaker)).toEqual(["config_changed"]);
    expect(review.troubles.criticalAlarms.map(({ code }) => code)).toEqual(["breaker_tripped"]);
    expect(review.decision.decision).toBe("roll-back");
  });

  it("counts a critical alarm of no run, once, and one that stands since before the week", async () => {
    await playWeek(1);
    await raise("slate_without_feed", { daysAgo: 3 });
    expect((await reviewed()).review).toMatchObject({
      ...{ facts: { criticalAlarms: 1 }, decision: { decision: "tighten" } },
    });
    await sql`update alarms set recorded_at = now() - interval '60 days'`.execute(cloned.db);
    expect((await reviewed()).review.facts.criticalAlarms).toBe(1);
    await sql`update alarms set cleared_at = now()`.execute(cloned.db);
    expect((await reviewed()).review.facts.criticalAlarms).toBe(0);
  });

  it("counts no kill of a drill, and nothing of the other mode", async () => {
    await playWeek(1);
    const kill = { mode: "paper", level: "cancel-all", reason: "drill", by: "test" } as const;
    await throwKill(cloned.db, { killId: "daily_loss", ...kill });
    await sql`insert into drills (mode, kind, kill_id, passed, report, by)
      values ('paper', 'kill', 'daily_loss', true, '{}', 'test')`.execute(cloned.db);
    await raise("kill", { daysAgo: 3 });
    await play({ date: "2026-11-05", mode: "shadow", daysAgo: 5 });
    await raise("kill_not_flat", { runId: "trading-day/shadow/2026-11-05", daysAgo: 3 });
    await sql`insert into circuit_breakers (mode, breaker, cause, level, tripped_at, recorded_at)
      values ('shadow', 'drawdown', '', 'no-entries', now(), now() - interval '3 days')`.execute(
      cloned.db,
    );
    expect((await reviewed()).review).toMatchObject({
      ...{ facts: { breakers: 0, criticalAlarms: 0 }, decision: { decision: "keep" } },
    });
  });

  it("comes to the same once the next week is played, whatever goes wrong in that", async () => {
    await playWeek(10);
    await openedIncident(9.5);
    await trip("config_changed", null, 9.5);
    const before = await reviewed();
    expect(before.review.facts).toMatchObject({ incidents: 1, breakers: 1, criticalAlarms: 1 });
    await play({ date: "2026-11-10", daysAgo: 9 });
    await openedIncident(8);
    await trip("data_integrity", null, 8);
    await raise("slate_without_feed", { daysAgo: 8 });
    const after = await reviewed();
    expect(after.review).toEqual(before.review);
    expect(after.paper).toEqual(before.paper);
    const next = await reviewed("2026-11-16");
    expect(next.review.facts).toMatchObject({ incidents: 1, breakers: 1 });
  });

  it("has what came between the review before and the week's first night", async () => {
    await play({ date: "2026-11-02", daysAgo: 1 });
    const review = { kind: "weekly", mode: "paper", verdict: "keep", made_by: "test" } as const;
    const kept = { ...review, report_dir: "d", report_sha256: "s" };
    const late = new Date(Date.now() + 0.8 * DAY_MS);
    await cloned.db
      .insertInto("judgements")
      .values([
        { ...kept, from_date: "2026-10-27", to_date: "2026-11-02", recorded_at: new Date() },
        // One of an old week, made by hand just before the next night, is not of the days before it.
        { ...kept, from_date: "2026-10-06", to_date: "2026-10-12", recorded_at: late },
      ])
      .execute();
    // That review is noted now: the week is played from tomorrow on.
    await openedIncident(0.5);
    await openedIncident(-0.5);
    await playWeek(-7);
    expect((await reviewed()).review.facts.incidents).toBe(1);
    expect((await reviewed("2026-11-02")).review.facts.incidents).toBe(2);
  });

  it("has what a night of the week before raised late, when its own review was made", async () => {
    await play({ date: "2026-11-02", daysAgo: 8 });
    await playWeek(1);
    await raise("settlement_late", { runId: "trading-day/paper/2026-11-02", daysAgo: 4 });
    expect((await reviewed()).review.facts.criticalAlarms).toBe(1);
  });

  it("leaves out what came while a night of another kind was the last that had begun", async () => {
    await playWeek(1, "2026-11-06");
    await play({ date: "2026-11-06", source: "world:7", daysAgo: 4 });
    await openedIncident(3.5);
    await raise("slate_without_feed", { daysAgo: 3.5 });
    // Its own also where it was told later.
    await trip("daily_loss", "trading-day/paper/2026-11-06", 2.5);
    expect((await reviewed()).review.facts).toMatchObject({
      ...{ breakers: 0, incidents: 0, criticalAlarms: 0 },
    });
  });
});
