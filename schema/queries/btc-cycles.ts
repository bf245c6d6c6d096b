import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import type { Mode } from "../../core/domain/decision.ts";
import type { Instant } from "../../core/domain/units.ts";
import { type Db, toDate, toInstantOrNull } from "../database.ts";

/**
 * When the last cycle of a mode began, or of any: the run's clock, for what is done aside.
 *
 * @param mode null for what serves all modes, such as the days of the tables.
 * @param of of one series alone, not after an instant: another source may have been played that is later.
 * @returns `null` before the first.
 */
export async function lastCycleAt(
  db: Db,
  mode: Mode | null,
  of?: { readonly series: BtcSeries; readonly until: Instant },
): Promise<Instant | null> {
  let query = db.selectFrom("btc_cycles").select((eb) => eb.fn.max("started_at").as("at"));
  if (mode !== null) query = query.where("mode", "=", mode);
  if (of !== undefined) {
    query = query.where("series", "=", of.series).where("started_at", "<=", toDate(of.until));
  }
  const row = await query.executeTakeFirst();
  return toInstantOrNull(row?.at ?? null);
}
