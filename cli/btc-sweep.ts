import { randomUUID } from "node:crypto";
import type { Client } from "@temporalio/client";
import type { SweepOutcome, SweepRequest } from "../activities/bitcoin/settle-contracts.ts";
import { shown, TASK_QUEUES, workflowIds } from "../temporal.config.ts";
import { failed, reasonOf } from "./output.ts";

/** A day of three series is settled and scored. */
const TIMEOUT_MS = 300_000;

/** What a sweep came to, for people and other programs. */
export type SweptContracts = Pick<SweepOutcome, "settled" | "scored" | "waiting" | "missed">;

/**
 * Has the worker settle and score what has closed. @returns what came of it.
 *
 * @throws CommandError when nobody does it.
 */
export async function sweepBtc(temporal: Client, request: SweepRequest): Promise<SweptContracts> {
  const { mode } = request;
  try {
    const handle = await temporal.workflow.start("btcSweep", {
      workflowId: `${workflowIds.btcSweep(mode)}/${randomUUID()}`,
      taskQueue: TASK_QUEUES.trading,
      args: [request],
      ...shown.btcSweep(mode, "on demand"),
    });
    const givenUp = AbortSignal.timeout(TIMEOUT_MS);
    const answer: unknown = await temporal.withAbortSignal(givenUp, () => handle.result());
    const { settled, scored, waiting, missed } = answer as SweepOutcome; // Boundary: our workflow's.
    return { settled, scored, waiting, missed };
  } catch (error) {
    throw failed(
      `settlements were not swept: ${reasonOf(error)}`,
      "see that the worker runs (`npx tipoff doctor`), and ask again",
    );
  }
}
