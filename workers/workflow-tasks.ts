import type { Client } from "@temporalio/client";
import type { Logger } from "pino";
import type { AlarmBook } from "../activities/alarm-book.ts";
import type { RunClock } from "../core/domain/time.ts";
import { repeat } from "../runtime/repeat.ts";
import type { Health } from "./health.ts";

/** What it takes to watch workflow tasks. */
export interface WorkflowTaskDeps {
  readonly client: Client;
  readonly alarms: AlarmBook;
  readonly clock: RunClock;
  readonly health: Pick<Health, "stuck">;
  readonly log: Logger;
  readonly taskQueue: string;
}

/** Stable code of the alarm; its field is the workflow's id. */
export const CODE = "workflow_task_failing";

/** A worker whose code throws answers so, and is asked again: at the third attempt it is the code's own. */
const FAILING_FROM_ATTEMPT = 3;
/** Killed workers, a slow machine and a server that was restarted let a task run out of time: more is needed. */
const SILENT_FROM_ATTEMPT = 6;
/** Of a history's end: far enough back to meet its last task, signals that came since among them. */
const EVENTS_LOOKED_AT = 50;
/** Each look costs the server some milliseconds that orders wait for: seldom, and one after the other. */
const SWEEP_MS = 5_000;

/**
 * Watches for workflows whose task fails on every attempt: broken code throws in the workflow itself, the
 * server tries again for ever, and nothing else shows it. While there is one, it is an alarm and run time
 * stands still; both end with it.
 *
 * @returns the end of the watch.
 */
export function watchWorkflowTasks(deps: WorkflowTaskDeps): () => Promise<void> {
  const raised = new Set<string>();
  const sweep = async (): Promise<void> => {
    note(deps, raised, await findFailing(deps));
  };
  return repeat(sweep, SWEEP_MS, (error) => {
    // A server that does not answer is the health's own matter; what was stuck stays so.
    deps.log.debug({ error: String(error) }, "workflow tasks not looked at");
  });
}

function note(
  { alarms, clock, health }: WorkflowTaskDeps,
  raised: Set<string>,
  failing: ReadonlyMap<string, number>,
): void {
  health.stuck(failing.size > 0);
  for (const [workflowId, attempt] of failing) {
    raised.add(workflowId);
    const message = `the task of workflow ${workflowId} fails, attempt ${attempt}: run time stands still`;
    const key = keyOf(workflowId);
    alarms.raise({ ...key, severity: "critical", message, details: {}, at: clock.now() });
  }
  for (const workflowId of [...raised].filter((id) => !failing.has(id))) {
    raised.delete(workflowId);
    alarms.clear(keyOf(workflowId), clock.now());
  }
}

function keyOf(workflowId: string) {
  const gameId = workflowId.startsWith("game/") ? workflowId : null;
  return { runId: null, gameId, code: CODE, field: workflowId };
}

/** Running workflows whose pending task has been tried too often, with the attempt. */
export async function findFailing({
  client,
  taskQueue,
}: Pick<WorkflowTaskDeps, "client" | "taskQueue">): Promise<ReadonlyMap<string, number>> {
  const ids: string[] = [];
  const query = `ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue}'`;
  for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
  const failing = new Map<string, number>();
  for (const id of ids) {
    const attempt = await attemptOf(client, id);
    if (attempt < FAILING_FROM_ATTEMPT) continue;
    if (attempt >= SILENT_FROM_ATTEMPT || (await hasThrown(client, id))) failing.set(id, attempt);
  }
  return failing;
}

async function attemptOf(client: Client, workflowId: string): Promise<number> {
  try {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    return raw.pendingWorkflowTask?.attempt ?? 0;
  } catch {
    return 0; // Over since the list was made.
  }
}

/** Whether the pending task's first attempt was answered with a failure: the history keeps that one alone. */
async function hasThrown(client: Client, workflowId: string): Promise<boolean> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    ...{ namespace: client.options.namespace, execution: { workflowId } },
    maximumPageSize: EVENTS_LOOKED_AT,
  });
  const last = history?.events?.find(
    (event) => event.workflowTaskFailedEventAttributes ?? event.workflowTaskTimedOutEventAttributes,
  );
  return Boolean(last?.workflowTaskFailedEventAttributes);
}
