import type { BookSide } from "./order.ts";
import type { CountCenti, PriceMicros } from "./units.ts";

/** What may rest of one of our orders in a book. The price is the YES price. */
export interface OwnOrder {
  readonly side: BookSide;
  readonly price: PriceMicros;
  readonly left: CountCenti;
}

/** What was learned of one of our orders: what is left of it, 0 once it is over. */
export interface OwnOrderNews extends OwnOrder {
  readonly clientOrderId: string;
  readonly marketTicker: string;
}

/**
 * Our orders that may rest, by market. They are learned of in any sequence, by the account and by the stream:
 * what is left of an order only ever shrinks, and one that is over stays over.
 */
export class OwnOrders {
  readonly #orders = new Map<string, OwnOrderNews>();
  readonly #byMarket = new Map<string, readonly OwnOrder[]>();
  /** By market, those that are over. */
  readonly #over = new Map<string, Set<string>>();

  /** Our orders in a market. */
  in(marketTicker: string): readonly OwnOrder[] {
    return this.#byMarket.get(marketTicker) ?? NONE;
  }

  /** Takes in what was learned of an order. @returns whether it says anything new of the market. */
  learn(news: OwnOrderNews): boolean {
    const { clientOrderId, marketTicker } = news;
    const over = this.#over.get(marketTicker);
    if (over?.has(clientOrderId) === true) return false;
    const known = this.#orders.get(clientOrderId);
    if (known !== undefined && known.left <= news.left) return false;
    if (news.left > 0) this.#orders.set(clientOrderId, news);
    else {
      this.#orders.delete(clientOrderId);
      this.#over.set(marketTicker, (over ?? new Set()).add(clientOrderId));
    }
    if (known === undefined && news.left === 0) return false;
    this.#gather(marketTicker);
    return true;
  }

  /** Takes in what is left of an order, if it is one that is known. @returns its market where that is new. */
  lower(clientOrderId: string, left: CountCenti): string | null {
    const known = this.#orders.get(clientOrderId);
    if (known === undefined || !this.learn({ ...known, left })) return null;
    return known.marketTicker;
  }

  /** Forgets which orders of a market are over: nobody tells of them any more. */
  forget(marketTicker: string): void {
    this.#over.delete(marketTicker);
  }

  #gather(marketTicker: string): void {
    const open = [...this.#orders.values()].filter((one) => one.marketTicker === marketTicker);
    if (open.length === 0) this.#byMarket.delete(marketTicker);
    else this.#byMarket.set(marketTicker, open);
  }
}

const NONE: readonly OwnOrder[] = [];
