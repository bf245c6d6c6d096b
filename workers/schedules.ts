import { EASTERN_ZONE } from "../core/domain/time.ts";
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from "@temporalio/client";
import type { Mode } from "../core/domain/decision.ts";
import { SCHEDULES, shown, TASK_QUEUES } from "../temporal.config.ts";

/** Creates the schedules the product keeps by itself, or brings them up to date. */
export async function ensureSchedules(client: Client, mode: Mode): Promise<void> {
  for (const schedule of schedulesOf(mode)) {
    try {
      await client.schedule.create(schedule);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      const { spec, action, policies } = schedule;
      await client.schedule
        .getHandle(schedule.scheduleId)
        .update((before) => ({ ...before, spec, action, policies: policies ?? before.policies }));
    }
  }
}

function schedulesOf(mode: Mode): readonly ScheduleOptions[] {
  return [
    {
      // Scores what the day itself could not; 9 in the morning, when every game has settled.
      scheduleId: `${SCHEDULES.nightlyScoring}/${mode}`,
      spec: { calendars: [{ hour: 9, minute: 0 }], timezone: EASTERN_ZONE },
      action: {
        type: "startWorkflow",
        workflowType: "nightlyScoring",
        workflowId: `nightly-scoring/${mode}`,
        args: [{ runId: null }],
        taskQueue: TASK_QUEUES.trading,
        ...shown.nightlyScoring(mode, null),
      },
      policies: {
        overlap: ScheduleOverlapPolicy.BUFFER_ONE,
        catchupWindow: "1 day",
        pauseOnFailure: false,
      },
    },
    {
      // Monday, after the last night of the week was scored.
      scheduleId: `${SCHEDULES.weeklyReview}/${mode}`,
      spec: { calendars: [{ hour: 10, minute: 0, dayOfWeek: "MONDAY" }], timezone: EASTERN_ZONE },
      action: {
        type: "startWorkflow",
        workflowType: "weeklyReview",
        workflowId: `weekly-review/${mode}`,
        args: [{ mode, to: null }],
        taskQueue: TASK_QUEUES.trading,
        ...shown.weeklyReview(mode),
      },
      policies: { overlap: ScheduleOverlapPolicy.BUFFER_ONE, catchupWindow: "1 day" },
    },
    {
      // The account against the ledger; skipped while the last comparison still runs.
      scheduleId: `${SCHEDULES.reconcile}/${mode}`,
      spec: { intervals: [{ every: "30s" }] },
      action: {
        type: "startWorkflow",
        workflowType: "reconcile",
        workflowId: `reconcile/${mode}`,
        args: [{ mode }],
        taskQueue: TASK_QUEUES.trading,
        ...shown.reconcile(mode, "by schedule"),
      },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: "1 minute" },
    },
    ...bitcoinSchedules(mode),
  ];
}

/** Of the Bitcoin pipeline: without contracts each of them finds nothing to do. */
function bitcoinSchedules(mode: Mode): readonly ScheduleOptions[] {
  const at = (hour: number, dayOfWeek?: "MONDAY"): ScheduleOptions["spec"] => ({
    calendars: [{ hour, minute: 0, ...(dayOfWeek !== undefined && { dayOfWeek }) }],
    timezone: EASTERN_ZONE,
  });
  const of = (
    name: string,
    spec: ScheduleOptions["spec"],
    workflowType: string,
    args: object,
    look: ReturnType<(typeof shown)["btcSweep"]>,
  ): ScheduleOptions => ({
    scheduleId: `${name}/${mode}`,
    spec,
    action: {
      type: "startWorkflow",
      workflowType,
      workflowId: `${name}/${mode}`,
      args: [args],
      taskQueue: TASK_QUEUES.trading,
      ...look,
    },
    // Each does all that is due: one that was missed is made up for by the next.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: "1 day" },
  });
  const report = (kind: "nightly" | "weekly"): object => ({ mode, kind, date: { last: "over" } });
  const look = (kind: string) => shown.btcReport({ mode, kind, date: "by schedule" });
  return [
    of(
      SCHEDULES.btcSweep,
      { intervals: [{ every: "5m" }] },
      "btcSweep",
      { mode, sinceMs: null },
      shown.btcSweep(mode, "by schedule"),
    ),
    // An hour after midnight: the day's last contracts have settled.
    of(SCHEDULES.btcNightly, at(1), "btcReport", report("nightly"), look("nightly")),
    of(SCHEDULES.btcWeekly, at(2, "MONDAY"), "btcReport", report("weekly"), look("weekly")),
    of(SCHEDULES.btcRetention, at(3), "btcRetention", { mode }, shown.btcRetention(mode)),
  ];
}
