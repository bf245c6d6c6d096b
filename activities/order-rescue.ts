import { WorkflowNotFoundError } from "@temporalio/client";
import { wallNow } from "../runtime/wall.ts";
import { applyOrderUpdate, type OrderRow } from "../schema/queries/orders.ts";
import { workflowIds } from "../temporal.config.ts";
import { type AccountDeps, syncOrder } from "./account.ts";

/** What is asked of Temporal before an order is rescued: whether its workflow runs. */
interface KnownWorkflows {
  getHandle(workflowId: string): {
    describe(): Promise<{ readonly status: { readonly name: string } }>;
  };
}

/** What following orders without their workflows needs. */
export interface RescueDeps extends AccountDeps {
  readonly client: { readonly workflow: KnownWorkflows };
}

/** What is wrong with an order of ours; each is an alarm while it lasts. */
export interface OrderTrouble {
  readonly code: "order_not_followed" | "order_abandoned";
  readonly row: OrderRow;
  readonly message: string;
}

/** A resting order that no workflow follows is canceled after this. Wall time. */
const ABANDONED_AFTER_WALL_MS = 60_000;
const CANCEL_TIMEOUT_MS = 2_500;

/** Follows one open order to what the account says of it. One that cannot be followed must not hide the others. */
export async function followOpen(
  deps: RescueDeps,
  row: OrderRow,
): Promise<readonly OrderTrouble[]> {
  try {
    await syncOrder(deps, row.client_order_id);
  } catch (error) {
    const message = `what the account says of ${row.client_order_id} cannot be taken in: ${String(error)}`;
    return [{ code: "order_not_followed", row, message }];
  }
  if (!(await rescueAbandoned(deps, row))) return [];
  const message = `${row.client_order_id} rests at the venue and no workflow follows it: canceled`;
  return [{ code: "order_abandoned", row, message }];
}

/** Cancels an order of ours that the venue still rests. What came of it is read by who follows. */
export async function cancelAtVenue(
  deps: AccountDeps,
  order: Pick<OrderRow, "market_ticker" | "exchange_index">,
  venueOrderId: string,
): Promise<void> {
  await deps.venue.cancelOrder(
    {
      venueOrderId,
      marketTicker: order.market_ticker,
      exchangeIndex: order.exchange_index,
    },
    CANCEL_TIMEOUT_MS,
  );
}

/** An order whose workflow was ended by hand has nobody to end it. @returns whether it was one. */
async function rescueAbandoned(deps: RescueDeps, row: OrderRow): Promise<boolean> {
  if (row.status === "intended") await endUnsent(deps, row);
  const { venue_order_id: venueOrderId } = row;
  const sentAgo = wallNow() - (row.sent_wall_ms ?? row.updated_at.getTime());
  if (row.status !== "working" || venueOrderId === null || sentAgo < ABANDONED_AFTER_WALL_MS) {
    return false;
  }
  if (await isRunning(deps.client, workflowIds.order(row.root_id))) return false;
  await cancelAtVenue(deps, row, venueOrderId);
  await syncOrder(deps, row.client_order_id);
  return true;
}

/**
 * Written down and, as far as is known, not sent: what it reserves would be reserved for ever. The stamp
 * of its sending may have been lost with the database, so the account has the last word.
 */
async function endUnsent(deps: RescueDeps, row: OrderRow): Promise<void> {
  if (wallNow() - row.recorded_at.getTime() < ABANDONED_AFTER_WALL_MS) return;
  if (await isRunning(deps.client, row.occasion_id)) return;
  if (await isRunning(deps.client, workflowIds.order(row.root_id))) return;
  await applyOrderUpdate(deps.db, {
    clientOrderId: row.client_order_id,
    update: { kind: "lost" },
    at: deps.clock.now(),
  });
  await syncOrder(deps, row.client_order_id);
}

async function isRunning({ workflow }: RescueDeps["client"], workflowId: string): Promise<boolean> {
  try {
    return (await workflow.getHandle(workflowId).describe()).status.name === "RUNNING";
  } catch (error) {
    // A server that does not answer says nothing of the workflow.
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
