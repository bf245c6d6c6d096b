import { type MarketMark, marksAt } from "../../core/domain/marking.ts";

/** Marks of markets by their bids, micros; asked is a cent more. */
export function marksOfBids(
  bids: Iterable<readonly [ticker: string, bid: number]>,
): Readonly<Record<string, MarketMark>> {
  return Object.fromEntries(
    [...bids].map(([ticker, bid]) => [ticker, marksAt({ bid, ask: bid + 10_000 })]),
  );
}
