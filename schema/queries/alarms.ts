import { type Selectable, sql } from "kysely";
import type { Instant } from "../../core/domain/units.ts";
import { type Db, toDate } from "../database.ts";
import type { Database } from "../tables.ts";

export type AlarmRow = Selectable<Database["alarms"]>;

/** Where an alarm belongs and what it is about; two with the same are one. */
export interface AlarmKey {
  readonly runId: string | null;
  readonly gameId: string | null;
  /** Stable code, such as `FEED_INVALID` or `fee_mismatch`. */
  readonly code: string;
  /** Name of the field at fault, when there is one. */
  readonly field: string | null;
}

/** Something a person should see. `details` is JSON-safe and holds no secret. */
export interface NewAlarm extends AlarmKey {
  readonly severity: AlarmRow["severity"];
  readonly message: string;
  readonly details: object;
  readonly at: Instant;
}

/** Raises an alarm, or counts one more on the same that is open. @returns how often it was raised. */
export async function raiseAlarm(db: Db, alarm: NewAlarm): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    insert into alarms
      (run_id, game_id, severity, code, field, message, details, raised_at, last_at)
    values (${alarm.runId}, ${alarm.gameId}, ${alarm.severity}, ${alarm.code}, ${alarm.field},
      ${alarm.message}, ${JSON.stringify(alarm.details)}, ${toDate(alarm.at)}, ${toDate(alarm.at)})
    on conflict (coalesce(run_id, ''), coalesce(game_id, ''), code, coalesce(field, ''))
      where cleared_at is null
    do update set count = alarms.count + 1, message = excluded.message,
      details = excluded.details, last_at = greatest(alarms.last_at, excluded.last_at)
    returning count`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Clears an open alarm: the condition has ended. @returns whether one was open. */
export async function clearAlarm(db: Db, key: AlarmKey, at: Instant): Promise<boolean> {
  const cleared = await db
    .updateTable("alarms")
    .set({ cleared_at: toDate(at) })
    .where("cleared_at", "is", null)
    .where("run_id", "is not distinct from", key.runId)
    .where("game_id", "is not distinct from", key.gameId)
    .where("code", "=", key.code)
    .where("field", "is not distinct from", key.field)
    .executeTakeFirst();
  return cleared.numUpdatedRows > 0n;
}

/** Alarms of a run, oldest first. */
export async function alarmsOfRun(db: Db, runId: string): Promise<readonly AlarmRow[]> {
  return db
    .selectFrom("alarms")
    .selectAll()
    .where("run_id", "=", runId)
    .orderBy("raised_at")
    .orderBy("alarm_id")
    .execute();
}

/** Every alarm that is open, the latest first. */
export async function openAlarms(db: Db): Promise<readonly AlarmRow[]> {
  return db
    .selectFrom("alarms")
    .selectAll()
    .where("cleared_at", "is", null)
    .orderBy("last_at", "desc")
    .execute();
}
