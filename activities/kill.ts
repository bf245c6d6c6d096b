import { randomUUID } from "node:crypto";
import { WorkflowNotFoundError } from "@temporalio/client";
import { TradingError } from "../core/domain/errors.ts";
import { type KillLevel, stricter, tellingId } from "../core/domain/kill.ts";
import { formatUsd } from "../core/domain/units.ts";
import {
  acknowledgeKill,
  findKill,
  type NewKill,
  recordKillProgress,
  throwKill,
} from "../schema/queries/kill.ts";
import { openOrders } from "../schema/queries/orders.ts";
import { syncOrder } from "./account.ts";
import {
  type FlattenDeps,
  type FlattenResult,
  flattenOnce,
  type LeftPosition,
} from "./kill-flatten.ts";
import { type AccountValue, accountValue } from "./kill-market.ts";
import { forbiddenByLedger, sweepOnce } from "./venue-sweep.ts";

/** A kill as the activities take it. */
export type KillRequest = NewKill;

/** What a kill did and how long it took, wall milliseconds from the row in the database. Money in USD. */
export interface KillReport {
  readonly killId: string;
  readonly level: KillLevel;
  readonly reason: string;
  readonly by: string;
  readonly thrownAt: string | null;
  readonly acknowledgedMs: number | null;
  readonly noRestingMs: number | null;
  /** Of level flatten only. */
  readonly flatMs: number | null;
  readonly isFlat: boolean | null;
  readonly flattenAttempts: number;
  /** Positions that could not be left. */
  readonly left: readonly LeftPosition[];
  readonly workflowsSignaled: number;
  /** Cash, and positions at the bid, before and after; null where the venue did not answer. */
  readonly before: ReportedValue | null;
  readonly after: ReportedValue | null;
  /** What both together fell by: spread, slippage, fees, and what the market moved meanwhile. */
  readonly costUsd: string | null;
}

/** A kill that a signal names. */
export type StandingQuestion = Pick<KillRequest, "killId" | "mode" | "level">;

interface ReportedValue {
  readonly cashUsd: string;
  readonly markUsd: string;
}

/** What a sweep left. */
export interface SweepResult {
  /** Orders that the level forbids and that still rested when it looked. */
  readonly resting: number;
  /** The venue shows none any more, and none can still arrive. */
  readonly isDone: boolean;
  /** Why the venue did not answer; null when it did. */
  readonly away: string | null;
}

/** What a kill asks of Temporal: who runs, and to tell each. */
export interface RunningWorkflows {
  list(options: { readonly query: string }): AsyncIterable<{
    readonly workflowId: string;
    readonly runId: string;
    readonly type: string;
  }>;
  getHandle(workflowId: string): { signal(name: string, payload: object): Promise<void> };
}

export interface KillDeps extends FlattenDeps {
  readonly client: { readonly workflow: RunningWorkflows };
}

/** Signals in flight at once. */
const SIGNALS_AT_ONCE = 20;
const AWAY = { runId: null, gameId: null, code: "kill_venue_away" } as const;

/** What the kill workflow does, one step each; all safe to repeat. */
export const createKillActivities = (deps: KillDeps) => ({
  /** Writes the row, then waits for senders in flight: after this nothing that adds exposure is sent. */
  async throwKill(request: KillRequest): Promise<{ readonly inFlight: readonly string[] }> {
    await throwKill(deps.db, request);
    const acknowledged = await acknowledgeKill(deps.db, request);
    deps.log.warn({ ...request, inFlight: acknowledged.inFlight }, "kill thrown");
    return { inFlight: acknowledged.inFlight };
  },

  /** Whether a kill of this id stands that is no milder than a signal says. */
  async isKillStanding(told: StandingQuestion): Promise<boolean> {
    const row = await findKill(deps.db, told.killId);
    if (row === null || row.released_at !== null || row.mode !== told.mode) return false;
    return stricter(row.level, told.level) === row.level;
  },

  /** Signals every running day, game and order of the mode. @returns how many. */
  signalRunning: (request: KillRequest): Promise<number> => signalRunning(deps, request),

  /** Cancels at the venue what the level forbids, and looks at what is left. */
  sweepVenue: (request: KillRequest): Promise<SweepResult> => sweepVenue(deps, request),

  /** What the account is worth. @returns null when the venue does not answer: a kill does not wait for it. */
  measureAccount: (request: KillRequest): Promise<AccountValue | null> => measure(deps, request),

  /** One attempt to sell everything; see `flattenOnce`. An absent venue uses no attempt. */
  flattenPositions: (
    request: KillRequest & { readonly attempt: number },
  ): Promise<FlattenResult | { readonly away: string }> => flatten(deps, request),

  /** Writes down how long it took and what it cost. */
  finishKill: (request: KillRequest & KillOutcome): Promise<KillReport> => finish(deps, request),
});
export type KillActivities = ReturnType<typeof createKillActivities>;

/** What the workflow gathered on the way. */
export interface KillOutcome {
  readonly signaled: number;
  readonly before: AccountValue | null;
  readonly flattenAttempts: number;
  readonly left: readonly LeftPosition[];
}

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
  for await (const { workflowId, runId, type } of deps.client.workflow.list({ query })) {
    if (!TAKES_KILL.has(type)) continue;
    batch.push(
      deps.client.workflow
        .getHandle(workflowId)
        .signal("kill", { ...payload, tellingId: tellingId(runId, randomUUID()) })
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
  const done: SweepResult = { resting: 0, isDone: true, away: null };
  if (await isLifted(deps, request)) return done;
  // Nothing of ours ever rests at the venue in shadow, and its client refuses to touch orders.
  if (request.mode === "shadow") return done;
  return untilAway(deps, request, async () => {
    // What is on its way may arrive behind the sweep: then there is another one.
    const arriving = await openOrders(deps.db, request.mode, ["submitted"]);
    const isForbidden = await forbiddenByLedger(deps.db, request);
    const resting = await sweepOnce(deps.venue, request.level, isForbidden);
    if (resting > 0) return { resting, isDone: false, away: null };
    const inDoubt = await openOrders(deps.db, request.mode, ["submitted", "unknown"]);
    for (const { client_order_id } of inDoubt) await syncOrder(deps, client_order_id);
    const isDone = arriving.length === 0;
    if (isDone) await recordKillProgress(deps.db, request.killId, { hasNoResting: true });
    return { resting, isDone, away: null };
  });
}

/** The venue may be away for a while: it is said, and asked again. */
async function untilAway<T>(
  deps: KillDeps,
  { killId, level }: KillRequest,
  ask: () => Promise<T>,
): Promise<T | { readonly resting: number; readonly isDone: false; readonly away: string }> {
  const key = { ...AWAY, field: killId };
  try {
    const answer = await ask();
    deps.alarms.clear(key, deps.clock.now());
    return answer;
  } catch (error) {
    if (!(error instanceof TradingError)) throw error;
    const message = `kill ${killId} (${level}) goes on trying: the venue does not answer, ${error.message}`;
    const at = deps.clock.now();
    deps.alarms.raise({ ...key, severity: "critical", message, details: {}, at });
    return { resting: 0, isDone: false, away: error.message };
  }
}

async function measure(deps: KillDeps, { mode }: KillRequest): Promise<AccountValue | null> {
  if (mode === "shadow") return null;
  try {
    return await accountValue(deps);
  } catch (error) {
    deps.log.warn({ error: String(error) }, "account not measured");
    return null;
  }
}

async function flatten(
  deps: KillDeps,
  request: KillRequest & { readonly attempt: number },
): Promise<FlattenResult | { readonly away: string }> {
  const none = { isFlat: request.mode === "shadow", isOver: true, left: [], pauseMs: 0 };
  if (request.mode === "shadow" || (await isLifted(deps, request))) return none;
  return untilAway(deps, request, () => flattenOnce(deps, request));
}

async function finish(deps: KillDeps, request: KillRequest & KillOutcome): Promise<KillReport> {
  const row = await findKill(deps.db, request.killId);
  const since = (at: Date | null | undefined): number | null =>
    at === null || at === undefined || row === null ? null : at.getTime() - row.thrown_at.getTime();
  const { before } = request;
  const after = await measure(deps, request);
  const report: KillReport = {
    killId: request.killId,
    level: request.level,
    reason: request.reason,
    by: request.by,
    thrownAt: row?.thrown_at.toISOString() ?? null,
    acknowledgedMs: since(row?.acknowledged_at),
    noRestingMs: since(row?.no_resting_at),
    flatMs: since(row?.flat_at),
    isFlat: request.level === "flatten" ? row !== null && row.flat_at !== null : null,
    flattenAttempts: request.flattenAttempts,
    left: request.left,
    workflowsSignaled: request.signaled,
    before: reported(before),
    after: reported(after),
    costUsd: before && after ? formatUsd(total(before) - total(after)) : null,
  };
  await recordKillProgress(deps.db, request.killId, { report: JSON.stringify(report) });
  return report;
}

function total({ cash, mark }: AccountValue): number {
  return cash + mark;
}

function reported(value: AccountValue | null): ReportedValue | null {
  if (value === null) return null;
  return { cashUsd: formatUsd(value.cash), markUsd: formatUsd(value.mark) };
}

/** Workflow types that handle the signal. */
const TAKES_KILL: ReadonlySet<string> = new Set([
  "tradingDay",
  "game",
  "btcSeries",
  "btcContract",
  "order",
]);
