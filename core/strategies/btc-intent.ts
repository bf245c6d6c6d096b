import type { OrderIntent } from "../domain/order.ts";
import { ONE_USD_MICROS, type PriceMicros, priceMicros } from "../domain/units.ts";
import type { BtcVerdict } from "./btc-edge.ts";

/**
 * The order that a verdict proposes, in the words of the order path: an entry that takes from the book
 * and does not rest. Its fair value is our probability as a YES price, also where it buys NO.
 *
 * @param fillProbability that displayed size is still there when we arrive, 0 to 1.
 * @returns null when the verdict proposes nothing.
 */
export function btcIntent(verdict: BtcVerdict, fillProbability: number): OrderIntent | null {
  const { order, probability, edgeMicros } = verdict;
  if (order === null || probability === null || edgeMicros === null) return null;
  const { marketTicker, eventTicker, exchangeIndex, side, count, price } = order;
  return {
    strategy: "btc-edge",
    purpose: "entry",
    exitType: null,
    phase: "live",
    marketTicker,
    eventTicker,
    exchangeIndex,
    side,
    count,
    isReduceOnly: false,
    limitPrice: price,
    fairValue: asPrice(probability),
    edgeMicros,
    plan: {
      price,
      timeInForce: order.timeInForce,
      isPostOnly: order.isPostOnly,
      expectedFillProbability: fillProbability,
      expectedPrice: price,
    },
    mayTakeFallback: false,
  };
}

/** A price lies strictly between nothing and a dollar. */
function asPrice(probability: number): PriceMicros {
  const micros = Math.round(probability * ONE_USD_MICROS);
  return priceMicros(Math.min(ONE_USD_MICROS - 1, Math.max(1, micros)));
}
