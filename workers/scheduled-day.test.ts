import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { standingSchedule } from "../activities/missed-days.ts";
import type { PreparedDay, ScheduledDayRequest } from "../activities/schedule-day.ts";
import { removeSchedule, scheduleDays, scheduleIdOf } from "../cli/day-schedule.ts";
import { easternDate } from "../core/domain/time.ts";
import { instant } from "../core/domain/units.ts";
import { waitUntil } from "../runtime/child.ts";
import { attributes, workflowIds } from "../temporal.config.ts";
import { startRig, type WorkflowRig } from "../test/temporal/workflow-rig.ts";

const DATE = "2026-11-20";
const INPUT = { mode: "paper", seed: 7, games: 2, speed: 60, since: "2026-11-19" } as const;
const AT = { hour: 12, minute: 30 };

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startRig(inject("temporalAddress"));
  await scheduleDays(rig.client, INPUT, AT);
});
afterAll(async () => {
  await removeSchedule(rig.client, "paper");
  await rig.stop();
});

/** Fires the schedule now. @returns the workflow that it started. */
async function fire() {
  const schedule = rig.client.schedule.getHandle(scheduleIdOf("paper"));
  const before = (await schedule.describe()).info.recentActions.length;
  await schedule.trigger();
  await waitUntil("the schedule to fire", 10_000, async () => {
    const { recentActions } = (await schedule.describe()).info;
    if (recentActions.length === before) throw new Error("not yet");
  });
  const started = (await schedule.describe()).info.recentActions.at(-1)?.action.workflow;
  return rig.client.workflow.getHandle(started?.workflowId ?? "", started?.firstExecutionRunId);
}

it("is found with its hour and the day from which on it counts", async () => {
  expect(await standingSchedule(rig.client, "paper")).toMatchObject({
    at: AT,
    since: "2026-11-19",
  });
  expect(await standingSchedule(rig.client, "shadow")).toBeNull();
});

it("starts no day that its preflight refuses, and shows why", async () => {
  const asked: ScheduledDayRequest[] = [];
  const refused: PreparedDay = { kind: "refused", date: DATE, reason: "a kill stands" };
  rig.use({
    prepareScheduledDay: (request: ScheduledDayRequest) => {
      asked.push(request);
      return Promise.resolve(refused);
    },
  });
  const handle = await fire();
  expect(await handle.result()).toEqual(refused);
  expect(asked).toMatchObject([INPUT]);
  // The hour that was meant, by the server: what names the day.
  expect(Math.abs((asked[0]?.scheduledAtMs ?? 0) - Date.now())).toBeLessThan(60_000);
  const { typedSearchAttributes } = await handle.describe();
  expect(typedSearchAttributes.get(attributes.phase)).toBe("refused");
  const { currentDetails } = await handle.query<{ currentDetails: string }>(
    "__temporal_workflow_metadata",
  );
  expect(currentDetails).toContain("a kill stands");
  const standing = await standingSchedule(rig.client, "paper");
  expect(standing?.fired).toEqual([easternDate(instant(asked[0]?.scheduledAtMs ?? 0))]);
});

it("starts the day, writes it down, and leaves it to itself", async () => {
  const runId = workflowIds.tradingDay("paper", DATE);
  const day = { runId, mode: "paper", date: DATE, source: "world:7", seed: 7, speed: 60 } as const;
  const recorded: unknown[] = [];
  rig.use({
    prepareScheduledDay: () => Promise.resolve({ kind: "ready", day }),
    recordStartedDay: (started: unknown) => Promise.resolve(recorded.push(started)),
    openDay: () => Promise.resolve(),
    discoverSlate: () => Promise.resolve({ matches: [], unmatched: [] }),
    findRunToScore: () => Promise.resolve(null),
    closeDay: () => Promise.resolve(),
  });
  const handle = await fire();
  expect(await handle.result()).toMatchObject({ kind: "ready" });
  expect(recorded).toEqual([day]);
  const { typedSearchAttributes } = await handle.describe();
  expect(typedSearchAttributes.get(attributes.phase)).toBe("started");
  expect(await rig.client.workflow.getHandle(runId).result()).toMatchObject({ games: 0 });
});
