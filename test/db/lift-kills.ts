import type { Mode } from "../../core/domain/decision.ts";
import type { Db } from "../../schema/database.ts";
import { releaseKill, standingKills } from "../../schema/queries/kill.ts";

/** Lifts every kill that stands, as somebody does who saw them all. @returns the ids of those that were lifted. */
export async function liftKills(
  db: Db,
  release: { readonly mode: Mode; readonly by: string; readonly reason: string },
): Promise<readonly string[]> {
  const seen = (await standingKills(db, release.mode)).map(({ kill_id }) => kill_id);
  const outcome = await releaseKill(db, { ...release, seen });
  if (outcome.kind !== "released") throw new Error(`a kill was thrown meanwhile: ${outcome.kind}`);
  return outcome.released;
}
