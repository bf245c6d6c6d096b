import type { ListingFact } from "../../sim/exchange/catalog.ts";
import { listing, quarter } from "../../sim/exchange/testing/bitcoin.ts";

/** The rig's night starts an hour after those that the listings count from. */
const RIG_START_S = 3_600;
const listed = { at: RIG_START_S };
const above = (closeSeconds: number): ListingFact =>
  listing("KXBTCD", RIG_START_S + closeSeconds, { ...listed, type: "greater", floor: 80_000 });

/** What the table's exchange lists: two of one hour, of two series, and one of the next. */
export const CONTRACTS: readonly ListingFact[] = [
  above(3_600),
  quarter(RIG_START_S + 900, { ...listed, strike: 80_000 }),
  above(7_200),
];
/** Where each stands among them. */
export const [HOURLY, QUARTERLY, NEXT_HOUR] = [0, 1, 2] as const;
