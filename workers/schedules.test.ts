import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { waitUntil } from "../runtime/child.ts";
import { attributes, SCHEDULES, TASK_QUEUES } from "../temporal.config.ts";
import { startRig, type WorkflowRig } from "../test/temporal/workflow-rig.ts";
import { ensureSchedules } from "./schedules.ts";

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startRig(inject("temporalAddress"));
  await ensureSchedules(rig.client, "paper");
});
afterAll(async () => {
  for (const id of Object.values(SCHEDULES)) {
    // Days are scheduled by a person.
    if (id === SCHEDULES.tradingDay) continue;
    await rig.client.schedule.getHandle(`${id}/paper`).delete();
  }
  await rig.stop();
});

/** Fires a schedule now. @returns what the Web UI shows of the workflow, once it has ended. */
async function fire(scheduleId: string) {
  const schedule = rig.client.schedule.getHandle(scheduleId);
  await schedule.trigger();
  let started: { workflowId: string; firstExecutionRunId: string } | undefined;
  await waitUntil(`${scheduleId} to fire`, 10_000, async () => {
    const { recentActions } = (await schedule.describe()).info;
    started = recentActions.at(-1)?.action.workflow;
    if (started === undefined) throw new Error("not yet");
  });
  const handle = rig.client.workflow.getHandle(
    started?.workflowId ?? "",
    started?.firstExecutionRunId,
  );
  await handle.result();
  const described = await handle.describe();
  const details = await handle.query<{ currentDetails: string }>("__temporal_workflow_metadata");
  return {
    attributes: described.typedSearchAttributes,
    summary: await described.staticSummary(),
    details: details.currentDetails,
  };
}

const NOTHING_FOUND = {
  ordersFollowed: 0,
  foreign: [],
  transfersBooked: 0,
  cash: { venue: 5, ledger: 5, foreign: 0 },
};

it("shows of a comparison by schedule what it compared and what it found", async () => {
  const difference = { kind: "position", what: "T", venue: 3, ledger: 2 };
  rig.use({
    reconcile: () => Promise.resolve({ ...NOTHING_FOUND, differences: [difference] }),
  });
  const compared = await fire(`${SCHEDULES.reconcile}/paper`);
  expect(compared.summary).toBe("account against ledger, paper, by schedule");
  expect(compared.attributes.get(attributes.mode)).toBe("paper");
  expect(compared.attributes.get(attributes.phase)).toBe("different");
  expect(compared.details).toContain("position T: venue 3, ledger 2");
});

it.each([
  ["other_night", "other night"],
  ["no_books", "no books"],
] as const)("shows of a comparison that was skipped for %s that it was", async (skipped, phase) => {
  rig.use({
    reconcile: () => Promise.resolve({ ...NOTHING_FOUND, differences: [], cash: null, skipped }),
  });
  const { attributes: seen, details } = await fire(`${SCHEDULES.reconcile}/paper`);
  expect(seen.get(attributes.phase)).toBe(phase);
  expect(details).toContain(`**paper** ${phase}`);
});

it("shows of scoring by schedule which night it scored and its verdict", async () => {
  const runId = "trading-day/paper/2026-11-20";
  rig.use({
    findRunToScore: () => Promise.resolve({ runId, mode: "paper", tradingDate: "2026-11-20" }),
    scoreRun: () => Promise.resolve(),
    reconcile: () => Promise.resolve({ ...NOTHING_FOUND, differences: [] }),
    writeRunReport: () =>
      Promise.resolve({ runId, scored: 6, verdict: "passed", reportDir: "reports/x" }),
    scoreNight: (asked: object) => {
      expect(asked).toEqual({ mode: "paper", tradingDate: "2026-11-20" });
      return Promise.resolve({ drifting: 1, watched: 9, scoresDir: "reports/y" });
    },
  });
  const scored = await fire(`${SCHEDULES.nightlyScoring}/paper`);
  expect(scored.summary).toBe("scores and report of the last paper night");
  expect(scored.attributes.get(attributes.domain)).toBe("nba");
  expect(scored.attributes.get(attributes.mode)).toBe("paper");
  expect(scored.attributes.get(attributes.phase)).toBe("passed");
  expect(scored.attributes.get(attributes.date)?.toISOString()).toContain("2026-11-20");
  expect(scored.details).toContain(`**${runId}** passed, games scored 6`);
  expect(scored.details).toContain("drift 1 of 9 watched, scores reports/y");
});

it("ends a night's scoring though the scores of many nights cannot be made", async () => {
  const runId = "trading-day/paper/2026-11-20";
  let tries = 0;
  rig.use({
    findRunToScore: () => Promise.resolve({ runId, mode: "paper", tradingDate: "2026-11-20" }),
    scoreRun: () => Promise.resolve(),
    reconcile: () => Promise.resolve({ ...NOTHING_FOUND, differences: [] }),
    writeRunReport: () => Promise.resolve({ runId, scored: 6, verdict: "passed", reportDir: "x" }),
    scoreNight: () => {
      tries += 1;
      return Promise.reject(new Error("no statistic today"));
    },
  });
  const scored = await fire(`${SCHEDULES.nightlyScoring}/paper`);
  expect(scored.attributes.get(attributes.phase)).toBe("passed");
  expect(scored.details).toContain("could not be made");
  expect(tries).toBe(5);
});

it("reviews the week of the last night each Monday, and proposes: a person decides", async () => {
  const reasons = ["1 circuit breakers tripped"];
  const made = { from: "2026-11-14", decision: "roll-back", reasons, reportDir: "reports/w" };
  rig.use({
    findWeekToReview: () => Promise.resolve("2026-11-20"),
    reviewWeek: (asked: { to: string }) => Promise.resolve({ ...made, to: asked.to }),
  });
  const reviewed = await fire(`${SCHEDULES.weeklyReview}/paper`);
  expect(reviewed.summary).toBe("review of the last paper week");
  expect(reviewed.attributes.get(attributes.phase)).toBe("roll-back");
  expect(reviewed.attributes.get(attributes.date)?.toISOString()).toContain("2026-11-20");
  expect(reviewed.details).toContain("proposed is roll-back; a person decides");
  expect(reviewed.details).toContain("- 1 circuit breakers tripped");
  rig.use({ findWeekToReview: () => Promise.resolve(null) });
  const nothing: unknown = await rig.client.workflow.execute("weeklyReview", {
    workflowId: "weekly-review/nothing-played",
    taskQueue: TASK_QUEUES.trading,
    args: [{ mode: "paper", to: null }],
  });
  expect(nothing).toBeNull();
});

it("reports the last date that is over on the run's clock, each night and each week", async () => {
  const made = { verdict: "no_edge", contracts: 96, unsettled: 0, reportDir: "reports/btc/x" };
  const asked: object[] = [];
  rig.use({
    sweepSettlements: () => Promise.resolve({ settled: 2, scored: 700, waiting: 0, news: [] }),
    findBtcReportDate: (request: object) => {
      asked.push(request);
      return Promise.resolve("2026-11-20");
    },
    findBtcReportGaps: () => Promise.resolve(3),
    writeBtcReport: (request: object) => Promise.resolve({ ...request, ...made }),
    scoreNight: () => Promise.resolve({ drifting: 2, watched: 24, scoresDir: "reports/y" }),
  });
  const nightly = await fire(`${SCHEDULES.btcNightly}/paper`);
  await fire(`${SCHEDULES.btcWeekly}/paper`);
  expect(asked).toEqual([
    expect.objectContaining({ kind: "nightly", date: { last: "over" } }),
    expect.objectContaining({ kind: "weekly", date: { last: "over" } }),
  ]);
  expect(nightly.attributes.get(attributes.domain)).toBe("btc");
  expect(nightly.attributes.get(attributes.phase)).toBe("no_edge");
  expect(nightly.details).toContain("nightly report of 2026-11-20: no_edge");
  expect(nightly.details).toContain("gaps 3");
  expect(nightly.details).toContain("drift 2 of 24 watched");
});

it("drops old days by schedule, and shows what had to stay", async () => {
  rig.use({ retainBtc: () => Promise.resolve({ dropped: 4, held: 1 }) });
  const retained = await fire(`${SCHEDULES.btcRetention}/paper`);
  expect(retained.attributes.get(attributes.phase)).toBe("held");
  expect(retained.details).toContain("days dropped 4, held 1");
});
