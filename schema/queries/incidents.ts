import type { Selectable } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { Db } from "../database.ts";
import type { Database } from "../tables.ts";
import { appendAudit } from "./audit.ts";

export type IncidentRow = Selectable<Database["incidents"]>;

/** What an incident is about, and its window on the wall's clock. */
export interface NewIncident {
  readonly mode: Mode;
  readonly source: IncidentRow["source"];
  /** Null for a window given by hand. */
  readonly sourceId: string | null;
  readonly what: string;
  readonly from: Date;
  readonly to: Date;
  readonly openedBy: string;
}

/** Opens an incident. @returns its id. */
export async function openIncident(db: Db, incident: NewIncident): Promise<number> {
  const { mode, source, sourceId, what, from, to, openedBy } = incident;
  return db.transaction().execute(async (tx) => {
    const opened = await tx
      .insertInto("incidents")
      .values({
        mode,
        source,
        source_id: sourceId,
        what,
        from_at: from,
        to_at: to,
        opened_by: openedBy,
      })
      .returning(["incident_id", "opened_at"])
      .executeTakeFirstOrThrow();
    await appendAudit(tx, {
      mode,
      kind: "incident",
      actor: openedBy,
      subject: `incident-${opened.incident_id}`,
      details: { act: "opened", source, sourceId, what, from, to },
      at: opened.opened_at,
    });
    return opened.incident_id;
  });
}

/** Notes the archive that was gathered; its hash goes into the audit log, and so into the chain. */
export async function attachArchive(
  db: Db,
  archive: { readonly incidentId: number; readonly file: string; readonly sha256: string },
): Promise<void> {
  const { incidentId, file, sha256 } = archive;
  await db.transaction().execute(async (tx) => {
    const row = await tx
      .updateTable("incidents")
      .set({ archive: file, archive_sha256: sha256 })
      .where("incident_id", "=", incidentId)
      .returning(["mode", "opened_by", "opened_at"])
      .executeTakeFirstOrThrow();
    await appendAudit(tx, {
      mode: row.mode,
      kind: "incident",
      actor: row.opened_by,
      subject: `incident-${incidentId}`,
      details: { act: "archived", file, sha256 },
      at: row.opened_at,
    });
  });
}

/** Closes an incident with what was learned. @returns `unknown` and `closed` where nothing changed. */
export async function closeIncident(
  db: Db,
  close: {
    readonly incidentId: number;
    readonly by: string;
    readonly resolution: string;
    readonly at: Date;
  },
): Promise<"done" | "unknown" | "closed"> {
  const { incidentId, by, resolution, at } = close;
  return db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom("incidents")
      .select(["mode", "closed_at"])
      .where("incident_id", "=", incidentId)
      .forUpdate()
      .executeTakeFirst();
    if (!row) return "unknown";
    if (row.closed_at !== null) return "closed";
    await tx
      .updateTable("incidents")
      .set({ closed_at: at, closed_by: by, resolution })
      .where("incident_id", "=", incidentId)
      .execute();
    await appendAudit(tx, {
      mode: row.mode,
      kind: "incident",
      actor: by,
      subject: `incident-${incidentId}`,
      details: { act: "closed", resolution },
      at,
    });
    return "done";
  });
}

/** Incidents, the latest first. A gate counts them by `opened_at` (`gateIncidents`). */
export async function listIncidents(db: Db): Promise<readonly IncidentRow[]> {
  return db.selectFrom("incidents").selectAll().orderBy("incident_id", "desc").execute();
}

/** What an incident can be about, with the moment it began on the wall's clock. */
export interface IncidentSource {
  readonly source: "alarm" | "breaker" | "kill";
  readonly sourceId: string;
  /** Null where it belongs to no mode of its own. */
  readonly mode: Mode | null;
  readonly what: string;
  readonly at: Date;
}

/**
 * Finds what an id names: `alarm-N` or a plain number is an alarm, `breaker-N` a breaker, anything
 * else a kill. @returns `null` when there is none.
 */
export async function findIncidentSource(db: Db, id: string): Promise<IncidentSource | null> {
  const [, kind = "alarm", number] = /^(?:(alarm|breaker)-)?(\d{1,15})$/.exec(id) ?? [];
  if (number === undefined) return findKillSource(db, id);
  return kind === "breaker"
    ? findBreakerSource(db, Number(number))
    : findAlarmSource(db, Number(number));
}

async function findAlarmSource(db: Db, alarmId: number): Promise<IncidentSource | null> {
  const row = await db
    .selectFrom("alarms")
    .select(["code", "message", "recorded_at"])
    .where("alarm_id", "=", alarmId)
    .executeTakeFirst();
  if (!row) return null;
  const what = `${row.code}: ${row.message}`;
  return { source: "alarm", sourceId: String(alarmId), mode: null, what, at: row.recorded_at };
}

async function findBreakerSource(db: Db, breakerId: number): Promise<IncidentSource | null> {
  const row = await db
    .selectFrom("circuit_breakers")
    .select(["mode", "breaker", "cause", "recorded_at"])
    .where("breaker_id", "=", breakerId)
    .executeTakeFirst();
  if (!row) return null;
  const { mode, recorded_at: at } = row;
  const what = `${row.breaker}: ${row.cause}`;
  return { source: "breaker", sourceId: String(breakerId), mode, what, at };
}

async function findKillSource(db: Db, killId: string): Promise<IncidentSource | null> {
  const row = await db
    .selectFrom("kill_switch")
    .select(["mode", "level", "reason", "thrown_at"])
    .where("kill_id", "=", killId)
    .executeTakeFirst();
  if (!row) return null;
  const what = `${row.level}: ${row.reason}`;
  return { source: "kill", sourceId: killId, mode: row.mode, what, at: row.thrown_at };
}
