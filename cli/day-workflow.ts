import {
  type Client,
  ServiceError,
  type WorkflowExecutionStatusName,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from "@temporalio/client";
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { shown, TASK_QUEUES, workflowIds } from "../temporal.config.ts";
import type { TradingDayInput, TradingDayResult } from "../workflows/contracts.ts";
import { failed } from "./output.ts";

/** Starts the workflow of a day. */
export async function startDay(client: Client, input: TradingDayInput): Promise<void> {
  await client.workflow.start("tradingDay", {
    workflowId: input.runId,
    taskQueue: TASK_QUEUES.trading,
    args: [input],
    // A day is played once; a task that a killed worker held is given out again after this.
    workflowIdReusePolicy: "REJECT_DUPLICATE",
    workflowTaskTimeout: "5s",
    ...shown.tradingDay(input),
  });
}

/** How the workflow of a day stands. @returns `null` when there is none. */
export async function dayStatus(
  client: Client,
  runId: string,
): Promise<WorkflowExecutionStatusName | null> {
  try {
    return (await client.workflow.getHandle(runId).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** Waits for a day's verdict. @returns `null` when the wait was given up. */
export async function dayResult(
  client: Client,
  runId: string,
  givenUp: AbortSignal,
): Promise<TradingDayResult | null> {
  // Boundary: the workflow's own type.
  return (await workflowResult(client, runId, givenUp)) as TradingDayResult | null;
}

/**
 * Waits for what a workflow returns, however often the server goes away in between.
 *
 * @returns `null` when the wait was given up.
 * @throws CommandError when the workflow failed or was terminated.
 */
export async function workflowResult(
  client: Client,
  workflowId: string,
  givenUp: AbortSignal,
): Promise<unknown> {
  const handle = client.workflow.getHandle(workflowId);
  // The client listens anew with each of its long polls, a few an hour: Node warns from the eleventh on.
  setMaxListeners(0, givenUp);
  for (;;) {
    try {
      return await client.withAbortSignal(givenUp, () => handle.result());
    } catch (error) {
      if (givenUp.aborted) return null;
      if (error instanceof WorkflowFailedError) {
        throw failed(
          `the workflow ended without a result: ${error.cause?.message ?? error.message}`,
          `look at ${workflowId} in the Web UI`,
        );
      }
      if (!(error instanceof ServiceError)) throw error;
      await sleep(500); // The server restarts: its history is on disk.
    }
  }
}

/** Id of a day's run and of its workflow. */
export const runIdOf = workflowIds.tradingDay;
