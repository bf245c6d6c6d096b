import {
  WorkflowExecutionAlreadyStartedError,
  type WorkflowStartOptions,
} from "@temporalio/client";
import type { Mode } from "../core/domain/decision.ts";
import { callDeadline } from "../runtime/wall.ts";
import type { Db } from "../schema/database.ts";
import { unfinishedKills } from "../schema/queries/kill.ts";
import { shown, TASK_QUEUES, workflowIds } from "../temporal.config.ts";

/** Wall time. */
const START_TIMEOUT_MS = 5_000;

/** What starting a kill's workflow asks of Temporal. */
export interface KillStarter {
  readonly connection: {
    withDeadline<T>(deadline: number, ask: () => Promise<T>): Promise<T>;
  };
  readonly workflow: {
    start(type: "killSwitch", options: WorkflowStartOptions): Promise<unknown>;
  };
}

/**
 * Starts the workflow of every kill that stands, has no report and has none running: whoever wrote
 * the row, it is driven to its end.
 *
 * @returns how many were started.
 */
export async function driveKills(deps: {
  readonly db: Db;
  readonly client: KillStarter;
  readonly mode: Mode;
}): Promise<number> {
  let started = 0;
  for (const kill of await unfinishedKills(deps.db, deps.mode)) {
    try {
      // A server that hangs must not hold up the next look.
      const deadline = callDeadline(START_TIMEOUT_MS);
      await deps.client.connection.withDeadline(deadline, () =>
        deps.client.workflow.start("killSwitch", {
          workflowId: workflowIds.kill(kill.killId),
          taskQueue: TASK_QUEUES.trading,
          args: [kill],
          ...shown.kill(kill),
        }),
      );
      started += 1;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
  return started;
}
