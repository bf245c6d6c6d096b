import type { RunClock } from "../core/domain/time.ts";
import { wallNow } from "../runtime/wall.ts";
import { toInstant } from "../schema/database.ts";
import type { OrderRow } from "../schema/queries/orders.ts";
import type { LimitsBook } from "./limits-book.ts";

/** What was written within this was cut off by a crash, and whoever took over is here by now. Wall time. */
const CUT_OFF_WALL_MS = 30_000;

/**
 * Whether an entry that the journal holds from before is too old for its price: on the run's clock older than
 * the oldest quote that the limits in force let an entry rest on, and on the wall no matter of a crash. What
 * reduces is never too old.
 */
export async function isStaleIntent(
  deps: { readonly clock: RunClock; readonly limits: Pick<LimitsBook, "ofRun"> },
  row: Pick<OrderRow, "purpose" | "run_id" | "intended_at" | "recorded_at">,
): Promise<boolean> {
  if (row.purpose !== "entry") return false;
  if (wallNow() - row.recorded_at.getTime() <= CUT_OFF_WALL_MS) return false;
  const { maxQuoteAgeMs } = (await deps.limits.ofRun(row.run_id)).limits;
  return deps.clock.now() - toInstant(row.intended_at) > maxQuoteAgeMs;
}
