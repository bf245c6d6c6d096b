import { type Selectable, sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { KillLevel } from "../../core/domain/kill.ts";
import { type Instant } from "../../core/domain/units.ts";
import { type Db, toDate } from "../database.ts";
import type { Database } from "../tables.ts";
import { clearAlarm, raiseAlarm } from "./alarms.ts";
import { appendAudit } from "./audit.ts";

export type BreakerRow = Selectable<Database["circuit_breakers"]>;

/** A breaker's trip: what, why, and the kill it causes. */
export interface Trip {
  readonly mode: Mode;
  /** Stable code, such as `daily_loss`. */
  readonly breaker: string;
  readonly cause: string;
  readonly numbers: Readonly<Record<string, number | string>>;
  readonly level: KillLevel;
  readonly runId: string | null;
  readonly at: Instant;
}

/** Code of the alarm that a standing breaker is; its field is the breaker's code. */
const TRIPPED_ALARM = "breaker_tripped";

/**
 * Trips a breaker: its row, the kill it causes, alarm and audit row, in the transaction given. One
 * that stands already stays as it is, also when two trip it at once.
 *
 * @returns the breaker's id, or `null` when it stood already.
 */
export async function tripBreaker(tx: Db, trip: Trip): Promise<number | null> {
  const { rows } = await sql<{ breaker_id: number }>`
    insert into circuit_breakers (mode, breaker, cause, numbers, level, run_id, tripped_at)
    values (${trip.mode}, ${trip.breaker}, ${trip.cause}, ${JSON.stringify(trip.numbers)},
      ${trip.level}, ${trip.runId}, ${toDate(trip.at)})
    on conflict (mode, breaker) where released_at is null do nothing
    returning breaker_id`.execute(tx);
  const breakerId = rows[0]?.breaker_id;
  if (breakerId === undefined) return null;
  await tx
    .insertInto("kill_switch")
    .values({
      kill_id: `breaker-${breakerId}`,
      mode: trip.mode,
      level: trip.level,
      reason: `${trip.breaker}: ${trip.cause}`,
      by: "breaker",
      breaker_id: breakerId,
    })
    .execute();
  await raiseAlarm(tx, {
    runId: trip.runId,
    gameId: null,
    severity: "critical",
    code: TRIPPED_ALARM,
    field: trip.breaker,
    message:
      `${trip.mode}: breaker ${trip.breaker} tripped, kill ${trip.level}: ${trip.cause}; ` +
      `released by: npx tipoff resume --breaker ${breakerId} --reason TEXT`,
    details: { breakerId, numbers: trip.numbers },
    at: trip.at,
  });
  await appendAudit(tx, {
    mode: trip.mode,
    kind: "breaker-tripped",
    actor: "breaker",
    subject: `breaker-${breakerId}`,
    details: { breaker: trip.breaker, cause: trip.cause, numbers: trip.numbers, level: trip.level },
    at: toDate(trip.at),
  });
  return breakerId;
}

/** One breaker, locked until the transaction ends: whoever releases it does so alone. */
export async function lockBreaker(tx: Db, breakerId: number): Promise<BreakerRow | null> {
  const found = await tx
    .selectFrom("circuit_breakers")
    .selectAll()
    .where("breaker_id", "=", breakerId)
    .forUpdate()
    .executeTakeFirst();
  return found ?? null;
}

/**
 * Releases a breaker that stands, and with it its kill, in the transaction given: lock it first, and
 * see that its cause has ended.
 */
export async function releaseBreaker(
  tx: Db,
  breaker: BreakerRow,
  release: { readonly by: string; readonly reason: string; readonly at: Instant },
): Promise<void> {
  const { breaker_id: breakerId, mode, run_id: runId } = breaker;
  const { by, reason } = release;
  const released = { released_at: sql<Date>`now()`, released_by: by, release_reason: reason };
  for (const table of ["circuit_breakers", "kill_switch"] as const) {
    await tx
      .updateTable(table)
      .set(released)
      .where("breaker_id", "=", breakerId)
      .where("released_at", "is", null)
      .execute();
  }
  const alarm = { runId, gameId: null, code: TRIPPED_ALARM, field: breaker.breaker };
  await clearAlarm(tx, alarm, release.at);
  await appendAudit(tx, {
    mode,
    kind: "breaker-released",
    actor: by,
    subject: `breaker-${breakerId}`,
    details: { breaker: breaker.breaker, reason },
    at: toDate(release.at),
  });
}

/** Breakers of a mode that stand, oldest first. */
export async function openBreakers(db: Db, mode: Mode): Promise<readonly BreakerRow[]> {
  return db
    .selectFrom("circuit_breakers")
    .selectAll()
    .where("mode", "=", mode)
    .where("released_at", "is", null)
    .orderBy("breaker_id")
    .execute();
}

/** Every breaker of a mode that ever tripped, the latest first. */
export async function breakersOfMode(db: Db, mode: Mode): Promise<readonly BreakerRow[]> {
  return db
    .selectFrom("circuit_breakers")
    .selectAll()
    .where("mode", "=", mode)
    .orderBy("breaker_id", "desc")
    .execute();
}

export type ConditionRow = Selectable<Database["breaker_conditions"]>;

/** Writes down how the cause of a breaker stands, as the worker sees it. */
export async function recordCondition(
  db: Db,
  condition: {
    readonly mode: Mode;
    readonly breaker: string;
    readonly holds: boolean;
    readonly cause: string;
    readonly numbers: object;
    readonly at: Instant;
  },
): Promise<void> {
  const { mode, breaker, holds, cause } = condition;
  const row = {
    holds,
    cause,
    numbers: JSON.stringify(condition.numbers),
    at: toDate(condition.at),
  };
  await db
    .insertInto("breaker_conditions")
    .values({ mode, breaker, ...row })
    .onConflict((conflict) =>
      conflict
        .columns(["mode", "breaker"])
        .doUpdateSet({ ...row, recorded_at: sql`clock_timestamp()` }),
    )
    .execute();
}

/** How the cause of a breaker stood when it was last looked at. @returns `null` before the first look. */
export async function findCondition(
  db: Db,
  mode: Mode,
  breaker: string,
): Promise<ConditionRow | null> {
  const found = await db
    .selectFrom("breaker_conditions")
    .selectAll()
    .where("mode", "=", mode)
    .where("breaker", "=", breaker)
    .executeTakeFirst();
  return found ?? null;
}
