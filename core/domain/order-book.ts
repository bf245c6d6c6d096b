import { PriceLevels } from "./price-levels.ts";
import type { Quote } from "./market.ts";
import type { BookSide } from "./order.ts";
import { leftToOthers, type OwnOrder } from "./own-orders.ts";
import { ownPriceOf } from "./paper-order.ts";
import {
  type CountCenti,
  countCenti,
  type Instant,
  ONE_USD_MICROS,
  type PriceMicros,
  priceMicros,
} from "./units.ts";
import type { BookSnapshot } from "./venue.ts";

/** The two outcomes whose bids make a book: a bid of NO at p is an offer of YES at 1 - p. */
export type Outcome = "yes" | "no";

/** Resting interest at one YES price. */
export interface BookLevel {
  readonly price: PriceMicros;
  readonly size: CountCenti;
}

/** Why a book can no longer be believed until its next snapshot. */
export type BookProblem = "negative-size" | "no-snapshot";

/**
 * The book of one market, rebuilt from a snapshot and signed changes. Mutable: one update costs a
 * binary search.
 */
export class OrderBook {
  readonly marketTicker: string;
  readonly #yes = new PriceLevels();
  readonly #no = new PriceLevels();
  #problem: BookProblem | null = "no-snapshot";

  constructor(marketTicker: string) {
    this.marketTicker = marketTicker;
  }

  /** Why the book cannot be believed. @returns `null` when it can. */
  get problem(): BookProblem | null {
    return this.#problem;
  }

  /** Replaces the whole book, and with it any problem. Levels may come in any order. */
  applySnapshot(book: Pick<BookSnapshot, "yes" | "no">): void {
    this.#yes.clear();
    this.#no.clear();
    for (const [price, size] of book.yes) this.#yes.set(price, size);
    for (const [price, size] of book.no) this.#no.set(price, size);
    this.#problem = null;
  }

  /**
   * Adds a signed change in hundredths of a contract at one price of one outcome. A change that
   * would leave less than nothing marks the book with a problem; changes to such a book are dropped.
   *
   * @returns the book's problem, or `null`.
   */
  applyDelta(outcome: Outcome, price: PriceMicros, delta: number): BookProblem | null {
    if (this.#problem !== null) return this.#problem;
    const levels = outcome === "yes" ? this.#yes : this.#no;
    const size = levels.get(price) + delta;
    if (size < 0) this.#problem = "negative-size";
    else levels.set(price, size);
    return this.#problem;
  }

  /** Highest bid for YES. @returns `null` when nobody bids. */
  bestBid(): BookLevel | null {
    const price = this.#yes.highest();
    return price === null ? null : level(price, this.#yes.get(price));
  }

  /** Lowest offer of YES. @returns `null` when nobody offers. */
  bestAsk(): BookLevel | null {
    const price = this.#no.highest();
    return price === null ? null : level(ONE_USD_MICROS - price, this.#no.get(price));
  }

  /** Levels of one side as YES prices, best first, at most `limit` of them. */
  depth(side: "bid" | "ask", limit: number): readonly BookLevel[] {
    const levels = side === "bid" ? this.#yes : this.#no;
    return levels
      .prices()
      .slice(-limit)
      .reverse()
      .map((price) => level(side === "bid" ? price : ONE_USD_MICROS - price, levels.get(price)));
  }

  /** Whether somebody bids as much as another asks: impossible at rest, so a sign of damage. */
  isCrossed(): boolean {
    const yes = this.#yes.highest();
    const no = this.#no.highest();
    return yes !== null && no !== null && yes + no >= ONE_USD_MICROS;
  }

  /**
   * Best prices and sizes, stamped with the venue's clock and ours. The venue counts our own orders in; `ours` are
   * taken out, down to nothing at their price. A crossed book is told with them, as the damage that it is.
   */
  quote(quotedAt: Instant, receivedAt: Instant, ours: readonly OwnOrder[] = NOTHING): Quote {
    const isWhole = ours.length === 0 || this.isCrossed();
    const bid = isWhole ? this.bestBid() : this.#bestOfOthers("bid", ours);
    const ask = isWhole ? this.bestAsk() : this.#bestOfOthers("ask", ours);
    return {
      marketTicker: this.marketTicker,
      bid: bid?.price ?? null,
      bidSize: bid?.size ?? null,
      ask: ask?.price ?? null,
      askSize: ask?.size ?? null,
      quotedAt,
      receivedAt,
    };
  }

  /** What others have at a YES price. */
  othersAt(place: Pick<OwnOrder, "side" | "price">, ours: readonly OwnOrder[]): CountCenti {
    const levels = place.side === "bid" ? this.#yes : this.#no;
    return leftToOthers(levels.get(ownPriceOf(place)), place, ours);
  }

  /** Looks past at most as many levels as we have orders. */
  #bestOfOthers(side: BookSide, ours: readonly OwnOrder[]): BookLevel | null {
    const prices = (side === "bid" ? this.#yes : this.#no).prices();
    for (let index = prices.length - 1; index >= 0; index -= 1) {
      const own = prices[index] ?? 0;
      const price = priceMicros(side === "bid" ? own : ONE_USD_MICROS - own);
      const size = this.othersAt({ side, price }, ours);
      if (size > 0) return { price, size };
    }
    return null;
  }
}

const NOTHING: readonly OwnOrder[] = [];

function level(price: number, size: number): BookLevel {
  return { price: priceMicros(price), size: countCenti(size) };
}
