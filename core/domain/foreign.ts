import { tradeFee } from "./fees.ts";
import type { FeeSchedule } from "./market.ts";
import { notional, ownPrice } from "./notional.ts";
import type { Fill } from "./order.ts";
import {
  countCenti,
  ONE_CONTRACT_CENTI,
  ONE_USD_MICROS,
  type PositionCenti,
  positionCenti,
  type UsdMicros,
  usdMicros,
} from "./units.ts";
import type { VenueOrder } from "./venue.ts";

/** What is at stake in one market by orders and contracts that are not ours. */
export interface ForeignExposure {
  readonly marketTicker: string;
  /** YES positive, NO negative. */
  readonly position: PositionCenti;
  readonly restingOrders: number;
  /** Most that can be lost by position and resting orders together, micros. */
  readonly atRisk: UsdMicros;
}

/** The dearest schedule there is: what a foreign order pays at most, whatever its series. */
const DEAREST: FeeSchedule = { kind: "quadratic", multiplierMilli: 1_000 };

/**
 * Sums up what is foreign in one market. A position that no fill explains, `unexplained` hundredths
 * of a contract, counts as 1 USD a contract: the most that one can have cost.
 *
 * @returns `null` when nothing is at stake.
 */
export function foreignExposure(
  marketTicker: string,
  foreign: {
    readonly fills: readonly Pick<Fill, "side" | "price" | "count">[];
    readonly resting: readonly Pick<VenueOrder, "side" | "price" | "remaining">[];
    readonly unexplained: number;
  },
): ForeignExposure | null {
  const { position, cost } = foldFills(foreign.fills);
  const held = position + foreign.unexplained;
  if (held === 0 && foreign.resting.length === 0) return null;
  const dearest = Math.abs(foreign.unexplained) * (ONE_USD_MICROS / ONE_CONTRACT_CENTI);
  const ordered = foreign.resting.reduce((sum, order) => sum + worstCase(order, held), 0);
  return {
    marketTicker,
    position: positionCenti(held),
    restingOrders: foreign.resting.length,
    atRisk: usdMicros(cost + dearest + ordered),
  };
}

/** What resting order may still cost: a sale of what is held costs nothing, any other buys an outcome. */
function worstCase(
  { side, price, remaining }: Pick<VenueOrder, "side" | "price" | "remaining">,
  held: number,
): number {
  const closes = Math.min(remaining, Math.max(0, side === "ask" ? held : 0 - held));
  const opens = countCenti(remaining - closes);
  return notional(ownPrice(side, price), opens) + tradeFee(DEAREST, "taker", price, opens);
}

/** Position and cost of fills in the order they happened; what is closed takes its share of the cost out. */
function foldFills(fills: readonly Pick<Fill, "side" | "price" | "count">[]): {
  readonly position: number;
  readonly cost: number;
} {
  let position = 0;
  let cost = 0;
  for (const { side, price, count } of fills) {
    const sign = side === "bid" ? 1 : -1;
    const opposite = Math.max(0, -sign * position);
    const closes = Math.min(count, opposite);
    if (closes > 0) cost -= Number((BigInt(cost) * BigInt(closes)) / BigInt(opposite));
    cost += notional(ownPrice(side, price), countCenti(count - closes));
    position += sign * count;
  }
  return { position, cost };
}
