import { type Selectable, sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { ClientOrderId } from "../../core/domain/order.ts";
import type { Db } from "../database.ts";
import type { Database } from "../tables.ts";
import type { AlarmRow } from "./alarms.ts";
import { appendAudit } from "./audit.ts";
import type { OrderRow } from "./orders.ts";

type DeliveryRow = Selectable<Database["alert_deliveries"]>;

/** Something that happened in another table and is to be told. `facts` is that table's row, JSON. */
export interface OutboxEntry {
  readonly id: number;
  readonly kind: string;
  readonly recordedAt: Date;
  readonly facts: string;
}

/**
 * Takes the oldest entries out of the outbox; they are back there unless the transaction commits. An order
 * on its way waits: until its answer is there, nobody knows whether it left.
 */
export async function takeOutbox(tx: Db, limit: number): Promise<readonly OutboxEntry[]> {
  const { rows } = await sql<OutboxEntry>`
    with taken as (
      delete from alert_outbox where outbox_id in (
        select outbox_id from alert_outbox b
        where b.kind <> 'order-sent' or not exists (select from orders o
          where o.client_order_id = (b.facts::jsonb ->> 'client_order_id')::uuid
            and o.status = 'submitted')
        order by outbox_id limit ${limit} for update skip locked)
      returning outbox_id, kind, facts, recorded_at
    )
    select outbox_id as id, kind, facts, recorded_at as "recordedAt" from taken
    order by outbox_id`.execute(tx);
  return rows;
}

/** Orders by their ids. */
export async function ordersByIds(
  db: Db,
  ids: readonly string[],
): Promise<ReadonlyMap<string, OrderRow>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom("orders")
    .selectAll()
    // The column's own type: ids as a table carries them.
    .where("client_order_id", "in", ids as readonly ClientOrderId[])
    .execute();
  return new Map(rows.map((row) => [row.client_order_id, row]));
}

/**
 * Orders of which nobody knew for so long whether the venue has them, oldest first: sent and not answered
 * for, or lost. Wall time, from the sending where that is known.
 */
export async function ordersUnknownFor(db: Db, olderThanMs: number): Promise<readonly OrderRow[]> {
  return db
    .selectFrom("orders")
    .selectAll()
    .where("status", "in", ["submitted", "unknown"])
    .where(
      sql<boolean>`coalesce(to_timestamp(sent_wall_ms / 1000.0), updated_at)
        <= now() - make_interval(secs => ${olderThanMs / 1_000})`,
    )
    .orderBy("updated_at")
    .execute();
}

/** Run time of the last thing learned of an order. @returns `null` when nothing was. */
export async function lastUpdateAt(db: Db, clientOrderId: string): Promise<Date | null> {
  const found = await db
    .selectFrom("order_updates")
    .select("at")
    .where("client_order_id", "=", clientOrderId as ClientOrderId) // The column's own type.
    .orderBy("update_id", "desc")
    .limit(1)
    .executeTakeFirst();
  return found?.at ?? null;
}

/** Open alarms of one code. */
export async function openAlarmsOf(db: Db, code: string): Promise<readonly AlarmRow[]> {
  return db
    .selectFrom("alarms")
    .selectAll()
    .where("code", "=", code)
    .where("cleared_at", "is", null)
    .execute();
}

/** What came of acknowledging one alert. */
export interface Acknowledged {
  readonly id: number;
  readonly outcome: "acknowledged" | "already-acknowledged" | "needs-none" | "not-found";
}

/** Acknowledges critical alerts: they are repeated no more. Kept in the audit log. */
export async function acknowledgeAlerts(
  db: Db,
  ids: readonly number[],
  by: {
    readonly mode: Mode;
    readonly actor: string;
    readonly note: string | null;
    readonly at: Date;
  },
): Promise<readonly Acknowledged[]> {
  return db.transaction().execute(async (tx) => {
    const outcomes: Acknowledged[] = [];
    for (const id of ids) {
      const row = await tx
        .selectFrom("alarms")
        .selectAll()
        .where("alarm_id", "=", id)
        .forUpdate()
        .executeTakeFirst();
      const outcome = outcomeFor(row);
      if (outcome === "acknowledged" && row) await acknowledge(tx, row, by);
      outcomes.push({ id, outcome });
    }
    return outcomes;
  });
}

function outcomeFor(row: AlarmRow | undefined): Acknowledged["outcome"] {
  if (!row) return "not-found";
  if (row.severity !== "critical") return "needs-none";
  return row.acknowledged_at === null ? "acknowledged" : "already-acknowledged";
}

async function acknowledge(
  tx: Db,
  row: AlarmRow,
  by: Parameters<typeof acknowledgeAlerts>[2],
): Promise<void> {
  await tx
    .updateTable("alarms")
    .set({ acknowledged_at: by.at, acknowledged_by: by.actor, next_notice_at: null })
    .where("alarm_id", "=", row.alarm_id)
    .execute();
  await tx
    .updateTable("alert_deliveries")
    .set({ status: "failed", said: "acknowledged before it was sent" })
    .where("alarm_id", "=", row.alarm_id)
    .where("status", "=", "pending")
    .execute();
  await appendAudit(tx, {
    mode: by.mode,
    kind: "alert-acknowledged",
    actor: by.actor,
    subject: `alert-${row.alarm_id}`,
    details: { code: row.code, field: row.field, count: row.count, note: by.note },
    at: by.at,
  });
}

/** An alert with what came of its deliveries, in the order they were planned. */
export interface AlertView {
  readonly alert: AlarmRow;
  readonly deliveries: readonly DeliveryRow[];
}

/** Ids of the critical alerts that nobody has acknowledged, oldest first. */
export async function unacknowledgedIds(db: Db): Promise<readonly number[]> {
  const rows = await unacknowledged(db).select("alarm_id").orderBy("alarm_id").execute();
  return rows.map(({ alarm_id: id }) => id);
}

/** Alerts that are open, and critical ones that nobody has acknowledged, newest first. */
export async function listAlerts(db: Db): Promise<readonly AlertView[]> {
  const open = db
    .selectFrom("alarms")
    .select("alarm_id")
    .where("cleared_at", "is", null)
    .where("severity", "<>", "info");
  const alerts = await db
    .selectFrom("alarms")
    .selectAll()
    .where("alarm_id", "in", open.union(unacknowledged(db).select("alarm_id")))
    .orderBy("alarm_id", "desc")
    .execute();
  if (alerts.length === 0) return [];
  const deliveries = await db
    .selectFrom("alert_deliveries")
    .selectAll()
    .where(
      "alarm_id",
      "in",
      alerts.map((alert) => alert.alarm_id),
    )
    .orderBy("delivery_id")
    .execute();
  return alerts.map((alert) => ({
    alert,
    deliveries: deliveries.filter((one) => one.alarm_id === alert.alarm_id),
  }));
}

/** Those of before alerts existed were never due. */
function unacknowledged(db: Db) {
  return db
    .selectFrom("alarms")
    .where("severity", "=", "critical")
    .where("acknowledged_at", "is", null)
    .where((eb) => eb.or([eb("notices", ">", 0), eb("next_notice_at", "is not", null)]));
}
