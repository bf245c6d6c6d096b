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

/**
 * Waits for a day's verdict, however often the server goes away in between.
 *
 * @returns `null` when the wait was given up.
 */
export async function dayResult(
  client: Client,
  runId: string,
  givenUp: AbortSignal,
): Promise<TradingDayResult | null> {
  const handle = client.workflow.getHandle(runId);
  // The client listens anew with each of its long polls, a few an hour: Node warns from the eleventh on.
  setMaxListeners(0, givenUp);
  for (;;) {
    try {
      const result: unknown = await client.withAbortSignal(givenUp, () => handle.result());
      return result as TradingDayResult; // Boundary: the workflow's own type.
    } catch (error) {
      if (givenUp.aborted) return null;
      if (error instanceof WorkflowFailedError) {
        throw failed(
          `the day's workflow ended without a verdict: ${error.cause?.message ?? error.message}`,
          `look at ${runId} in the Web UI`,
        );
      }
      if (!(error instanceof ServiceError)) throw error;
      await sleep(500); // The server restarts: its history is on disk.
    }
  }
}

/** Id of a day's run and of its workflow. */
export const runIdOf = workflowIds.tradingDay;
