import { proxyActivities, proxyLocalActivities } from "@temporalio/workflow";
import type { AuditActivities } from "../activities/audit-acts.ts";
import type { DayActivities } from "../activities/day.ts";
import type { DrillActivities } from "../activities/drill.ts";
import type { FollowActivities } from "../activities/follow-order.ts";
import type { KillActivities } from "../activities/kill.ts";
import type { JudgementActivities } from "../activities/judgement/acts.ts";
import type { OrderActivities } from "../activities/place-order.ts";
import type { ReconcileActivities } from "../activities/reconcile.ts";
import type { BtcRunActivities } from "../activities/bitcoin/btc-run.ts";
import type { BtcReportActivities } from "../activities/bitcoin/report-acts.ts";
import type { SettlePositionActivities } from "../activities/bitcoin/settle-position.ts";
import type { SweepActivities } from "../activities/bitcoin/settle-contracts.ts";
import type {
  ShadowFillActivities,
  ShadowPlaceActivities,
} from "../activities/bitcoin/shadow-fill.ts";
import type { WatchSeriesActivities } from "../activities/bitcoin/watch-series.ts";
import type { ClockActivities } from "../activities/run-clock.ts";
import type { ScheduleActivities } from "../activities/schedule-day.ts";
import type { ScoreActivities } from "../activities/score.ts";
import type { SettleActivities } from "../activities/settle.ts";
import type { WatchActivities } from "../activities/watch-game.ts";
import { TASK_QUEUES } from "../temporal.config.ts";

// One proxy per class of timeouts. Nothing here gives up by itself: a game is ended by its state
// machine or by a person, never by a timeout, so retries are unlimited and intervals short.
const retry = { initialInterval: "200ms", maximumInterval: "5s", backoffCoefficient: 2 } as const;

/** Short, on the workflows' own queue, so that the server can hand them over eagerly. */
export const clock = proxyActivities<ClockActivities>({ startToCloseTimeout: "5s", retry });

/**
 * Journal, then the wire, within the workflow task that learned of the proposal: an activity of its own
 * would cost a trip to the server and its commit while the market moves. A worker that dies in it loses
 * the task, which times out in 5 s, and the next one finds the journal. Up to 2.5 s of HTTP.
 */
export const placing = proxyLocalActivities<Pick<OrderActivities, "placeOrder">>({
  startToCloseTimeout: "8s",
  retry,
});

/** Database transaction plus one HTTP call of at most 2.5 s: a dead worker is noticed in 8 s. */
export const orders = proxyActivities<Omit<OrderActivities, "placeOrder">>({
  startToCloseTimeout: "8s",
  retry,
});

/** One row of the audit log. */
export const audit = proxyActivities<AuditActivities>({ startToCloseTimeout: "8s", retry });

/**
 * Long polls of at most 60 s of wall time. No heartbeat: a new worker announces itself by signal
 * (`workerStarted`), which is faster than any timeout and costs nothing while nothing fails.
 */
export const watch = proxyActivities<WatchActivities & FollowActivities & SettleActivities>({
  taskQueue: TASK_QUEUES.watch,
  startToCloseTimeout: "75s",
  cancellationType: "TRY_CANCEL",
  retry,
});

/** A kill waits for the sender's lock at most 2 s; its sweeps are chunks of a few seconds. */
export const kills = proxyActivities<KillActivities>({ startToCloseTimeout: "15s", retry });

/** One row, looked at within the workflow task that heard a signal: a kill tells many workflows at once. */
export const killLook = proxyLocalActivities<Pick<KillActivities, "isKillStanding">>({
  startToCloseTimeout: "8s",
  retry,
});

/** A drill looks at a few markets at the venue. */
export const drills = proxyActivities<DrillActivities>({ startToCloseTimeout: "15s", retry });

/** An attempt to flatten: some dozens of orders, eight at a time, within the venue's rate. */
export const flattening = proxyActivities<Pick<KillActivities, "flattenPositions">>({
  startToCloseTimeout: "45s",
  retry,
});

/** Slate, settlement bookkeeping, scores and reports. */
export const batch = proxyActivities<
  DayActivities & ScheduleActivities & ScoreActivities & ReconcileActivities
>({
  taskQueue: TASK_QUEUES.batch,
  startToCloseTimeout: "120s",
  retry,
});

/**
 * Scores of many nights and the week's review: some seconds of reading and computing. They do give up: a
 * day's end must not wait for a statistic.
 */
export const judging = proxyActivities<JudgementActivities>({
  taskQueue: TASK_QUEUES.batch,
  startToCloseTimeout: "5m",
  retry: { ...retry, maximumAttempts: 5 },
});

/** Places and fills in one: it waits for the latency of an order, a part of a second. */
export const shadow = proxyLocalActivities<ShadowPlaceActivities>({
  startToCloseTimeout: "8s",
  retry,
});

/** Long polls of a series, and the short waits of its contracts, as `watch`. */
export const bitcoin = proxyActivities<
  WatchSeriesActivities & ShadowFillActivities & SettlePositionActivities
>({
  taskQueue: TASK_QUEUES.watch,
  startToCloseTimeout: "75s",
  cancellationType: "TRY_CANCEL",
  retry,
});

/** Beginning and end of a Bitcoin run, sweeps, reports and retention. */
export const bitcoinBatch = proxyActivities<
  BtcRunActivities & SweepActivities & BtcReportActivities
>({
  taskQueue: TASK_QUEUES.batch,
  startToCloseTimeout: "120s",
  retry,
});
