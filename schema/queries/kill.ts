import { type Selectable, sql } from "kysely";
import type pg from "pg";
import type { Mode } from "../../core/domain/decision.ts";
import { allowsOrder, type KillLevel, stricter } from "../../core/domain/kill.ts";
import type { ClientOrderId } from "../../core/domain/order.ts";
import type { Db } from "../database.ts";
import type { Database } from "../tables.ts";
import { appendAudit } from "./audit.ts";
import { openOrders, type OrderRow } from "./orders.ts";

export type KillRow = Selectable<Database["kill_switch"]>;

/** A kill that stands. */
export interface ActiveKill {
  readonly killId: string;
  readonly level: KillLevel;
}

/** First key of the lock that senders share and a kill takes alone; the second is the mode. */
const SEND_LOCK = 7_401;
const MODE_KEYS: Readonly<Record<Mode, number>> = { shadow: 1, paper: 2 };
const LOCK_TIMEOUT = "55P03";

/** A kill to be thrown. */
export interface NewKill {
  readonly killId: string;
  readonly mode: Mode;
  readonly level: KillLevel;
  readonly reason: string;
  readonly by: string;
}

/**
 * Throws the kill switch: from its commit on, no intent that it forbids is approved or sent. The
 * row is enough: the worker drives every kill that stands to its end.
 *
 * @returns whether it was thrown now; a repeat changes nothing.
 */
export async function throwKill(db: Db, kill: NewKill): Promise<boolean> {
  const { killId, mode, level, reason, by } = kill;
  return db.transaction().execute(async (tx) => {
    const thrown = await tx
      .insertInto("kill_switch")
      .values({ kill_id: killId, mode, level, reason, by })
      .onConflict((conflict) => conflict.column("kill_id").doNothing())
      .returning("thrown_at")
      .executeTakeFirst();
    if (thrown === undefined) return false;
    await appendAudit(tx, {
      mode,
      kind: "kill",
      actor: by,
      subject: killId,
      details: { level, reason },
      at: thrown.thrown_at,
    });
    return true;
  });
}

/** Kills of a mode that stand and have no report: their workflows run, or are to be started. */
export async function unfinishedKills(db: Db, mode: Mode): Promise<readonly NewKill[]> {
  return db
    .selectFrom("kill_switch")
    .select(["kill_id as killId", "mode", "level", "reason", "by"])
    .where("mode", "=", mode)
    .where("released_at", "is", null)
    .where("report", "is", null)
    .orderBy("thrown_at")
    .execute();
}

/** Kills of a mode, the latest first: all that stand, and as many others as asked for. */
export async function recentKills(db: Db, mode: Mode, others: number): Promise<readonly KillRow[]> {
  const rows = await db
    .selectFrom("kill_switch")
    .selectAll()
    .where("mode", "=", mode)
    .orderBy(sql`released_at is null`, "desc")
    .orderBy("thrown_at", "desc")
    .limit(1_000)
    .execute();
  const standing = rows.filter(({ released_at }) => released_at === null);
  return rows.slice(0, standing.length + others);
}

/** Kills that stand in a mode, the oldest first. */
export async function standingKills(db: Db, mode: Mode): Promise<readonly KillRow[]> {
  return db
    .selectFrom("kill_switch")
    .selectAll()
    .where("mode", "=", mode)
    .where("released_at", "is", null)
    .orderBy("thrown_at")
    .execute();
}

/** The kill that stands in a mode: the strictest, when several were thrown. @returns `null` when none. */
export async function activeKill(db: Db, mode: Mode): Promise<ActiveKill | null> {
  const rows = await standingKills(db, mode);
  return strictest(rows.map(({ kill_id: killId, level }) => ({ killId, level })));
}

/** Who lifts kills, why, and which: those that stood when it was looked whether they may be lifted. */
export interface Release {
  readonly mode: Mode;
  readonly by: string;
  readonly reason: string;
  /** Ids. */
  readonly seen: readonly string[];
}

/** What became of kills that were to be lifted. */
export type ReleaseOutcome =
  | { readonly kind: "released"; readonly released: readonly string[] }
  /** Others stand that nobody looked at: all stay. */
  | { readonly kind: "unseen"; readonly kills: readonly KillRow[] }
  /** Somebody else has written kills for longer than was waited: all stay. */
  | { readonly kind: "busy" };

/**
 * Releases the kills of a mode that were seen, but those whose breaker stands: only the breaker's release
 * lifts them. Where another one stands nothing is released; one that is being thrown is waited for, at most
 * `timeoutMs`, since what is thrown meanwhile waits behind it.
 */
export async function releaseKill(
  db: Db,
  release: Release,
  timeoutMs = 2_000,
): Promise<ReleaseOutcome> {
  try {
    return await releaseWithin(db, release, timeoutMs);
  } catch (error) {
    if (isLockTimeout(error)) return { kind: "busy" };
    throw error;
  }
}

async function releaseWithin(
  db: Db,
  { mode, by, reason, seen }: Release,
  timeoutMs: number,
): Promise<ReleaseOutcome> {
  return db.transaction().execute(async (tx) => {
    await boundLockWaits(tx, timeoutMs);
    // Against whoever throws: no row is there yet that could be locked.
    await sql`lock table kill_switch in share row exclusive mode`.execute(tx);
    const kills = (await standingKills(tx, mode)).filter(({ kill_id }) => !seen.includes(kill_id));
    if (kills.length > 0) return { kind: "unseen", kills };
    const released = await tx
      .updateTable("kill_switch")
      .set({ released_at: sql`now()`, released_by: by, release_reason: reason })
      .where("mode", "=", mode)
      .where("kill_id", "=", sql<string>`any(${[...seen]}::text[])`)
      .where("released_at", "is", null)
      .where((row) =>
        row.not(
          row.exists(
            row
              .selectFrom("circuit_breakers")
              .select("circuit_breakers.breaker_id")
              .whereRef("circuit_breakers.breaker_id", "=", "kill_switch.breaker_id")
              .where("circuit_breakers.released_at", "is", null),
          ),
        ),
      )
      .returning(["kill_id", "released_at"])
      .execute();
    for (const { kill_id, released_at } of released) {
      if (released_at === null) continue;
      const details = { reason };
      await appendAudit(tx, {
        mode,
        kind: "resume",
        actor: by,
        subject: kill_id,
        details,
        at: released_at,
      });
    }
    return { kind: "released", released: released.map(({ kill_id }) => kill_id) };
  });
}

/** Whether a kill forbids an order of ours to be sent, or to rest. */
export function forbidsOrder(
  level: KillLevel | null,
  order: Pick<OrderRow, "purpose" | "is_reduce_only" | "exit_type">,
): boolean {
  const { purpose, is_reduce_only: isReduceOnly, exit_type: exitType } = order;
  return !allowsOrder(level, { purpose, isReduceOnly, exitType });
}

/** What came of a send under the lock. */
export type SendOutcome<T> =
  | { readonly kind: "sent"; readonly value: T }
  | { readonly kind: "killed"; readonly killId: string; readonly level: KillLevel };

/**
 * Sends one order under the lock that a kill waits for: looks at the kill switch once more, and if
 * it allows this order runs `send` to its response or its timeout.
 *
 * Takes a connection of its own for as long, which `send` may use: give it a pool that nobody else uses.
 */
export async function withSendLock<T>(
  pool: pg.Pool,
  mode: Mode,
  order: Parameters<typeof forbidsOrder>[1],
  send: (connection: pg.PoolClient) => Promise<T>,
): Promise<SendOutcome<T>> {
  const client = await pool.connect();
  let isLocked = false;
  try {
    const kills = await lockAndLook(client, mode);
    isLocked = true;
    const kill = strictest(kills);
    if (kill && forbidsOrder(kill.level, order)) return { kind: "killed", ...kill };
    return { kind: "sent", value: await send(client) };
  } finally {
    await unlock(client, mode, isLocked);
  }
}

/**
 * Two statements in one round trip: the second looks with a snapshot of its own, taken when the lock is
 * held, so that it sees the kill that was waited for. Text without parameters is what allows two.
 */
async function lockAndLook(client: pg.PoolClient, mode: Mode): Promise<readonly ActiveKill[]> {
  const results: unknown = await client.query(
    `select pg_advisory_lock_shared(${SEND_LOCK}, ${MODE_KEYS[mode]});
     select kill_id as "killId", level from kill_switch
       where mode = ${client.escapeLiteral(mode)} and released_at is null order by thrown_at`,
  );
  // The driver answers an array for several statements, which its types do not say.
  const [, kills] = results as readonly [unknown, pg.QueryResult<ActiveKill>];
  return kills.rows;
}

/** A lock that cannot be given back ends with its connection. */
async function unlock(client: pg.PoolClient, mode: Mode, isLocked: boolean): Promise<void> {
  if (!isLocked) {
    client.release(true);
    return;
  }
  await client.query("select pg_advisory_unlock_shared($1, $2)", [SEND_LOCK, MODE_KEYS[mode]]).then(
    () => {
      client.release();
    },
    () => {
      client.release(true);
    },
  );
}

/** What a kill knows when it answers. */
export interface Acknowledgement {
  /** True: no sender is under way any more. False: the time ran out, and `inFlight` says who is. */
  readonly isQuiet: boolean;
  /** Orders whose response had not come when the kill answered. */
  readonly inFlight: readonly ClientOrderId[];
}

/**
 * Waits until every send that began before the kill has ended, at most `timeoutMs`; senders that
 * come meanwhile wait no longer than that, and then see the kill.
 */
export async function acknowledgeKill(
  db: Db,
  kill: { readonly killId: string; readonly mode: Mode },
  timeoutMs = 2_000,
): Promise<Acknowledgement> {
  const isQuiet = await drainSenders(db, kill.mode, timeoutMs);
  const submitted = await openOrders(db, kill.mode, ["submitted"]);
  await db
    .updateTable("kill_switch")
    .set({ acknowledged_at: sql`coalesce(acknowledged_at, clock_timestamp())` })
    .where("kill_id", "=", kill.killId)
    .execute();
  return { isQuiet, inFlight: submitted.map(({ client_order_id }) => client_order_id) };
}

/** From here on the transaction waits for no lock longer than so. */
async function boundLockWaits(tx: Db, timeoutMs: number): Promise<void> {
  await sql`select set_config('lock_timeout', ${`${timeoutMs}ms`}, true)`.execute(tx);
}

async function drainSenders(db: Db, mode: Mode, timeoutMs: number): Promise<boolean> {
  try {
    // The lock lives as long as this transaction: it is given back at once.
    await db.transaction().execute(async (tx) => {
      await boundLockWaits(tx, timeoutMs);
      await sql`select pg_advisory_xact_lock(${SEND_LOCK}::int, ${MODE_KEYS[mode]}::int)`.execute(
        tx,
      );
    });
    return true;
  } catch (error) {
    if (isLockTimeout(error)) return false;
    throw error;
  }
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === LOCK_TIMEOUT;
}

/**
 * Records how a kill went on: that the venue shows no resting order, or no position, and its report
 * as JSON text. An instant once set stays.
 */
export async function recordKillProgress(
  db: Db,
  killId: string,
  progress: { readonly hasNoResting?: true; readonly isFlat?: true; readonly report?: string },
): Promise<void> {
  await db
    .updateTable("kill_switch")
    .set({
      ...(progress.hasNoResting && {
        no_resting_at: sql<Date>`coalesce(no_resting_at, clock_timestamp())`,
      }),
      ...(progress.isFlat && { flat_at: sql<Date>`coalesce(flat_at, clock_timestamp())` }),
      ...(progress.report === undefined ? {} : { report: progress.report }),
      kill_id: killId,
    })
    .where("kill_id", "=", killId)
    .execute();
}

/** One kill. @returns `null` when there is none of this id. */
export async function findKill(db: Db, killId: string): Promise<KillRow | null> {
  const found = await db
    .selectFrom("kill_switch")
    .selectAll()
    .where("kill_id", "=", killId)
    .executeTakeFirst();
  return found ?? null;
}

function strictest(kills: readonly ActiveKill[]): ActiveKill | null {
  return kills.reduce<ActiveKill | null>(
    (worst, kill) => (worst && stricter(worst.level, kill.level) === worst.level ? worst : kill),
    null,
  );
}
