/**
 * Ratings with which FiveThirtyEight let teams begin that came from another league, by the season of
 * their first game. All others begin where new teams do.
 *
 * Source: the first rating of each team in FiveThirtyEight's `nba_elo.csv`, seasons 1948 to 1950.
 */
const OPENINGS: Readonly<Record<number, Readonly<Record<string, number>>>> = {
  1948: { BLB: 1419 },
  1949: { INJ: 1366, DET: 1495, LAL: 1527, SAC: 1535 },
  1950: { ATL: 1430, DNN: 1295, SHE: 1405, WAT: 1382, AND: 1562, PHI: 1458 },
};

/** Rating of a franchise before its first game in that season. @returns `null` where it is any new team's. */
export function openingRating(franchise: string, season: number): number | null {
  return OPENINGS[season]?.[franchise] ?? null;
}
