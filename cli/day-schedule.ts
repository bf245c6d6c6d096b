import { EASTERN_ZONE } from "../core/domain/time.ts";
import { type Client, ScheduleNotFoundError, ScheduleOverlapPolicy } from "@temporalio/client";
import type { TimeOfDay } from "../activities/missed-days.ts";
import { SCHEDULE_CATCH_UP_MS, SCHEDULES, shown, TASK_QUEUES } from "../temporal.config.ts";
import type { ScheduledDayInput } from "../workflows/contracts.ts";

/** Id of the schedule of days in a mode. */
export function scheduleIdOf(mode: string): string {
  return `${SCHEDULES.tradingDay}/${mode}`;
}

/** Starts a day each day from now on, in place of whatever was scheduled before. */
export async function scheduleDays(
  temporal: Client,
  input: ScheduledDayInput,
  at: TimeOfDay,
): Promise<void> {
  await removeSchedule(temporal, input.mode);
  await temporal.schedule.create({
    scheduleId: scheduleIdOf(input.mode),
    spec: { calendars: [at], timezone: EASTERN_ZONE },
    action: {
      type: "startWorkflow",
      workflowType: "scheduledDay",
      workflowId: `scheduled-day/${input.mode}`,
      args: [input],
      taskQueue: TASK_QUEUES.trading,
      ...shown.scheduledDay(input.mode),
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: SCHEDULE_CATCH_UP_MS },
  });
}

/** @returns whether there was one. */
export async function removeSchedule(temporal: Client, mode: string): Promise<boolean> {
  try {
    await temporal.schedule.getHandle(scheduleIdOf(mode)).delete();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}
