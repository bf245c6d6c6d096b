import type { Mode } from "../core/domain/decision.ts";
import { type KillLevel, stricter } from "../core/domain/kill.ts";
import type { Db } from "../schema/database.ts";
import { activeKill } from "../schema/queries/kill.ts";

/**
 * A kill that stands and that a workflow does not know of: it was thrown before the workflow began, or a
 * `resume` typed by hand lifted it for that one alone. The row counts.
 */
export async function untoldKill(
  db: Db,
  mode: Mode,
  told: KillLevel | null,
): Promise<KillLevel | null> {
  const level = (await activeKill(db, mode))?.level ?? null;
  return stricter(told, level) === told ? null : level;
}
