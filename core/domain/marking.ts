import { ONE_CONTRACT_CENTI, ONE_USD_MICROS } from "./units.ts";

/** What is held in one market of a game. */
export interface Leg {
  /** Hundredths of a contract. */
  readonly count: number;
  /** What it cost, micros, fees excluded. */
  readonly cost: number;
  /** Best bid, micros, 0 where nobody bids; `null` when the book was never seen. */
  readonly bid: number | null;
}

/**
 * What the legs of one game are worth beyond their cost, micros, fees excluded. As much as is held of
 * both teams pays a dollar together whoever wins, whatever is bid for it: near the end of a game nobody
 * bids for a certain winner either. The rest counts at its bid, and at cost where no book was seen yet.
 *
 * @param legs at most one a market; two are the two markets of one game.
 */
export function unrealizedOf(legs: readonly Leg[]): number {
  const paired = legs.length === 2 ? Math.min(...legs.map(({ count }) => count)) : 0;
  const pays = (paired * ONE_USD_MICROS) / ONE_CONTRACT_CENTI;
  const rest = legs.map(({ count, cost, bid }) => {
    const left = count - paired;
    return bid === null
      ? Math.floor((cost * left) / count)
      : Math.floor((bid * left) / ONE_CONTRACT_CENTI);
  });
  const cost = legs.reduce((sum, leg) => sum + leg.cost, 0);
  return pays + rest.reduce((sum, value) => sum + value, 0) - cost;
}
