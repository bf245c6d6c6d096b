import type { Logger } from "pino";
import type { AlertSink } from "../../clients/alerts/sink.ts";
import {
  DELIVERY_ATTEMPTS,
  nextRoundInMs,
  retryInMs,
  SINK_FAILING,
  sinksOfRound,
} from "../../core/domain/alert.ts";
import type { AlertSettings } from "../../runtime/alerts-config.ts";
import { wallInstant } from "../../runtime/wall.ts";
import type { Db } from "../../schema/database.ts";
import { clearAlarm, raiseAlarm } from "../../schema/queries/alarms.ts";
import {
  type ClaimedDelivery,
  claimDeliveries,
  markDelivered,
  markFailed,
  planRounds,
  settleInterrupted,
} from "../../schema/queries/alert-deliveries.ts";
import { alertLine, lineOfDelivery, titleOf } from "./text.ts";

/** Alerts in one message: more than anybody reads, fewer than a server refuses. */
const MESSAGE_ALERTS = 20;
const PLAN_BATCH = 100;
/** A sink that has refused this often in a row is broken, and the others are told. */
const BROKEN_AT_FAILURES = 3;

/** Sends what is due. */
export interface Deliverer {
  /** Plans what is due and begins to send it; a sink that is busy is left alone. */
  pass(): Promise<void>;
  /** Sends what is left, warnings that are being gathered too, and returns when no sink is busy. */
  drain(): Promise<void>;
}

/** What it takes to deliver. */
export interface DeliverDeps {
  readonly db: Db;
  readonly sinks: readonly AlertSink[];
  readonly settings: AlertSettings;
  /** Takes known secrets out of what is sent and kept. */
  readonly scrub: (text: string) => string;
  readonly log: Logger;
}

/**
 * Creates the deliverer. Each sink has a line of its own: one that hangs holds up no other. Sending is
 * marked in the store before and after, so that a restart knows what may have been heard.
 */
export function createDeliverer(deps: DeliverDeps): Deliverer {
  const busy = new Map<string, Promise<void>>();
  const failures = new Map<string, number>();
  /** Sinks whose sending broke off before what came of it was written. */
  const broken = new Set<string>();
  const begin = (sink: AlertSink, isLast: boolean): void => {
    if (busy.has(sink.name)) return;
    const work = settled(deps, sink, broken)
      .then(() => sendDue(deps, sink, failures, isLast))
      .catch((error: unknown) => {
        broken.add(sink.name);
        deps.log.warn({ sink: sink.name, error: String(error) }, "alerts not delivered");
      })
      .finally(() => busy.delete(sink.name));
    busy.set(sink.name, work);
  };
  const pass = async (isLast: boolean): Promise<void> => {
    while ((await planDue(deps)) === PLAN_BATCH);
    for (const sink of deps.sinks) begin(sink, isLast);
  };
  return {
    pass: () => pass(false),
    drain: async () => {
      await Promise.all(busy.values());
      await pass(true);
      await Promise.all(busy.values());
    },
  };
}

async function settled(
  { db }: DeliverDeps,
  { name }: AlertSink,
  broken: Set<string>,
): Promise<void> {
  if (!broken.has(name)) return;
  await settleInterrupted(db, name);
  broken.delete(name);
}

async function planDue({ db, settings }: DeliverDeps): Promise<number> {
  return planRounds(db, PLAN_BATCH, (alert) => ({
    sinks: sinksOfRound(alert, alert.notices, settings.sinks),
    nextInMs: nextRoundInMs(
      { ...alert, isAcknowledged: alert.acknowledged_at !== null },
      settings.repeatMs,
    ),
  }));
}

/** Sends message after message until nothing is due, or the sink refuses one. */
async function sendDue(
  deps: DeliverDeps,
  sink: AlertSink,
  failures: Map<string, number>,
  isLast: boolean,
): Promise<void> {
  const rule = deps.settings.sinks.find(({ name }) => name === sink.name);
  const gatherMs = isLast ? 0 : (rule?.gatherMs ?? 0);
  for (;;) {
    const limit = MESSAGE_ALERTS;
    const due = await claimDeliveries(deps.db, sink.name, { gatherMs, limit });
    if (due.length === 0) return;
    const isTaken = await sendOne(deps, sink, due);
    await noteSink(deps, sink, failures, isTaken);
    if (!isTaken) return;
  }
}

async function sendOne(
  { db, scrub, settings, log }: DeliverDeps,
  sink: AlertSink,
  due: readonly ClaimedDelivery[],
): Promise<boolean> {
  const lines = due.map(lineOfDelivery);
  const answer = await sink.send({
    id: `alerts-${due.map(({ deliveryId }) => deliveryId).join("-")}`,
    severity: due.some(({ severity }) => severity === "critical") ? "critical" : "warning",
    title: scrub(titleOf(lines)),
    lines: lines.map((line) => scrub(alertLine(line))),
  });
  const said = scrub(answer.said);
  if (answer.kind === "delivered") {
    await markDelivered(
      db,
      due.map(({ deliveryId }) => deliveryId),
      said,
    );
    return true;
  }
  log.warn({ sink: sink.name, said, alerts: due.length }, "sink did not take alerts");
  const lastJoin = Math.max(...settings.sinks.map(({ joinsAtRepeat }) => joinsAtRepeat));
  for (const delivery of due) {
    const isGivenUp = delivery.attempts >= DELIVERY_ATTEMPTS;
    const retry = isGivenUp ? null : retryInMs(delivery.attempts);
    await markFailed(db, delivery, { said, retryInMs: retry, lastJoin });
  }
  return false;
}

/** A broken sink is an alert on the others; its next success ends it. */
async function noteSink(
  { db }: DeliverDeps,
  sink: AlertSink,
  failures: Map<string, number>,
  isTaken: boolean,
): Promise<void> {
  const key = { runId: null, gameId: null, code: SINK_FAILING, field: sink.name };
  const at = wallInstant();
  const before = failures.get(sink.name) ?? null;
  failures.set(sink.name, isTaken ? 0 : (before ?? 0) + 1);
  // The first success of this process too: one that died may have left the alarm open.
  if (isTaken && before !== 0) await clearAlarm(db, key, at);
  // Again with each further one: the alarm is one, and its first writing may have failed.
  if ((failures.get(sink.name) ?? 0) < BROKEN_AT_FAILURES) return;
  const message = `sink ${sink.name} (${sink.kind}) did not take ${BROKEN_AT_FAILURES} messages in a row`;
  await raiseAlarm(db, { ...key, severity: "critical", message, details: {}, at });
}
