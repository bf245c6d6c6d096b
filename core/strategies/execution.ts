import { feePerContract, type Liquidity } from "../domain/fees.ts";
import type { FeeSchedule, PriceBand, Quote } from "../domain/market.ts";
import type { BookSide, OrderIntent, OrderPlan } from "../domain/order.ts";
import { snap, stepAt } from "../domain/price-grid.ts";
import type { CountCenti, PriceMicros } from "../domain/units.ts";
import {
  commonConfig,
  type ExecutionConfig,
  type FollowConfig,
  hasSettings,
  leastEdge,
} from "./config.ts";

/** The book as an order's follower sees it. */
export interface BookView {
  readonly quote: Quote;
  readonly grid: readonly PriceBand[];
  readonly fees: FeeSchedule;
  /** Why the quote cannot be believed; null when it can. */
  readonly staleBecause: string | null;
  readonly recentVolume: CountCenti | null;
}

/** What a plan is made from. */
export interface PlanRequest {
  readonly book: Pick<BookView, "quote" | "grid" | "recentVolume">;
  readonly limitPrice: PriceMicros;
  readonly count: CountCenti;
  readonly patienceMs: number;
}

/** A maker's chance to fill is never taken for certain, nor for nothing. */
const RESTING_CHANCE = { least: 0.02, most: 0.95 } as const;
/** Of the volume that prints, about half meets the bids. */
const SHARE_OF_VOLUME = 0.5;

/**
 * Plans an order that takes: immediate or cancel, through the best price by the slack, never
 * beyond the limit.
 *
 * @returns `null` when nothing is offered within the limit.
 */
export function planTake(
  side: BookSide,
  request: Omit<PlanRequest, "patienceMs">,
  execution: ExecutionConfig,
): OrderPlan | null {
  const { quote, grid } = request.book;
  const best = side === "bid" ? quote.ask : quote.bid;
  const size = side === "bid" ? quote.askSize : quote.bidSize;
  if (best === null || isBeyond(side, best, request.limitPrice)) return null;
  const slack = side === "bid" ? execution.crossSlackMicros : -execution.exitSlackMicros;
  const reach = snap(best + slack, grid, side === "bid" ? "down" : "up") ?? best;
  const share = size === null ? 1 : Math.min(1, size / request.count);
  return {
    price: isBeyond(side, reach, request.limitPrice) ? request.limitPrice : reach,
    timeInForce: "immediate_or_cancel",
    isPostOnly: false,
    expectedFillProbability: execution.takerFillProbability * share,
    expectedPrice: best,
  };
}

/**
 * Plans a bid that rests: one step better than the best bid where the spread leaves room, else
 * beside it. Post-only.
 *
 * @returns `null` when there is no bid, or joining it would go beyond the limit.
 */
export function planRest(request: PlanRequest, execution: ExecutionConfig): OrderPlan | null {
  const { quote, grid, recentVolume } = request.book;
  const { bid, ask } = quote;
  if (bid === null || bid > request.limitPrice) return null;
  const improved = snap(bid + stepAt(bid, grid), grid, "down");
  const hasRoom =
    improved !== null &&
    improved > bid &&
    improved <= request.limitPrice &&
    ask !== null &&
    improved < ask;
  const price = hasRoom ? improved : bid;
  const ahead = hasRoom ? 0 : (quote.bidSize ?? 0);
  return {
    price,
    timeInForce: "good_till_canceled",
    isPostOnly: true,
    expectedFillProbability:
      recentVolume === null
        ? execution.restingFillProbability
        : restingChance(recentVolume, ahead, request),
    expectedPrice: price,
  };
}

/** What one contract costs or pays after its fee, micros: what is paid for a bid, received for an ask. */
export function allIn(
  side: BookSide,
  price: PriceMicros,
  liquidity: Liquidity,
  fees: FeeSchedule,
): number {
  const fee = feePerContract(fees, liquidity, price);
  return side === "bid" ? price + fee : price - fee;
}

/**
 * The highest price of the grid at which buying keeps `minEdge` after its fee.
 *
 * @returns `null` when no price does.
 */
export function highestBid(
  fairValue: number,
  minEdge: number,
  liquidity: Liquidity,
  fees: FeeSchedule,
  grid: readonly PriceBand[],
): PriceMicros | null {
  let price = snap(fairValue - minEdge, grid, "down");
  while (price !== null && fairValue - allIn("bid", price, liquidity, fees) < minEdge) {
    price = snap(price - 1, grid, "down");
  }
  return price;
}

/** An order that is being followed. */
export interface FollowedOrder {
  readonly intent: OrderIntent;
  /** The plan of the order that works now. */
  readonly plan: OrderPlan;
  readonly remaining: CountCenti;
  readonly replacements: number;
  /** Run milliseconds since the intent was first placed, */
  readonly elapsedMs: number;
  /** and since the order that works now was. */
  readonly sinceReplacedMs: number;
}

/** What to do with a working order. A replacement is sent once the old order is terminal, never before. */
export type FollowUp =
  | { readonly kind: "keep"; readonly reason: string }
  | { readonly kind: "replace"; readonly reason: string; readonly plan: OrderPlan }
  /** The same again, before the venue ends it by its time; counts as no replacement. */
  | { readonly kind: "renew"; readonly reason: string; readonly plan: OrderPlan }
  | { readonly kind: "cross"; readonly reason: string; readonly plan: OrderPlan }
  | { readonly kind: "cancel"; readonly reason: string };

/**
 * Says what becomes of a working order. Makers first: it rests until the market leaves it, above or
 * below, follows a bounded number of times and never beyond the intent's limit; when its patience ends it crosses
 * where the strategy allows that and taker fees leave the least edge of strategy and limits, else it is canceled.
 * An entry does not rest in a book that cannot be believed. What outlives the time after which the
 * venue ends it by itself is placed anew before that.
 */
export function followUp(order: FollowedOrder, book: BookView, config: FollowConfig): FollowUp {
  const { intent, plan } = order;
  if (plan.timeInForce !== "good_till_canceled") return { kind: "keep", reason: "immediate" };
  if (order.remaining === 0) return { kind: "keep", reason: "filled" };
  if (book.staleBecause !== null) return { kind: "cancel", reason: "quote_stale" };
  const { strategy } = intent;
  // It takes at once or not at all: nothing says how it would rest.
  if (strategy === "btc-edge" || !hasSettings(config.strategies, strategy)) {
    return { kind: "cancel", reason: "may_not_rest" };
  }
  const common = commonConfig(config.strategies, strategy);
  const request: PlanRequest = {
    book,
    limitPrice: intent.limitPrice,
    count: order.remaining,
    patienceMs: common.patienceMs,
  };
  if (order.elapsedMs >= common.patienceMs) {
    const crossing = intent.mayTakeFallback
      ? planFallback(order, { book, config, request, minEdge: leastEdge(common, config.limits) })
      : null;
    return crossing
      ? { kind: "cross", reason: "patience_over", plan: crossing }
      : { kind: "cancel", reason: "patience_over" };
  }
  const { execution } = config;
  if (order.sinceReplacedMs >= execution.restingExpiryMs - execution.renewBeforeMs) {
    return { kind: "renew", reason: "expiry_near", plan };
  }
  const bid = book.quote.bid;
  const lead = bid === null ? 0 : plan.price - bid;
  // A bid alone above a market that fell is the first to be hit, at a price that nobody else pays now.
  const hasFallen = lead > execution.repriceMicros;
  if (!hasFallen && -lead < execution.repriceMicros) {
    return { kind: "keep", reason: "at_the_front" };
  }
  if (order.replacements >= execution.maxReplacements) {
    return { kind: "keep", reason: "replacements_used" };
  }
  if (order.sinceReplacedMs < execution.minReplaceMs) return { kind: "keep", reason: "too_soon" };
  const next = planRest(request, execution);
  if (next === null || next.price === plan.price) return { kind: "keep", reason: "beyond_limit" };
  return { kind: "replace", reason: hasFallen ? "market_fell" : "market_moved", plan: next };
}

/** A maker's limit leaves out the taker's fee: crossing must keep the least edge with it. */
function planFallback(
  { intent }: FollowedOrder,
  by: {
    readonly request: PlanRequest;
    readonly book: BookView;
    readonly config: FollowConfig;
    readonly minEdge: number;
  },
): OrderPlan | null {
  const { request, book, config, minEdge } = by;
  const highest = highestBid(intent.fairValue, minEdge, "taker", book.fees, book.grid);
  if (highest === null) return null;
  const limitPrice = highest < intent.limitPrice ? highest : intent.limitPrice;
  return planTake(intent.side, { ...request, limitPrice }, config.execution);
}

function isBeyond(side: BookSide, price: PriceMicros, limit: PriceMicros): boolean {
  return side === "bid" ? price > limit : price < limit;
}

function restingChance(volume: CountCenti, ahead: number, request: PlanRequest): number {
  const expected = (volume * SHARE_OF_VOLUME * request.patienceMs) / 60_000;
  const chance = expected / (ahead + request.count);
  return Math.min(RESTING_CHANCE.most, Math.max(RESTING_CHANCE.least, chance));
}
