import { ONE_CONTRACT_CENTI, ONE_USD_MICROS } from "./units.ts";

/** What one contract of either side could be left at, micros; 0 where nobody takes it. */
export interface MarketMark {
  /** The highest bid. */
  readonly yes: number;
  /** The rest of the dollar at the lowest ask. */
  readonly no: number;
}

/** The marks of a quote. */
export function marksAt(quote: {
  readonly bid: number | null;
  readonly ask: number | null;
}): MarketMark {
  return { yes: quote.bid ?? 0, no: quote.ask === null ? 0 : ONE_USD_MICROS - quote.ask };
}

/** What the side that is held could be left at, micros. */
export function markOfHeld(mark: MarketMark, position: number): number {
  return position < 0 ? mark.no : mark.yes;
}

/** What is held in one market of a game, or in a contract. */
export interface Leg {
  /** Hundredths of a contract: YES positive, NO negative. */
  readonly count: number;
  /** What it cost, micros, fees excluded. */
  readonly cost: number;
  /** What a contract of it could be left at, micros; `null` when the book was never seen. */
  readonly mark: number | null;
}

/**
 * What the legs of one occasion are worth beyond their cost, micros, fees excluded. As much YES as is held
 * of both teams pays a dollar together whoever wins, whatever is bid for it: near the end of a game nobody
 * bids for a certain winner either. The rest counts at its mark, and at cost where no book was seen yet.
 *
 * @param legs at most one a market; two are the two markets of one game.
 */
export function unrealizedOf(legs: readonly Leg[]): number {
  const isPair = legs.length === 2 && legs.every(({ count }) => count > 0);
  const paired = isPair ? Math.min(...legs.map(({ count }) => count)) : 0;
  const pays = (paired * ONE_USD_MICROS) / ONE_CONTRACT_CENTI;
  const rest = legs.map(({ count, cost, mark }) => {
    const held = Math.abs(count);
    const left = held - paired;
    return mark === null
      ? Math.floor((cost * left) / held)
      : Math.floor((mark * left) / ONE_CONTRACT_CENTI);
  });
  const cost = legs.reduce((sum, leg) => sum + leg.cost, 0);
  return pays + rest.reduce((sum, value) => sum + value, 0) - cost;
}
