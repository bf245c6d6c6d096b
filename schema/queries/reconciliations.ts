import type { Selectable } from "kysely";
import type { Instant, UsdMicros } from "../../core/domain/units.ts";
import { type Db, toDate } from "../database.ts";
import type { Database } from "../tables.ts";

export type ReconciliationRow = Selectable<Database["reconciliations"]>;

/** Records one comparison of the venue's account with the ledger. */
export async function recordReconciliation(
  db: Db,
  found: {
    readonly runId: string | null;
    readonly at: Instant;
    /** One JSON-safe entry per difference; empty when both agree. */
    readonly differences: readonly object[];
    readonly venueCash: UsdMicros | null;
    readonly ledgerCash: UsdMicros | null;
    /** What trades that are not ours have moved of the venue's cash. */
    readonly foreignCash: UsdMicros;
  },
): Promise<void> {
  await db
    .insertInto("reconciliations")
    .values({
      run_id: found.runId,
      at: toDate(found.at),
      differences: JSON.stringify(found.differences),
      venue_cash_micros: found.venueCash,
      ledger_cash_micros: found.ledgerCash,
      foreign_cash_micros: found.foreignCash,
    })
    .execute();
}

/** The last comparison of a run. @returns `null` when there was none. */
export async function lastReconciliation(db: Db, runId: string): Promise<ReconciliationRow | null> {
  const found = await db
    .selectFrom("reconciliations")
    .selectAll()
    .where("run_id", "=", runId)
    .orderBy("reconciliation_id", "desc")
    .limit(1)
    .executeTakeFirst();
  return found ?? null;
}
