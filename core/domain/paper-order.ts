import type { Liquidity } from "./fees.ts";
import type { BookSide, TimeInForce } from "./order.ts";
import {
  type CountCenti,
  countCenti,
  ONE_USD_MICROS,
  type PriceMicros,
  priceMicros,
} from "./units.ts";

/** What happens when our order meets our own: the incoming stops, or the resting one is canceled. */
export type SelfTradePrevention = "taker_at_cross" | "maker";

/**
 * What an order does where it meets one of ours. Strategies know nothing of each other: an exit goes on, and the
 * bid that rested in its way is canceled; an entry stops before it.
 */
export function selfTradePrevention(purpose: "entry" | "exit"): SelfTradePrevention {
  return purpose === "exit" ? "maker" : "taker_at_cross";
}

/** An order as it arrives at the paper book. Prices are YES prices, counts hundredths. */
export interface PaperOrder {
  readonly orderId: string;
  readonly side: BookSide;
  readonly price: PriceMicros;
  readonly count: CountCenti;
  readonly timeInForce: TimeInForce;
  readonly isPostOnly: boolean;
  readonly selfTradePrevention: SelfTradePrevention;
}

/** One execution of one of our orders. `tradeId` is the public print that filled it, if one did. */
export interface Execution {
  readonly orderId: string;
  readonly side: BookSide;
  readonly price: PriceMicros;
  readonly count: CountCenti;
  readonly liquidity: Liquidity;
  readonly tradeId: string | null;
}

/** One of our orders in the book. */
export interface RestingOrder {
  readonly orderId: string;
  readonly side: BookSide;
  readonly price: PriceMicros;
  readonly remaining: CountCenti;
  /** Others' contracts before ours at our price, hundredths; `null` when the source has no sizes. */
  readonly ahead: number | null;
  /** The others' opposite quote of unknown size lies beyond our price, so that only prints fill us. */
  readonly isCrossed: boolean;
  readonly isPostOnly: boolean;
  readonly selfTradePrevention: SelfTradePrevention;
}

/** Why an arriving order did not fill or rest whole. */
export type PlacementReason =
  | "post_only_cross"
  | "fill_or_kill_insufficient_resting_volume"
  | "immediate_or_cancel"
  | "self_trade";

/** What was left of an order that went out of the book. */
export interface Canceled {
  readonly orderId: string;
  readonly canceled: CountCenti;
}

/** What became of an arriving order: executed + remaining + canceled = count. */
export interface Placement {
  /** `refused`: it never entered the book; on an amend the old order stands. */
  readonly status: "resting" | "executed" | "canceled" | "refused";
  readonly executions: readonly Execution[];
  /** What rests now. */
  readonly remaining: CountCenti;
  readonly canceled: CountCenti;
  readonly reason: PlacementReason | null;
  /** Our resting orders that self-trade prevention canceled. */
  readonly selfCanceled: readonly Canceled[];
}

/** The other side of the book. */
export const OPPOSITE_SIDE = { bid: "ask", ask: "bid" } as const;

/**
 * A YES price as the price of the outcome that a side bids for, micros: offers of YES are bids of
 * NO. On both sides higher is better, and two sides meet where their own prices reach 1 USD.
 */
export function toOwnPrice(side: BookSide, yesPrice: PriceMicros): PriceMicros {
  return side === "bid" ? yesPrice : priceMicros(ONE_USD_MICROS - yesPrice);
}

/** The inverse of {@link toOwnPrice}. */
export function toYesPrice(side: BookSide, ownPrice: number): PriceMicros {
  return priceMicros(side === "bid" ? ownPrice : ONE_USD_MICROS - ownPrice);
}

/** The price of the outcome that an order bids for, micros. */
export function ownPriceOf(order: Pick<PaperOrder, "side" | "price">): PriceMicros {
  return toOwnPrice(order.side, order.price);
}

/** An order that is taken off the market. */
export function canceledOrder({ orderId, remaining }: RestingOrder): Canceled {
  return { orderId, canceled: remaining };
}

/** An order that never rested, and why. */
export function unplaced(
  order: PaperOrder,
  status: "canceled" | "refused",
  reason: PlacementReason,
): Placement {
  const remaining = countCenti(0);
  return { status, executions: [], remaining, canceled: order.count, reason, selfCanceled: [] };
}

/** Fills a resting order, and says so among the executions. @returns what rests of it; `null` when nothing does. */
export function fill(
  order: RestingOrder,
  count: number,
  tradeId: string | null,
  executions: Execution[],
): RestingOrder | null {
  if (count === 0) return order;
  const { orderId, side, price } = order;
  executions.push({ orderId, side, price, count: countCenti(count), liquidity: "maker", tradeId });
  const remaining = countCenti(order.remaining - count);
  return remaining === 0 ? null : { ...order, remaining };
}
