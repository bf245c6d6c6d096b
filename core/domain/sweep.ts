import type { DisplayedSide } from "./displayed-side.ts";
import { type PaperOrder, ownPriceOf, type RestingOrder } from "./paper-order.ts";
import { ONE_USD_MICROS } from "./units.ts";

/** What an arriving order would meet, before anything is changed. Prices are the makers' own. */
export interface Sweep {
  readonly takes: readonly { readonly price: number; readonly count: number }[];
  readonly total: number;
  /** Our resting orders that it would cancel. */
  readonly selfCanceled: readonly RestingOrder[];
  /** It met an order of ours and stopped there. */
  readonly isStopped: boolean;
  /** Anything rests, of others or ours, at a price it reaches. */
  readonly isCrossing: boolean;
}

/**
 * Plans the sweep of an arriving order through the opposite side, best price first. At one price
 * the others ahead of an order of ours trade before it. At a quote of unknown size no more is
 * taken than was printed since the last such take.
 */
export function planSweep(
  order: PaperOrder,
  displayed: DisplayedSide,
  ours: readonly RestingOrder[],
  printedVolume: number,
): Sweep {
  const limit = ownPriceOf(order);
  const takes: { price: number; count: number }[] = [];
  const selfCanceled: RestingOrder[] = [];
  let isStopped = false;
  let left: number = order.count;
  const prices = [...new Set([...displayed.openPrices(), ...ours.map(ownPriceOf)])]
    .filter((price) => price + limit >= ONE_USD_MICROS)
    .sort((a, b) => b - a);
  for (const price of prices) {
    if (left === 0 || isStopped) break;
    const isUnsized = displayed.unsizedPrice === price;
    const reach = isUnsized ? printedVolume : displayed.available(price);
    let taken = 0;
    for (const own of ours.filter((resting) => ownPriceOf(resting) === price)) {
      taken += Math.min(left - taken, Math.max(0, Math.min(reach, own.ahead ?? 0) - taken));
      if (taken === left) break;
      isStopped = order.selfTradePrevention === "taker_at_cross";
      if (isStopped) break;
      selfCanceled.push(own);
    }
    if (!isStopped) taken = Math.min(left, reach);
    if (taken > 0) takes.push({ price, count: taken });
    left -= taken;
  }
  const total = order.count - left;
  return { takes, total, selfCanceled, isStopped, isCrossing: prices.length > 0 };
}
