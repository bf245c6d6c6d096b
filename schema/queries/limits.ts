import type { Selectable } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import { type Db, toInstant } from "../database.ts";
import type { Database } from "../tables.ts";
import { clearAlarm } from "./alarms.ts";
import { appendAudit } from "./audit.ts";
import { lockRisk } from "./intents.ts";
import { lockedWindow } from "./locks.ts";
import { openOrders } from "./orders.ts";
import { openPositions } from "./positions.ts";

/** The alarm of a limits file that was edited and not applied. */
export const LIMITS_EDITED = {
  runId: null,
  gameId: null,
  code: "limits_edited",
  field: null,
} as const;

export type LimitsRow = Selectable<Database["risk_limits_in_force"]>;

/** A limits file that is put in force. */
export interface NewLimits {
  readonly mode: Mode;
  readonly hash: string;
  readonly text: string;
  readonly by: string;
  readonly reason: string;
  /** What changes, for the audit log; empty at the first start. */
  readonly changes: readonly object[];
}

/** The limits in force in a mode. @returns `null` before the first start. */
export async function limitsInForce(db: Db, mode: Mode): Promise<LimitsRow | null> {
  const found = await db
    .selectFrom("risk_limits_in_force")
    .selectAll()
    .where("mode", "=", mode)
    .orderBy("in_force_id", "desc")
    .limit(1)
    .executeTakeFirst();
  return found ?? null;
}

/** The text of limits that were in force once, by their hash. @returns `null` when they never were. */
export async function limitsText(db: Db, hash: string): Promise<string | null> {
  const found = await db
    .selectFrom("risk_limits_in_force")
    .select("text")
    .where("hash", "=", hash)
    .limit(1)
    .executeTakeFirst();
  return found?.text ?? null;
}

/** Puts limits in force from the commit on, with their audit row, in the transaction given. */
export async function putInForce(tx: Db, limits: NewLimits): Promise<void> {
  const { mode, hash, text, by, reason, changes } = limits;
  const { at } = await tx
    .insertInto("risk_limits_in_force")
    .values({ mode, hash, text, by, reason })
    .returning("at")
    .executeTakeFirstOrThrow();
  await appendAudit(tx, {
    mode,
    kind: "limits",
    actor: by,
    subject: hash,
    details: { reason, changes },
    at,
  });
}

/** What came of applying a file. */
export type ApplyOutcome =
  | { readonly kind: "applied" }
  /** A loosening, and something is at stake: nothing was changed. */
  | { readonly kind: "refused"; readonly because: readonly string[] }
  /** Others were put in force since the difference was made: nothing was changed. */
  | { readonly kind: "overtaken" };

/**
 * Puts an edited file in force, while no order is judged. A loosening is refused while orders or positions
 * are open or a test window is locked.
 */
export async function applyLimits(
  db: Db,
  limits: NewLimits & { readonly replaces: string | null; readonly isLoosening: boolean },
): Promise<ApplyOutcome> {
  const { mode } = limits;
  return db.transaction().execute(async (tx) => {
    await lockRisk(tx, mode);
    const inForce = await limitsInForce(tx, mode);
    if ((inForce?.hash ?? null) !== limits.replaces) return { kind: "overtaken" };
    const because = limits.isLoosening ? await atStake(tx, mode) : [];
    if (because.length > 0) return { kind: "refused", because };
    await putInForce(tx, limits);
    const applied = await limitsInForce(tx, mode);
    if (applied) await clearAlarm(tx, LIMITS_EDITED, toInstant(applied.at));
    return { kind: "applied" };
  });
}

async function atStake(tx: Db, mode: Mode): Promise<readonly string[]> {
  const orders = (await openOrders(tx, mode)).length;
  const positions = (await openPositions(tx, mode)).length;
  const lock = await lockedWindow(tx, mode);
  return [
    ...(orders > 0 ? [`${orders} orders are open`] : []),
    ...(positions > 0 ? [`${positions} positions are open`] : []),
    ...(lock === null ? [] : [`test window ${lock} is locked`]),
  ];
}
