import { WorkflowNotFoundError } from "@temporalio/client";
// CommonJS: only its default is there at run time.
import proto, { type temporal } from "@temporalio/proto";
import type { WorkflowFigures } from "./report/inputs.ts";

const { EventType } = proto.temporal.api.enums.v1;

/** Billable actions by event type. Source: Temporal Cloud's list of actions; retries are counted from `attempt`. */
const ACTIONS: ReadonlyMap<number, number> = new Map([
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, 1],
  [EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, 1],
  [EventType.EVENT_TYPE_TIMER_STARTED, 1],
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, 1],
  [EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED, 2],
  [EventType.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, 1],
  [EventType.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, 1],
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED, 1],
  [EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES, 1],
]);

/** What is asked of Temporal for what workflows cost: their runs' histories. */
export interface HistoryClient {
  readonly workflow: {
    getHandle(
      workflowId: string,
      runId?: string,
    ): {
      describe(): Promise<{ readonly runId: string }>;
      fetchHistory(): Promise<{ readonly events?: readonly HistoryEvent[] | null }>;
    };
  };
}

/** What the workflows of these ids cost, all runs of a continue-as-new chain together; null is not known. */
export async function workflowFigures(
  client: HistoryClient,
  gameId: string,
  orderWorkflowIds: readonly string[],
): Promise<WorkflowFigures> {
  const game = await figuresOf(client, gameId);
  const all = [game];
  for (const workflowId of orderWorkflowIds) all.push(await figuresOf(client, workflowId));
  const read = all.filter((one) => one !== null);
  const runId = game?.runId ?? null;
  // A part that could not be read leaves the whole unknown: a smaller number would pass for a good one.
  if (read.length < all.length) return { gameId, runId, historyEvents: null, actions: null };
  const sum = (of: "events" | "actions"): number => read.reduce((total, one) => total + one[of], 0);
  return { gameId, runId, historyEvents: sum("events"), actions: sum("actions") };
}

interface Figures {
  readonly runId: string | null;
  readonly events: number;
  readonly actions: number;
}

const NOTHING: Figures = { runId: null, events: 0, actions: 0 };

/** @returns null when the server did not answer. */
async function figuresOf(client: HistoryClient, workflowId: string): Promise<Figures | null> {
  try {
    let figures = NOTHING;
    let runId: string | null = null;
    let next: string | undefined;
    const { runId: latest } = await client.workflow.getHandle(workflowId).describe();
    next = latest;
    while (next !== undefined && next !== "") {
      const history = await client.workflow.getHandle(workflowId, next).fetchHistory();
      const events: readonly HistoryEvent[] = history.events ?? [];
      runId ??= next;
      figures = {
        runId,
        events: figures.events + events.length,
        actions: figures.actions + actionsIn(events),
      };
      // Backwards through continue-as-new: each run names the one it continues.
      next =
        events[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? undefined;
    }
    return figures;
  } catch (error) {
    // Never started: an order may be over before anything follows it.
    return error instanceof WorkflowNotFoundError ? NOTHING : null;
  }
}

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** Billable actions that a history stands for; the local activities of one workflow task are one together. */
export function actionsIn(events: readonly HistoryEvent[]): number {
  const tasksWithLocal = new Set(
    events.flatMap(({ markerRecordedEventAttributes: marker }) =>
      marker?.markerName === LOCAL_ACTIVITY ? String(marker.workflowTaskCompletedEventId) : [],
    ),
  );
  return events.reduce((sum, event) => sum + actionsOf(event), tasksWithLocal.size);
}

/** The name under which the SDK records a local activity. */
const LOCAL_ACTIVITY = "core_local_activity";

function actionsOf(event: HistoryEvent): number {
  const retries = (event.activityTaskStartedEventAttributes?.attempt ?? 1) - 1;
  return (ACTIONS.get(event.eventType ?? 0) ?? 0) + Math.max(0, retries);
}
