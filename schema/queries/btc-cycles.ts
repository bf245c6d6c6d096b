import type { Instant } from "../../core/domain/units.ts";
import { type Db, toInstantOrNull } from "../database.ts";

/** When the last cycle of any mode began: the run's clock, for what is done aside. @returns `null` before the first. */
export async function lastCycleAt(db: Db): Promise<Instant | null> {
  const query = db.selectFrom("btc_cycles").select((eb) => eb.fn.max("started_at").as("at"));
  const row = await query.executeTakeFirst();
  return toInstantOrNull(row?.at ?? null);
}
