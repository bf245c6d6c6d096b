import type { ActivityInterceptorsFactory } from "@temporalio/worker";
import { CancelledFailure } from "@temporalio/common";
import type { AlarmBook } from "../activities/alarm-book.ts";
import type { RunClock } from "../core/domain/time.ts";

/** A step that failed this often in a row is no hiccup any more. */
const ALARM_FROM_ATTEMPT = 5;

/**
 * Raises an alarm when an activity keeps failing: retries go on for ever, so silence would look
 * like health. Cleared when the activity succeeds.
 */
export function alarmOnFailures(deps: {
  readonly alarms: AlarmBook;
  readonly clock: RunClock;
}): ActivityInterceptorsFactory {
  const { alarms, clock } = deps;
  return (context) => ({
    inbound: {
      async execute(input, next) {
        const { activityType, attempt, workflowExecution } = context.info;
        const gameId = workflowExecution?.workflowId.startsWith("game/")
          ? workflowExecution.workflowId
          : null;
        const key = { runId: null, gameId, code: "activity_failing", field: activityType };
        try {
          const result = await next(input);
          if (attempt >= ALARM_FROM_ATTEMPT) alarms.clear(key, clock.now());
          return result;
        } catch (error) {
          if (attempt >= ALARM_FROM_ATTEMPT && !(error instanceof CancelledFailure)) {
            const message = `${activityType} failed ${attempt} times: ${String(error)}`;
            alarms.raise({ ...key, severity: "critical", message, details: {}, at: clock.now() });
          }
          throw error;
        }
      },
    },
  });
}
