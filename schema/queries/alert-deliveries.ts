import { sql } from "kysely";
import type { Severity } from "../../core/domain/alert.ts";
import type { Db } from "../database.ts";
import type { AlarmKey, AlarmRow } from "./alarms.ts";

/** Who is told of an alert in a round, and when the next round is due; null: none follows. */
export interface Round {
  readonly sinks: readonly string[];
  readonly nextInMs: number | null;
}

/**
 * Plans the rounds that are due: one delivery for each sink, and when to come again. Exactly once,
 * whoever asks and however often.
 *
 * @returns how many alerts were due.
 */
export async function planRounds(
  db: Db,
  limit: number,
  plan: (alert: AlarmRow) => Round,
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const due = await tx
      .selectFrom("alarms")
      .selectAll()
      .where("next_notice_at", "is not", null)
      .where("severity", "<>", "info")
      .where(sql<boolean>`next_notice_at <= now()`)
      .orderBy("alarm_id")
      .limit(limit)
      .forUpdate()
      .skipLocked()
      .execute();
    for (const alert of due) {
      const { sinks, nextInMs } = plan(alert);
      if (sinks.length > 0) {
        await tx
          .insertInto("alert_deliveries")
          .values(sinks.map((sink) => ({ alarm_id: alert.alarm_id, sink, round: alert.notices })))
          .onConflict((conflict) => conflict.columns(["alarm_id", "sink", "round"]).doNothing())
          .execute();
      }
      await tx
        .updateTable("alarms")
        .set({
          notices: alert.notices + 1,
          next_notice_at: nextInMs === null ? null : inMs(nextInMs),
        })
        .where("alarm_id", "=", alert.alarm_id)
        .execute();
    }
    return due.length;
  });
}

/** One delivery that was taken to be sent, with what its alert says now. */
export interface ClaimedDelivery {
  readonly deliveryId: number;
  readonly alertId: number;
  readonly round: number;
  readonly attempts: number;
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly count: number;
  readonly raisedAt: Date;
  readonly clearedAt: Date | null;
  readonly nature: AlarmRow["nature"];
}

/**
 * Takes what is due to a sink. Warnings are gathered: they go when the oldest has waited `gatherMs`,
 * or with a critical alert, which waits for nothing.
 */
export async function claimDeliveries(
  db: Db,
  sink: string,
  options: { readonly gatherMs: number; readonly limit: number },
): Promise<readonly ClaimedDelivery[]> {
  const { rows } = await sql<ClaimedDelivery>`
    with due as (
      select d.delivery_id, a.severity, d.recorded_at
      from alert_deliveries d join alarms a on a.alarm_id = d.alarm_id
      where d.sink = ${sink} and d.status = 'pending' and d.next_at <= now()
    ), chosen as (
      select d.delivery_id from alert_deliveries d join due on due.delivery_id = d.delivery_id
      where exists (select from due where severity = 'critical'
        or recorded_at <= now() - make_interval(secs => ${options.gatherMs / 1_000}))
      order by (due.severity = 'critical') desc, d.delivery_id
      limit ${options.limit} for update of d skip locked
    ), claimed as (
      update alert_deliveries d set status = 'sending', attempts = d.attempts + 1
      from chosen where chosen.delivery_id = d.delivery_id and d.status = 'pending'
      returning d.delivery_id, d.alarm_id, d.round, d.attempts
    )
    select c.delivery_id as "deliveryId", a.alarm_id as "alertId", c.round, c.attempts, a.severity,
      a.code, a.message, a.count, a.raised_at as "raisedAt", a.cleared_at as "clearedAt", a.nature
    from claimed c join alarms a on a.alarm_id = c.alarm_id
    order by (a.severity = 'critical') desc, c.delivery_id`.execute(db);
  return rows;
}

/** The sink took them. */
export async function markDelivered(
  db: Db,
  deliveryIds: readonly number[],
  said: string,
): Promise<void> {
  await db
    .updateTable("alert_deliveries")
    .set({ status: "delivered", said, delivered_at: sql<Date>`now()` })
    .where("delivery_id", "in", deliveryIds)
    .execute();
}

/**
 * The sink did not take one: it is tried again later, or given up for this round. A critical alert that
 * no sink of its round took goes to the next sinks at once, while there are any that have not been asked.
 */
export async function markFailed(
  db: Db,
  delivery: Pick<ClaimedDelivery, "deliveryId" | "alertId">,
  answer: { readonly said: string; readonly retryInMs: number | null; readonly lastJoin: number },
): Promise<void> {
  await db
    .updateTable("alert_deliveries")
    .set({
      status: answer.retryInMs === null ? "failed" : "pending",
      said: answer.said,
      ...(answer.retryInMs !== null && { next_at: inMs(answer.retryInMs) }),
    })
    .where("delivery_id", "=", delivery.deliveryId)
    .execute();
  if (answer.retryInMs === null) await hasten(db, [delivery.alertId], answer.lastJoin);
}

/**
 * What a sender had begun and not ended when it died, or lost the database: it may have been heard, so it is
 * not said again. A critical alert has its next round at once instead: twice is better than never. Of one
 * sink, which must be idle, or of all.
 *
 * @returns how many deliveries there were.
 */
export async function settleInterrupted(db: Db, sink: string | null = null): Promise<number> {
  const unsure = await db
    .updateTable("alert_deliveries")
    .set({ status: "unsure", said: "the sender died while it was sending" })
    .where("status", "=", "sending")
    .where((row) => row.or([row.val(sink === null), row("sink", "=", sink ?? "")]))
    .returning("alarm_id")
    .execute();
  const ids = unsure.map(({ alarm_id: id }) => id);
  if (ids.length > 0) await hasten(db, ids, Number.MAX_SAFE_INTEGER);
  return ids.length;
}

async function hasten(db: Db, alertIds: readonly number[], lastJoin: number): Promise<void> {
  await db
    .updateTable("alarms")
    .set({ next_notice_at: sql<Date>`now()` })
    .where("alarm_id", "in", alertIds)
    .where("severity", "=", "critical")
    .where("acknowledged_at", "is", null)
    .where("notices", "<=", Math.min(lastJoin, 2_147_483_647))
    .where((row) =>
      row.not(
        row.exists(
          row
            .selectFrom("alert_deliveries as d")
            .select("d.delivery_id")
            .whereRef("d.alarm_id", "=", "alarms.alarm_id")
            .where(sql<boolean>`d.round = alarms.notices - 1`)
            .where("d.status", "in", ["pending", "sending", "delivered"]),
        ),
      ),
    )
    .execute();
}

/** An alarm that some sinks were told of without the database: they are not told again. */
export async function recordTold(
  db: Db,
  key: AlarmKey,
  told: { readonly sinks: readonly string[]; readonly nextInMs: number },
): Promise<void> {
  await sql`
    with alert as (
      update alarms set notices = greatest(notices, 1), next_notice_at = ${inMs(told.nextInMs)}
      where code = ${key.code} and field is not distinct from ${key.field}
        and run_id is not distinct from ${key.runId} and game_id is not distinct from ${key.gameId}
        and cleared_at is null and acknowledged_at is null
      returning alarm_id
    )
    insert into alert_deliveries (alarm_id, sink, round, status, said, delivered_at)
    select alarm_id, sink, 0, 'delivered', 'told while the database was away', now()
    from alert, unnest(${[...told.sinks]}::text[]) as sink
    on conflict (alarm_id, sink, round) do nothing`.execute(db);
}

function inMs(ms: number) {
  return sql<Date>`now() + make_interval(secs => ${ms / 1_000})`;
}
