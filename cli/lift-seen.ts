import { type Release, releaseKill } from "../schema/queries/kill.ts";
import { type RunningHome, withDatabase, withTemporal } from "./context.ts";
import { nameKill } from "./kill-view.ts";
import { refused } from "./output.ts";
import { resumeDays } from "./resume-days.ts";

/** What a resume did. */
export interface Lifted {
  /** Ids of the kills. */
  readonly released: readonly string[];
  /** Ids of the days and series that were told to go on. */
  readonly told: readonly string[];
}

/**
 * Lifts the kills that were seen and tells the days to go on. The rows first: a workflow that resumes looks at
 * them before it sends.
 *
 * @throws CommandError 3 when another kill stands by now: nothing is lifted, and no day told.
 */
export async function liftSeen(
  running: Pick<RunningHome, "databaseUrl" | "temporalAddress" | "mode">,
  { by, reason, seen }: Omit<Release, "mode">,
): Promise<Lifted> {
  const { databaseUrl, temporalAddress, mode } = running;
  const outcome = await withDatabase(databaseUrl, (database) =>
    releaseKill(database, { mode, by, reason, seen }),
  );
  if (outcome.kind === "unseen") {
    throw refused(
      `not lifted: a kill was thrown since the look: ${outcome.kills.map(nameKill).join("; ")}`,
      "look what it was for, and type the same again: it looks at everything anew",
    );
  }
  const told = await withTemporal(temporalAddress, (temporal) =>
    resumeDays(temporal, mode, { reason, by }),
  );
  return { released: outcome.released, told };
}
