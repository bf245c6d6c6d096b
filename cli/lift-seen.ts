import { type Release, releaseKill } from "../schema/queries/kill.ts";
import { type RunningHome, withDatabase } from "./context.ts";
import { nameKill } from "./kill-view.ts";
import { failed, reasonOf, refused } from "./output.ts";

/** Which kills are lifted, by whom and why, and what follows once they are. */
export interface Lifting extends Omit<Release, "mode"> {
  /** Makes the venue's order groups take orders again. */
  readonly resetGroups: () => Promise<void>;
  /** Tells days and series to go on. @returns their ids. */
  readonly tellDays: () => Promise<readonly string[]>;
}

/** What a resume did. */
export interface Lifted {
  /** Ids of the kills. */
  readonly released: readonly string[];
  /** Ids of the days and series that were told to go on. */
  readonly told: readonly string[];
}

/**
 * Lifts the kills that were seen, then the venue's own brake, and tells the days to go on. The rows first: a
 * workflow that resumes looks at them before it sends, and where they stay the venue's brake stays too.
 *
 * @throws CommandError 3 when another kill stands by now, and 1 when kills are being written: nothing is lifted,
 * no group reset and no day told. 1 too when a group cannot be reset: the kills are lifted, and no day is told.
 */
export async function liftSeen(
  { databaseUrl, mode }: Pick<RunningHome, "databaseUrl" | "mode">,
  { by, reason, seen, resetGroups, tellDays }: Lifting,
): Promise<Lifted> {
  const outcome = await withDatabase(databaseUrl, (database) =>
    releaseKill(database, { mode, by, reason, seen }),
  );
  if (outcome.kind === "unseen") {
    throw refused(
      `not lifted: a kill was thrown since the look: ${outcome.kills.map(nameKill).join("; ")}`,
      "look what it was for, and type the same again: it looks at everything anew",
    );
  }
  if (outcome.kind === "busy") {
    throw failed(
      "not lifted: a kill is being thrown or changed elsewhere, and that did not end in time",
      "wait some seconds and type the same again: it looks at everything anew",
    );
  }
  const { released } = outcome;
  await resetGroups().catch((error: unknown) => {
    throw failed(
      `${describeReleased(released)}; but the venue's order groups are not reset (${reasonOf(error)}): one that was hit takes no order, and no day was told`,
      "type the same again: it resets them and tells the days",
    );
  });
  return { released, told: await tellDays() };
}

/** The kills that were lifted, for a person. */
export function describeReleased(released: readonly string[]): string {
  return released.length === 0
    ? "no kill stood"
    : `lifted ${released.length}: ${released.join(", ")}`;
}
