import { markOfHeld, marksAt } from "../core/domain/marking.ts";
import { OrderBook } from "../core/domain/order-book.ts";
import type { RunClock } from "../core/domain/time.ts";
import { ONE_CONTRACT_CENTI } from "../core/domain/units.ts";
import type { Venue, VenuePosition } from "../core/domain/venue.ts";
import type { FlattenMarket } from "../core/strategies/flatten.ts";
import type { FeeBook } from "./fee-book.ts";
import type { MarketBook } from "./market-book.ts";
import type { MarketHub } from "./market-hub.ts";

export interface KillMarketDeps {
  readonly venue: Venue;
  readonly clock: RunClock;
  readonly hub: MarketHub;
  readonly books: MarketBook;
  readonly fees: FeeBook;
}

/**
 * A streamed quote is taken for the present one while the stream was heard this lately, wall time: a
 * quiet book has not changed. Others are asked for.
 */
const HEARD_MS = 5_000;

/** Cash on the account, and what the positions are worth at the bid, micros. */
export interface AccountValue {
  readonly cash: number;
  readonly mark: number;
}

/** The market of a position as it is now; watched or not. @throws TradingError when the venue is away. */
export async function flattenMarket(
  deps: KillMarketDeps,
  eventTicker: string,
  ticker: string,
): Promise<FlattenMarket> {
  const view = deps.books.view(ticker);
  if (view !== null && view.staleBecause === null && isStreamHeard(deps)) {
    return { quote: view.quote, grid: view.grid, fees: view.fees, isTradable: true };
  }
  const [market, quote, fees] = await Promise.all([
    deps.venue.market(ticker),
    askQuote(deps, ticker),
    deps.fees.schedule(eventTicker),
  ]);
  return { quote, grid: market?.grid ?? [], fees, isTradable: market?.status === "active" };
}

/** What the account is worth by the venue itself: cash, and every position at the price it could be left at. */
export async function accountValue(deps: KillMarketDeps): Promise<AccountValue> {
  const [{ cash }, positions] = await Promise.all([deps.venue.balance(), deps.venue.positions()]);
  const held = positions.filter(({ position }) => position !== 0);
  const marks = await Promise.all(held.map((position) => markOf(deps, position)));
  return { cash, mark: marks.reduce((sum, mark) => sum + mark, 0) };
}

/** A NO is left by buying YES at the ask. */
async function markOf(
  deps: KillMarketDeps,
  { marketTicker, position }: VenuePosition,
): Promise<number> {
  const streamed = deps.hub.quote(marketTicker);
  const isPresent = streamed !== null && isStreamHeard(deps);
  const { bid, ask } = isPresent ? streamed : await askQuote(deps, marketTicker);
  const price = markOfHeld(marksAt({ bid, ask }), position);
  return Math.floor((Math.abs(position) * price) / ONE_CONTRACT_CENTI);
}

function isStreamHeard({ hub }: KillMarketDeps): boolean {
  const silentMs = hub.silentMs();
  return silentMs !== null && silentMs <= HEARD_MS;
}

/** The quote of a market by its book at the venue, watched or not. */
export async function askQuote(deps: Pick<KillMarketDeps, "venue" | "clock">, ticker: string) {
  const snapshot = await deps.venue.orderBook(ticker);
  const book = new OrderBook(ticker);
  book.applySnapshot(snapshot);
  const now = deps.clock.now();
  return book.quote(snapshot.at ?? now, now);
}
