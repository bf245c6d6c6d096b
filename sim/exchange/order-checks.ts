import { isOnGrid, PRICE_GRIDS } from "../../core/domain/price-grid.ts";
import { type CountCenti, countCenti, type PriceMicros } from "../../core/domain/units.ts";
import { ApiError, invalidOrder } from "./errors.ts";
import type { Listing } from "./listing.ts";
import type { AccountOrder, Decrease } from "./order.ts";

/** @throws ApiError 400 unless the market takes orders. */
export function checkOpen({ ticker, status }: Listing): void {
  if (status === "active") return;
  throw new ApiError(400, "MARKET_INACTIVE", "market is not active", `${ticker} is ${status}`);
}

/** @throws ApiError 400 for a price that is not on the market's grid. */
export function checkPrice({ priceGrid }: Listing, price: PriceMicros): void {
  if (isOnGrid(price, PRICE_GRIDS[priceGrid])) return;
  throw invalidOrder("price is not on the market's grid");
}

/** Whether a pause of trading ends an order. */
export function isCanceledOnPause({ terms }: AccountOrder): boolean {
  return terms.isCanceledOnPause;
}

/** What rests of an order once it was decreased. @throws ApiError 400 where that would be more. */
export function remainingAfter(
  { remaining, reduceBy = countCenti(0) }: Decrease,
  order: AccountOrder,
): CountCenti {
  const left = remaining ?? countCenti(Math.max(0, order.remaining - reduceBy));
  if (left > order.remaining) throw invalidOrder("a decrease never increases");
  return left;
}
