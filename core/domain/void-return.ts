import { assert } from "./assert.ts";
import { fillPosting, NO_POSITION } from "./ledger.ts";
import type { Fill } from "./order.ts";
import { ONE_CONTRACT_CENTI, ONE_USD_MICROS, type UsdMicros, usdMicros } from "./units.ts";
import type { VenueSettlement } from "./venue.ts";

/** What the contracts cost that fills leave held, micros: at one average of all, as the account keeps it. */
function costOf(fills: readonly Fill[]): UsdMicros {
  const accounts = { position: "position", pnl: "pnl" };
  return inSequence(fills).reduce(
    (held, fill) => fillPosting({ ...fill, isReduceOnly: false }, held, accounts).position,
    NO_POSITION,
  ).cost;
}

/** Fills as they happened. */
export function inSequence(fills: readonly Fill[]): readonly Fill[] {
  return fills.toSorted((a, b) => a.at - b.at || (a.fillId < b.fillId ? -1 : 1));
}

/**
 * What a void market returns, micros: the cost that the account states. Where it states none, or others
 * hold there too, it is what these fills cost.
 *
 * @param isShared whether the account's row tells of more than these fills.
 */
export function returnedBy(
  { cost }: Pick<VenueSettlement, "cost">,
  fills: readonly Fill[],
  isShared: boolean,
): UsdMicros {
  return cost === null || isShared ? costOf(fills) : cost;
}

/** What one strategy held of a void market: hundredths of a contract, YES positive; and its cost, micros. */
export interface VoidHolding {
  readonly strategy: string;
  readonly count: number;
  readonly cost: UsdMicros;
}

/**
 * What each strategy gets of what a void market returned, micros; together it is that, to the last micro.
 * The account has one average cost a market, our books have one a strategy: where one of them has sold, the
 * two add up to different sums. So each gets the return in proportion to its own cost, cut, and the last the
 * remainder; where the sums are equal that is its own cost. A YES of one and a NO of another have met at the
 * venue and were paid a dollar when they did: the books still hold both, so that dollar belongs in here.
 *
 * @param returned what the account was paid for what all of them held, micros.
 */
export function shareReturn(
  returned: UsdMicros,
  holdings: readonly VoidHolding[],
): ReadonlyMap<string, UsdMicros> {
  const held = holdings
    .filter(({ count }) => count !== 0)
    .toSorted((a, b) => (a.strategy < b.strategy ? -1 : 1));
  const whole = returned + metPayout(held);
  assert(Number.isSafeInteger(whole), "what is shared out is an exact integer");
  const costs = held.reduce((sum, { cost }) => sum + BigInt(cost), 0n);
  const shares = new Map<string, UsdMicros>();
  let left = whole;
  for (const [index, { strategy, cost }] of held.entries()) {
    const isLast = index === held.length - 1;
    // The product leaves the exact range of a number.
    const part = costs === 0n ? 0 : Number((BigInt(whole) * BigInt(cost)) / costs);
    const share = isLast ? left : part;
    shares.set(strategy, usdMicros(share));
    left -= share;
  }
  return shares;
}

/** What was paid for the YES and the NO that met at the venue, micros. */
function metPayout(held: readonly VoidHolding[]): number {
  const yes = held.reduce((sum, { count }) => sum + Math.max(0, count), 0);
  const no = held.reduce((sum, { count }) => sum + Math.max(0, 0 - count), 0);
  return Math.min(yes, no) * (ONE_USD_MICROS / ONE_CONTRACT_CENTI);
}
