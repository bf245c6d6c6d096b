import type { Client } from "@temporalio/client";
import type { Logger } from "pino";
import { BTC_SERIES } from "../core/domain/btc-contract.ts";
import type { Mode } from "../core/domain/decision.ts";
import type { Db } from "../schema/database.ts";
import { gamesOfRun } from "../schema/queries/games.ts";
import { openOrders } from "../schema/queries/orders.ts";
import { runsOfMode } from "../schema/queries/runs.ts";
import { workflowIds } from "../temporal.config.ts";

const OVER: ReadonlySet<string> = new Set(["scored", "void", "unmatched"]);

/**
 * Tells every running workflow that a new worker is up. What the dead worker was watching is given
 * up and watched here at once, without waiting for its activity timeouts; and tasks bound to the
 * dead worker's sticky queue are set free.
 */
export async function announceWorker(options: {
  readonly client: Client;
  readonly db: Db;
  readonly mode: Mode;
  readonly log: Logger;
}): Promise<void> {
  const { client, db, mode, log } = options;
  const ids: string[] = [];
  for (const run of await runsOfMode(db, mode)) {
    if (run.ended_at !== null) continue;
    await free(client, run.run_id);
    await free(client, `nightly-scoring/${run.run_id}`);
    const games = await gamesOfRun(db, run.run_id);
    ids.push(...games.filter(({ phase }) => !OVER.has(phase)).map(({ game_id }) => game_id));
  }
  // A series that is not watched has no workflow to hear it.
  ids.push(...BTC_SERIES.map((series) => workflowIds.btcSeries(mode, series)));
  for (const order of await openOrders(db, mode)) ids.push(workflowIds.order(order.root_id));
  await Promise.all(ids.map((id) => tell(client, id)));
  log.info({ workflows: ids.length }, "worker announced");
}

async function tell(client: Client, workflowId: string): Promise<void> {
  await free(client, workflowId);
  await client.workflow
    .getHandle(workflowId)
    .signal("workerStarted")
    .catch(() => undefined); // Not started yet, or over: it has nothing to watch.
}

async function free(client: Client, workflowId: string): Promise<void> {
  await client.workflowService
    .resetStickyTaskQueue({ namespace: client.options.namespace, execution: { workflowId } })
    .catch(() => undefined);
}
