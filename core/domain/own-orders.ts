import type { BookSide } from "./order.ts";
import { type CountCenti, countCenti, type PriceMicros } from "./units.ts";

/** What may rest of one of our orders in a book. The price is the YES price. */
export interface OwnOrder {
  readonly side: BookSide;
  readonly price: PriceMicros;
  readonly left: CountCenti;
  /**
   * What others had at its price when it was sent, as long as nobody has said that the venue has it: the book may
   * or may not have it in. Null once the venue has it, and where the book was not known.
   */
  readonly shownBefore: CountCenti | null;
}

/** What was learned of one of our orders: what is left of it, 0 once it is over. */
export interface OwnOrderNews extends Omit<OwnOrder, "shownBefore"> {
  readonly clientOrderId: string;
  readonly marketTicker: string;
  /**
   * `sent`: it may be at the venue. `answered`: the venue has it; price and side are those it was sent with. `shown`:
   * the venue's own word of it, which its owner may have moved or made smaller there.
   */
  readonly said: "sent" | "answered" | "shown";
}

type Known = OwnOrder & Pick<OwnOrderNews, "clientOrderId" | "marketTicker">;

/**
 * Our orders that may rest, by market. They are learned of in any sequence, by the account and by the stream:
 * what is left of an order at its price only ever shrinks, one that is over stays over, and the venue alone moves one.
 */
export class OwnOrders {
  readonly #orders = new Map<string, Known>();
  readonly #byMarket = new Map<string, readonly OwnOrder[]>();
  readonly #over = new Set<string>();

  /** Our orders in a market. */
  in(marketTicker: string): readonly OwnOrder[] {
    return this.#byMarket.get(marketTicker) ?? NONE;
  }

  /**
   * Takes in what was learned of an order. `shownBefore`: what others have at its price, for one that is first
   * heard of as it is sent. @returns whether it says anything new of the market.
   */
  learn(news: OwnOrderNews, shownBefore: CountCenti | null = null): boolean {
    const { clientOrderId, marketTicker } = news;
    if (this.#over.has(clientOrderId)) return false;
    const known = this.#orders.get(clientOrderId);
    const next = after(known, news, shownBefore);
    if (known !== undefined && isSame(known, next)) return false;
    if (next.left > 0) this.#orders.set(clientOrderId, next);
    else {
      this.#orders.delete(clientOrderId);
      this.#over.add(clientOrderId);
    }
    if (known === undefined && next.left === 0) return false;
    this.#gather(marketTicker);
    return true;
  }

  /**
   * Takes in what the venue shows of an order, if it is one that is known; null where it does not say.
   *
   * @returns its market where that is new.
   */
  show(
    clientOrderId: string,
    { price, left }: { readonly price: PriceMicros | null; readonly left: CountCenti | null },
  ): string | null {
    const known = this.#orders.get(clientOrderId);
    if (known === undefined) return null;
    const { marketTicker, side } = known;
    const shown = { price: price ?? known.price, left: left ?? known.left, said: "shown" } as const;
    return this.learn({ clientOrderId, marketTicker, side, ...shown }) ? marketTicker : null;
  }

  #gather(marketTicker: string): void {
    const open = [...this.#orders.values()].filter((one) => one.marketTicker === marketTicker);
    if (open.length === 0) this.#byMarket.delete(marketTicker);
    else this.#byMarket.set(marketTicker, open);
  }
}

/**
 * What others have of a level of `size`. One of ours that may not be in it yet hides nobody who was there before it,
 * and is never taken for another's: with it, others are as many as they were, or fewer if the level is.
 */
export function leftToOthers(
  size: number,
  place: Pick<OwnOrder, "side" | "price">,
  ours: readonly OwnOrder[],
): CountCenti {
  let others = size;
  let atMost = size;
  for (const { side, price, left, shownBefore } of ours) {
    if (side !== place.side || price !== place.price) continue;
    if (shownBefore === null) others -= left;
    else atMost = Math.min(atMost, shownBefore);
  }
  return countCenti(Math.max(0, Math.min(others, atMost)));
}

/** An order that the venue moved has a new place, with all that is left of it there. */
function after(
  known: Known | undefined,
  { said, ...place }: OwnOrderNews,
  shownBefore: CountCenti | null,
): Known {
  if (known === undefined) return { ...place, shownBefore: said === "sent" ? shownBefore : null };
  const isMoved = place.price !== known.price || place.side !== known.side;
  if (said === "shown" && isMoved) return { ...place, shownBefore: null };
  const left = countCenti(Math.min(known.left, place.left));
  return { ...known, left, shownBefore: said === "sent" ? known.shownBefore : null };
}

function isSame(one: Known, other: Known): boolean {
  const isSamePlace = one.side === other.side && one.price === other.price;
  return isSamePlace && one.left === other.left && one.shownBefore === other.shownBefore;
}

const NONE: readonly OwnOrder[] = [];
