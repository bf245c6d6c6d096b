import { assert } from "./assert.ts";
import type { BookSide } from "./order.ts";
import {
  type CountCenti,
  ONE_USD_MICROS,
  type PriceMicros,
  type UsdMicros,
  usdMicros,
} from "./units.ts";

/**
 * Cash needed to buy `count` contracts at `price`, fees excluded.
 *
 * Rounds up to the next micro-dollar so that a reservation never falls short of the debit.
 *
 * @throws InvariantError when the product leaves the exact integer range (about 90 million USD).
 */
export function notional(price: PriceMicros, count: CountCenti): UsdMicros {
  const product = price * count;
  assert(Number.isSafeInteger(product), "price * count is an exact integer");
  return usdMicros(Math.ceil(product / 100));
}

/**
 * Cash received for selling `count` contracts at `price`, fees excluded.
 *
 * Rounds down to the micro-dollar: never credits more than the venue pays.
 *
 * @throws InvariantError when the product leaves the exact integer range.
 */
export function proceeds(price: PriceMicros, count: CountCenti): UsdMicros {
  const product = price * count;
  assert(Number.isSafeInteger(product), "price * count is an exact integer");
  return usdMicros(Math.floor(product / 100));
}

/** What the outcome that a side buys costs, micros: YES at the price, NO at the rest of the dollar. */
export function ownPrice(side: BookSide, price: PriceMicros): PriceMicros {
  return side === "bid" ? price : complement(price);
}

/**
 * The complement price: what the other side of a $1 contract costs, in micros.
 *
 * @returns a plain number of micros, since a price at the edge has no valid complement.
 */
export function complement(price: PriceMicros): PriceMicros {
  return (ONE_USD_MICROS - price) as PriceMicros;
}
