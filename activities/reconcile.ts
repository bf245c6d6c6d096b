import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import type { Mode } from "../core/domain/decision.ts";
import type { VenueOrder } from "../core/domain/venue.ts";
import { cash as ledgerCash } from "../schema/queries/ledger.ts";
import {
  applyOrderUpdate,
  openOrders,
  orderByVenueId,
  type OrderRow,
} from "../schema/queries/orders.ts";
import { openPositions } from "../schema/queries/positions.ts";
import { lastReconciliation, recordReconciliation } from "../schema/queries/reconciliations.ts";
import { runsOfMode } from "../schema/queries/runs.ts";
import { workflowIds } from "../temporal.config.ts";
import { type AccountDeps, syncOrder } from "./account.ts";

/** One thing on which account and ledger disagree. */
export interface Difference {
  readonly kind: "orphan-order" | "abandoned-order" | "position" | "cash";
  readonly what: string;
  readonly venue: number | null;
  readonly ledger: number | null;
}

/** What a comparison found. */
export interface ReconcileResult {
  readonly ordersFollowed: number;
  readonly differences: readonly Difference[];
}

export interface ReconcileDeps extends AccountDeps {
  readonly client: Client;
}

/** A resting order that no workflow follows is canceled after this. Wall time. */
const ABANDONED_AFTER_WALL_MS = 60_000;
const CANCEL_TIMEOUT_MS = 2_500;

/** Compares the venue's account with our ledger. */
export const createReconcileActivities = (deps: ReconcileDeps) => ({
  /**
   * Follows every open order to what the account says of it, then compares orders, positions and
   * cash. What differs twice in a row is an alarm; orders that are not ours are reported, never fought.
   */
  async reconcile(request: {
    readonly mode: Mode;
    readonly runId: string | null;
  }): Promise<ReconcileResult> {
    const runId = request.runId ?? (await currentRun(deps, request.mode));
    if (runId === null) return { ordersFollowed: 0, differences: [] };
    const open = await openOrders(deps.db, request.mode);
    for (const row of open) {
      await followOne(deps, row);
    }
    const stillOpen = await openOrders(deps.db, request.mode);
    const differences = [
      ...(await compareOrders(deps)),
      ...(await comparePositions(deps, request.mode)),
      ...(stillOpen.length === 0 ? await compareCash(deps, request.mode) : []),
    ];
    const before = await lastReconciliation(deps.db, runId);
    await record(deps, { mode: request.mode, runId }, differences);
    raiseRepeated(deps, runId, differences, before?.differences ?? "[]");
    return { ordersFollowed: open.length, differences };
  },
});
export type ReconcileActivities = ReturnType<typeof createReconcileActivities>;

/** One order that cannot be followed must not hide the others. */
async function followOne(deps: ReconcileDeps, row: OrderRow): Promise<void> {
  try {
    await syncOrder(deps, row.client_order_id);
  } catch (error) {
    deps.alarms.raise({
      runId: row.run_id,
      gameId: row.game_id,
      severity: "critical",
      code: "order_not_followed",
      field: row.client_order_id,
      message: `what the account says of ${row.client_order_id} cannot be taken in: ${String(error)}`,
      details: {},
      at: deps.clock.now(),
    });
    return;
  }
  await rescueAbandoned(deps, row);
}

/** The run that is played now, or was last. */
async function currentRun(deps: ReconcileDeps, mode: Mode): Promise<string | null> {
  const runs = await runsOfMode(deps.db, mode);
  return (runs.find((run) => run.ended_at === null) ?? runs[0])?.run_id ?? null;
}

/** An order whose workflow was ended by hand has nobody to end it. */
async function rescueAbandoned(deps: ReconcileDeps, row: OrderRow): Promise<void> {
  if (row.status === "intended") await endUnsent(deps, row);
  const sentAgo = wallNow() - (row.sent_wall_ms ?? row.updated_at.getTime());
  if (
    row.status !== "working" ||
    row.venue_order_id === null ||
    sentAgo < ABANDONED_AFTER_WALL_MS
  ) {
    return;
  }
  if (await isRunning(deps.client, workflowIds.order(row.root_id))) return;
  deps.alarms.raise({
    runId: row.run_id,
    gameId: row.game_id,
    severity: "critical",
    code: "order_abandoned",
    field: row.client_order_id,
    message: `${row.client_order_id} rests at the venue and no workflow follows it: canceled`,
    details: {},
    at: deps.clock.now(),
  });
  await deps.venue.cancelOrder(
    {
      venueOrderId: row.venue_order_id,
      marketTicker: row.market_ticker,
      exchangeIndex: row.exchange_index,
    },
    CANCEL_TIMEOUT_MS,
  );
  await syncOrder(deps, row.client_order_id);
}

/** Written down and not sent: what it reserves would be reserved for ever. The sender looks before it sends. */
async function endUnsent(deps: ReconcileDeps, row: OrderRow): Promise<void> {
  if (wallNow() - row.recorded_at.getTime() < ABANDONED_AFTER_WALL_MS) return;
  if (await isRunning(deps.client, row.game_id)) return;
  if (await isRunning(deps.client, workflowIds.order(row.root_id))) return;
  await applyOrderUpdate(deps.db, {
    clientOrderId: row.client_order_id,
    update: { kind: "rejected", code: "abandoned" },
    at: deps.clock.now(),
  });
}

async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name === "RUNNING";
  } catch (error) {
    // A server that does not answer says nothing of the workflow.
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

async function compareOrders(deps: ReconcileDeps): Promise<readonly Difference[]> {
  const resting: readonly VenueOrder[] = await deps.venue.orders({ status: "resting" });
  const differences: Difference[] = [];
  for (const order of resting) {
    const ours = await orderByVenueId(deps.db, order.venueOrderId);
    if (ours !== null) continue;
    const what = `${order.venueOrderId} ${order.marketTicker}`;
    differences.push({ kind: "orphan-order", what, venue: order.remaining, ledger: null });
  }
  return differences;
}

async function comparePositions(deps: ReconcileDeps, mode: Mode): Promise<readonly Difference[]> {
  const ledger = new Map<string, number>();
  for (const held of await openPositions(deps.db, mode)) {
    ledger.set(held.market_ticker, (ledger.get(held.market_ticker) ?? 0) + held.count_centi);
  }
  const venue = new Map<string, number>();
  for (const { marketTicker, position } of await deps.venue.positions()) {
    if (position !== 0) venue.set(marketTicker, position);
  }
  const tickers = new Set([...ledger.keys(), ...venue.keys()]);
  return [...tickers].flatMap((what): Difference[] => {
    const pair = { venue: venue.get(what) ?? 0, ledger: ledger.get(what) ?? 0 };
    return pair.venue === pair.ledger ? [] : [{ kind: "position", what, ...pair }];
  });
}

async function compareCash(deps: ReconcileDeps, mode: Mode): Promise<readonly Difference[]> {
  const [{ cash }, ledger] = await Promise.all([deps.venue.balance(), ledgerCash(deps.db, mode)]);
  return cash === ledger ? [] : [{ kind: "cash", what: "cash", venue: cash, ledger }];
}

async function record(
  deps: ReconcileDeps,
  request: { readonly mode: Mode; readonly runId: string },
  differences: readonly Difference[],
): Promise<void> {
  const [{ cash }, ledger] = await Promise.all([
    deps.venue.balance(),
    ledgerCash(deps.db, request.mode),
  ]);
  await recordReconciliation(deps.db, {
    runId: request.runId,
    at: deps.clock.now(),
    differences,
    venueCash: cash,
    ledgerCash: ledger,
  });
}

/** Settlement reaches the venue's books a moment before ours: once is a moment, twice is a difference. */
function raiseRepeated(
  deps: ReconcileDeps,
  runId: string | null,
  differences: readonly Difference[],
  before: string,
): void {
  for (const difference of differences) {
    if (!before.includes(JSON.stringify(difference))) continue;
    deps.alarms.raise({
      runId,
      gameId: null,
      severity: "critical",
      code: "reconciliation_difference",
      field: difference.what,
      message: `${difference.kind} ${difference.what}: venue ${difference.venue ?? "-"}, ledger ${difference.ledger ?? "-"}`,
      details: { ...difference },
      at: deps.clock.now(),
    });
  }
}

function wallNow(): number {
  return performance.timeOrigin + performance.now();
}
