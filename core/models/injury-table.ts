import type { InjuryStatus } from "../domain/feeds.ts";

/** Version of the table; stored with each forecast. A changed figure is another version. */
export const INJURY_TABLE_VERSION = "pim-2";

/**
 * Chance that a player sits out, by the league's own words: "questionable" is stated as 50 %,
 * "doubtful" as 25 % to play, "probable" as 75 % or more (NBA injury reporting rules).
 */
export const MISS_PROBABILITY: Readonly<
  Record<Exclude<InjuryStatus, "Not Yet Submitted">, number>
> = {
  Available: 0,
  Probable: 0.1,
  "Day-To-Day": 0.5,
  Questionable: 0.5,
  Doubtful: 0.75,
  Out: 1,
};

/**
 * Share of a player's worth that his team misses, by how the report's reason begins; all of it for
 * any other reason. Who plays in the G League, or is no longer with the team, is not missed.
 */
const MISSED_SHARE: readonly (readonly [string, number])[] = [
  ["G League", 0.1],
  ["Not With Team", 0],
];

/** Share of a player's worth that is missed for this reason, 0 to 1; all of it without one. */
export function missedShare(reason: string | null): number {
  const known = MISSED_SHARE.find(([begins]) => reason?.startsWith(begins) === true);
  return known?.[1] ?? 1;
}
