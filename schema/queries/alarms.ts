import { type Selectable, sql } from "kysely";
import { ALERT_WINDOW_MS } from "../../core/domain/alert.ts";
import type { Mode } from "../../core/domain/decision.ts";
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

/**
 * Raises an alarm, or counts one more on the same: on the one that is open, or on one that had ended
 * and is not older than the window in which the same cause is one alert.
 *
 * @returns how often it was raised.
 */
export async function raiseAlarm(db: Db, alarm: NewAlarm): Promise<number> {
  const { runId, gameId, code, field } = alarm;
  const details = JSON.stringify(alarm.details);
  const at = toDate(alarm.at);
  const { rows } = await sql<{ count: number }>`
    with again as (
      update alarms set count = count + 1, message = ${alarm.message}, details = ${details},
        last_at = greatest(last_at, ${at}), cleared_at = null,
        -- What somebody has acknowledged was over: that it is back, nobody has seen yet.
        acknowledged_at = null, acknowledged_by = null,
        next_notice_at = case when acknowledged_at is null then next_notice_at else now() end
      where cleared_at is not null and alarm_id = (
        select alarm_id from alarms
        where code = ${code} and field is not distinct from ${field} and nature = 'condition'
          and run_id is not distinct from ${runId} and game_id is not distinct from ${gameId}
          and recorded_at > now() - make_interval(secs => ${ALERT_WINDOW_MS / 1_000})
        order by alarm_id desc limit 1)
      returning count
    ), fresh as (
      insert into alarms
        (run_id, game_id, severity, code, field, message, details, raised_at, last_at)
      select ${runId}, ${gameId}, ${alarm.severity}, ${code}, ${field}, ${alarm.message}, ${details},
        ${at}, ${at}
      where not exists (select from again)
      on conflict (coalesce(run_id, ''), coalesce(game_id, ''), code, coalesce(field, ''))
        where cleared_at is null
      do update set count = alarms.count + 1, message = excluded.message,
        details = excluded.details, last_at = greatest(alarms.last_at, excluded.last_at)
      returning count
    )
    select count from again union all select count from fresh`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Tells a fact, which is over when it is told. @returns false when its source was told before. */
export async function tellFact(
  db: Db,
  fact: NewAlarm & { readonly source: string },
): Promise<boolean> {
  const at = toDate(fact.at);
  const inserted = await db
    .insertInto("alarms")
    .values({
      run_id: fact.runId,
      game_id: fact.gameId,
      severity: fact.severity,
      code: fact.code,
      field: fact.field,
      message: fact.message,
      details: JSON.stringify(fact.details),
      raised_at: at,
      last_at: at,
      cleared_at: at,
      nature: "fact",
      source: fact.source,
    })
    .onConflict((conflict) => conflict.column("source").doNothing())
    .executeTakeFirst();
  return (inserted.numInsertedOrUpdatedRows ?? 0n) > 0n;
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

/** Clears every open alarm of these codes. @returns how many there were. */
export async function clearAlarms(db: Db, codes: readonly string[], at: Instant): Promise<number> {
  const cleared = await db
    .updateTable("alarms")
    .set({ cleared_at: toDate(at) })
    .where("cleared_at", "is", null)
    .where("code", "in", codes)
    .executeTakeFirst();
  return Number(cleared.numUpdatedRows);
}

/**
 * Clears the open alarms of some codes whose condition is not among those that stand. One that was
 * raised after `at` is not judged. @returns how many were cleared.
 */
export async function clearAlarmsBut(
  db: Db,
  mode: Mode,
  standing: {
    readonly codes: readonly string[];
    readonly keep: readonly AlarmKey[];
    readonly at: Instant;
  },
): Promise<number> {
  const names = standing.keep.map(({ runId, gameId, code, field }) =>
    [runId ?? "", gameId ?? "", code, field ?? ""].join("|"),
  );
  const cleared = await db
    .updateTable("alarms")
    .set({ cleared_at: toDate(standing.at) })
    .where("cleared_at", "is", null)
    .where("code", "in", standing.codes)
    .where("last_at", "<=", toDate(standing.at))
    .where(
      sql<boolean>`(run_id is null or run_id in (select run_id from runs where mode = ${mode}))`,
    )
    .where(sql<boolean>`concat_ws('|', coalesce(run_id, ''), coalesce(game_id, ''), code,
      coalesce(field, '')) <> all(${names}::text[])`)
    .executeTakeFirst();
  return Number(cleared.numUpdatedRows);
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
