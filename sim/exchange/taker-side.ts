import type { BookSide } from "../../core/domain/order.ts";
import type { PriceMicros } from "../../core/domain/units.ts";
import type { PublicTrade, TopOfBook } from "./listing.ts";

/**
 * Who took a print of which the source does not say it: the venue's tape always does. A taker meets the
 * nearer quote of the book as it stands. In the middle, or without a book, a print above the last one was
 * bought and one below it sold; one at its price was taken as that was, and the first of all was bought.
 * For the tape alone: matching knows that the side is not known.
 */
export function likelyTaker(
  price: PriceMicros,
  { bid, ask }: Pick<TopOfBook, "bid" | "ask">,
  last: Pick<PublicTrade, "price" | "takerSide"> | undefined,
): BookSide {
  const toBid = bid === null ? Infinity : Math.abs(price - bid);
  const toAsk = ask === null ? Infinity : Math.abs(ask - price);
  if (toBid !== toAsk) return toAsk < toBid ? "bid" : "ask";
  if (last === undefined) return "bid";
  if (price !== last.price) return price > last.price ? "bid" : "ask";
  return last.takerSide;
}
