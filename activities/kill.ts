import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import type { Logger } from "pino";
import type { KillLevel } from "../core/domain/kill.ts";
import type { Mode } from "../core/domain/decision.ts";
import type { Venue } from "../core/domain/venue.ts";
import type { Db } from "../schema/database.ts";
import {
  acknowledgeKill,
  findKill,
  recordKillProgress,
  throwKill,
} from "../schema/queries/kill.ts";
import { openOrders } from "../schema/queries/orders.ts";
import { openPositions } from "../schema/queries/positions.ts";
import { isRiskless } from "./holdings.ts";

/** A kill as the activities take it. */
export interface KillRequest {
  readonly killId: string;
  readonly mode: Mode;
  readonly level: KillLevel;
  readonly reason: string;
  readonly by: string;
}

/** What a kill did and how long it took, wall milliseconds from the row in the database. */
export interface KillReport {
  readonly killId: string;
  readonly acknowledgedMs: number | null;
  readonly noRestingMs: number | null;
  readonly workflowsSignaled: number;
}

/** What a sweep left: orders that still rested when it began, and whether the kill is at its end. */
export interface SweepResult {
  readonly resting: number;
  readonly isDone: boolean;
}

export interface KillDeps {
  readonly db: Db;
  readonly venue: Venue;
  readonly client: Client;
  readonly log: Logger;
}

const CANCEL_TIMEOUT_MS = 2_500;
/** Signals in flight at once. */
const SIGNALS_AT_ONCE = 20;

/** What the kill workflow does, one step each; all safe to repeat. */
export const createKillActivities = (deps: KillDeps) => ({
  /** Writes the row, then waits for senders in flight: after this nothing that adds exposure is sent. */
  async throwKill(request: KillRequest): Promise<{ readonly inFlight: readonly string[] }> {
    await throwKill(deps.db, request);
    const acknowledged = await acknowledgeKill(deps.db, request);
    deps.log.warn({ ...request, inFlight: acknowledged.inFlight }, "kill thrown");
    return { inFlight: acknowledged.inFlight };
  },

  /** Signals every running day, game and order of the mode. @returns how many. */
  signalRunning: (request: KillRequest): Promise<number> => signalRunning(deps, request),

  /** Cancels at the venue what the level forbids, and looks at what is left. */
  sweepVenue: (request: KillRequest): Promise<SweepResult> => sweepVenue(deps, request),

  /** Writes down how long it took. */
  async finishKill(request: {
    readonly killId: string;
    readonly signaled: number;
  }): Promise<KillReport> {
    const row = await findKill(deps.db, request.killId);
    const since = (at: Date | null): number | null =>
      at === null || row === null ? null : at.getTime() - row.thrown_at.getTime();
    const report: KillReport = {
      killId: request.killId,
      acknowledgedMs: since(row?.acknowledged_at ?? null),
      noRestingMs: since(row?.no_resting_at ?? null),
      workflowsSignaled: request.signaled,
    };
    await recordKillProgress(deps.db, request.killId, { report: JSON.stringify(report) });
    return report;
  },
});
export type KillActivities = ReturnType<typeof createKillActivities>;

/** A kill that was lifted, also while its workflow still swept, stops nothing any more. */
async function isLifted({ db }: KillDeps, { killId }: KillRequest): Promise<boolean> {
  return (await findKill(db, killId))?.released_at !== null;
}

async function signalRunning(deps: KillDeps, request: KillRequest): Promise<number> {
  if (await isLifted(deps, request)) return 0;
  const query = `ExecutionStatus = 'Running' AND TradeMode = '${request.mode}'`;
  const payload = {
    killId: request.killId,
    level: request.level,
    reason: request.reason,
    by: request.by,
  };
  let signaled = 0;
  let batch: Promise<void>[] = [];
  for await (const { workflowId, type } of deps.client.workflow.list({ query })) {
    if (!TAKES_KILL.has(type)) continue;
    batch.push(
      deps.client.workflow
        .getHandle(workflowId)
        .signal("kill", payload)
        .catch((error: unknown) => {
          // Over by now: nothing left to stop. Whom it could not reach it tells again.
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        }),
    );
    signaled += 1;
    if (batch.length >= SIGNALS_AT_ONCE) {
      await Promise.all(batch);
      batch = [];
    }
  }
  await Promise.all(batch);
  return signaled;
}

async function sweepVenue(deps: KillDeps, request: KillRequest): Promise<SweepResult> {
  if (await isLifted(deps, request)) return { resting: 0, isDone: true };
  // Nothing of ours ever rests at the venue in shadow, and its client refuses to touch orders.
  if (request.level === "no-entries" || request.mode === "shadow") {
    return { resting: 0, isDone: true };
  }
  const sweepsAll = request.level === "cancel-all" || request.level === "flatten";
  if (sweepsAll) await deps.venue.cancelAll(CANCEL_TIMEOUT_MS);
  const ours = await openOrders(deps.db, request.mode);
  const entries = new Set(
    ours.flatMap((row) =>
      row.purpose === "entry" && row.venue_order_id !== null ? [row.venue_order_id] : [],
    ),
  );
  const resting = await deps.venue.orders({ status: "resting" });
  const unwanted = resting.filter((order) => sweepsAll || entries.has(order.venueOrderId));
  await Promise.all(
    unwanted.map(({ venueOrderId, marketTicker, exchangeIndex }) =>
      deps.venue.cancelOrder({ venueOrderId, marketTicker, exchangeIndex }, CANCEL_TIMEOUT_MS),
    ),
  );
  if (unwanted.length > 0) return { resting: unwanted.length, isDone: false };
  const kill = await findKill(deps.db, request.killId);
  if (kill?.no_resting_at === null) {
    await recordKillProgress(deps.db, request.killId, { noRestingAt: new Date(wallNow()) });
  }
  const isFlat =
    request.level !== "flatten" || isRiskless(await openPositions(deps.db, request.mode));
  return { resting: 0, isDone: isFlat };
}

/** Workflow types that handle the signal. */
const TAKES_KILL: ReadonlySet<string> = new Set(["tradingDay", "game", "order"]);

/** The wall: a kill is measured in real time, whatever the night's clock says. */
function wallNow(): number {
  return Math.round(performance.timeOrigin + performance.now());
}
