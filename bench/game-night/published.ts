import type { NightChecksum } from "./reference.ts";

/** Totals that the workload's definition publishes: no digest of its fills. */
type PublishedTotals = Omit<NightChecksum, "fills">;

/**
 * What the definition of GAME-NIGHT, version 1, says that any engine comes to, by quotes of each game: the whole
 * workload, and two cuts that leave positions for settlement. The bare loop is ours, and could be wrong as the
 * product is: these were found by others.
 */
const PUBLISHED: ReadonlyMap<number, PublishedTotals> = new Map([
  // Results -445.0, 76.0 and -1,110.0 cents times contracts; fees 18.6083, 8.6046 and 12.9727 USD.
  [9_000, { entries: 57, closed: 57, settled: 0, result: -4_450, fees: 18_608_300 }],
  [900, { entries: 30, closed: 30, settled: 9, result: 760, fees: 8_604_600 }],
  [1_500, { entries: 44, closed: 44, settled: 9, result: -11_100, fees: 12_972_700 }],
]);

/** Whether a checksum has the published totals of games of so many quotes; of another length there are none. */
export function isAsPublished(found: NightChecksum, quotes: number): boolean {
  const { entries, closed, settled, result, fees } = found;
  const totals: PublishedTotals = { entries, closed, settled, result, fees };
  return JSON.stringify(totals) === JSON.stringify(PUBLISHED.get(quotes));
}
