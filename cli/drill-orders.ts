import { WorkflowFailedError } from "@temporalio/client";
import { restingForbidden } from "../activities/venue-sweep.ts";
import type { KillLevel } from "../core/domain/kill.ts";
import type { Venue } from "../core/domain/venue.ts";
import { shown, TASK_QUEUES, workflowIds } from "../temporal.config.ts";
import type { DrillResult } from "../workflows/contracts.ts";
import { type RunningHome, withDatabase, withTemporal } from "./context.ts";
import { failed, refused } from "./output.ts";

/** Five orders at the worst, with the patience of their requests. */
const REST_TIMEOUT = "60s";

/** What a drill has to work on. */
interface Drilled {
  readonly running: Pick<RunningHome, "databaseUrl" | "temporalAddress" | "mode">;
  readonly killId: string;
  readonly level: KillLevel;
}

/**
 * Counts the orders that rest and that a kill of this level takes off the book. Where there are none, the
 * worker rests a few bids of one contract at the lowest price, on the way of every order.
 *
 * @returns how many rest now, by the exchange's own word.
 * @throws CommandError, exit code 3, when the limits let none of the bids through; 1 when no worker answers.
 */
export async function restForDrill(venue: Venue, drilled: Drilled): Promise<number> {
  const before = await restingUnder(venue, drilled);
  if (before > 0) return before;
  const { rested, refused: kept } = await restBids(drilled);
  if (rested === 0 && kept.length > 0) {
    const codes = kept.map(({ marketTicker, code }) => `${marketTicker} ${code}`).join(", ");
    throw refused(
      `nothing rests, and none of the drill's bids may: ${codes}`,
      "`npx tipoff limits show` tells the limits; wait for what stands against them to pass",
    );
  }
  return restingUnder(venue, drilled);
}

async function restingUnder(venue: Venue, { running, level }: Drilled): Promise<number> {
  const { databaseUrl, mode } = running;
  const left = await withDatabase(databaseUrl, (db) =>
    restingForbidden(venue, db, { mode, level }),
  );
  return left.length;
}

async function restBids({ running, killId }: Drilled): Promise<DrillResult> {
  const { temporalAddress, mode } = running;
  return withTemporal(temporalAddress, async (client) => {
    try {
      const result: unknown = await client.workflow.execute("drill", {
        workflowId: workflowIds.drill(killId),
        taskQueue: TASK_QUEUES.trading,
        args: [{ killId, mode }],
        workflowExecutionTimeout: REST_TIMEOUT,
        ...shown.drill(mode),
      });
      return result as DrillResult; // Boundary: the workflow's own type.
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error;
      throw failed(
        `the drill's bids could not be rested: ${error.cause?.message ?? error.message}`,
        "`npx tipoff doctor` tells whether the worker runs; what rests of them ends by itself",
      );
    }
  });
}
