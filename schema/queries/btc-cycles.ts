import type { Mode } from "../../core/domain/decision.ts";
import type { Instant } from "../../core/domain/units.ts";
import { type Db, toInstantOrNull } from "../database.ts";

/**
 * When the last cycle of a mode began, or of any: the run's clock, for what is done aside.
 *
 * @param mode null for what serves all modes, such as the days of the tables.
 * @returns `null` before the first.
 */
export async function lastCycleAt(db: Db, mode: Mode | null): Promise<Instant | null> {
  let query = db.selectFrom("btc_cycles").select((eb) => eb.fn.max("started_at").as("at"));
  if (mode !== null) query = query.where("mode", "=", mode);
  const row = await query.executeTakeFirst();
  return toInstantOrNull(row?.at ?? null);
}
