import {
  ParentClosePolicy,
  setCurrentDetails,
  startChild,
  workflowInfo,
} from "@temporalio/workflow";
import { defineSearchAttributeKey, WorkflowExecutionAlreadyStartedError } from "@temporalio/common";
import type { PreparedDay } from "../activities/schedule-day.ts";
import { shown } from "../temporal.config.ts";
import { batch } from "./activities.ts";
import type { ScheduledDayInput } from "./contracts.ts";
import { markEnd } from "./shared.ts";
import { tradingDay } from "./trading-day.ts";

/** Set by the server on what a schedule starts: the hour that was meant, however late it is. */
const scheduledStart = defineSearchAttributeKey("TemporalScheduledStartTime", "DATETIME");

/** What the Schedule starts each day: looks whether a day can start, starts it, and writes down what it did. */
export async function scheduledDay(input: ScheduledDayInput): Promise<PreparedDay> {
  const { typedSearchAttributes, startTime } = workflowInfo();
  const scheduledAt = typedSearchAttributes.get(scheduledStart) ?? startTime;
  const scheduledAtMs = scheduledAt.getTime();
  const prepared = await batch.prepareScheduledDay({ ...input, scheduledAtMs });
  if (prepared.kind === "refused") {
    show(prepared.kind, prepared.date, prepared.reason);
    return prepared;
  }
  const { day } = prepared;
  try {
    await startChild(tradingDay, {
      workflowId: day.runId,
      args: [day],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: "REJECT_DUPLICATE",
      workflowTaskTimeout: "5s",
      ...shown.tradingDay(day, ", by schedule"),
    });
  } catch (error) {
    // Started by hand today, or by an attempt that was cut off: either way the day has begun.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  await batch.recordStartedDay(day);
  show("started", day.date, day.source);
  return prepared;
}

function show(what: "started" | "refused", date: string, why: string): void {
  markEnd(what, date);
  setCurrentDetails(`**${date}** ${what}: ${why}`);
}
