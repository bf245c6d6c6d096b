import { assert } from "./assert.ts";
import { DisplayedSide, type DisplayedSideState } from "./displayed-side.ts";
import type { BookSide } from "./order.ts";
import {
  canceledOrder,
  type Canceled,
  type Execution,
  fill,
  OPPOSITE_SIDE,
  ownPriceOf,
  type PaperOrder,
  type Placement,
  type RestingOrder,
  toOwnPrice,
  toYesPrice,
  unplaced,
} from "./paper-order.ts";
import { planSweep, type Sweep } from "./sweep.ts";
import {
  type CountCenti,
  countCenti,
  ONE_USD_MICROS,
  type PriceMicros,
  priceMicros,
} from "./units.ts";

/** A paper market as JSON-safe data: kept to survive a restart with orders resting. */
export interface PaperMarketState {
  readonly bid: DisplayedSideState;
  readonly ask: DisplayedSideState;
  readonly orders: readonly RestingOrder[];
  readonly printedVolume: number;
}

/** One level of the aggregate book at its outcome's own price; `others` null: they rest there, size unknown. */
export interface PaperLevel {
  readonly price: PriceMicros;
  readonly others: CountCenti | null;
  readonly ours: CountCenti;
}

/**
 * The paper matching rules of one market: what others did is given, what our orders would have got
 * follows. Price-time; ours queue behind the size displayed at arrival and our earlier orders, and
 * others' cancels come from behind us first.
 *
 * A trade is told before the level changes that it caused, or else prints alone move our place in a queue:
 * a change that comes first would move it a second time. Latency and cash are the caller's.
 * Where sizes are unknown an order fills only when the price goes through it: by a print up to its
 * size; by the opposite quote in full, since that is the adverse case and nothing bounds it.
 */
export class PaperMarket {
  readonly #displayed = { bid: new DisplayedSide(), ask: new DisplayedSide() };
  /** Ours by side, in price-time order. */
  readonly #orders: Record<BookSide, readonly RestingOrder[]> = { bid: [], ask: [] };
  readonly #hasLatePrints: boolean;
  /** Printed since a taker last filled at a quote of unknown size, hundredths. */
  #printedVolume = 0;

  /**
   * @param options.hasLatePrints whether a trade may be told after the level changes that it caused, as by streams
   *   that are not in sequence with each other: what others cancel ahead of us moves us no further then.
   */
  constructor({ hasLatePrints = false }: { readonly hasLatePrints?: boolean } = {}) {
    this.#hasLatePrints = hasLatePrints;
  }

  /** Others' absolute size at one price of one outcome. @returns executions of our resting orders. */
  applyLevel(outcome: "yes" | "no", price: PriceMicros, size: CountCenti): readonly Execution[] {
    const side = outcome === "yes" ? "bid" : "ask";
    if (!this.#side(side).setLevel(price, size)) return [];
    this.#requeue(side);
    return this.#meetSized(side, price);
  }

  /** Top of book where no depth is known; a null size beside a price is unknown. */
  applyQuote(quote: {
    readonly bid: PriceMicros | null;
    readonly bidSize: CountCenti | null;
    readonly ask: PriceMicros | null;
    readonly askSize: CountCenti | null;
  }): readonly Execution[] {
    const ask = quote.ask === null ? null : toOwnPrice("ask", quote.ask);
    const atBid = this.#applyBest("bid", quote.bid, quote.bidSize);
    const atAsk = this.#applyBest("ask", ask, quote.askSize);
    if (atBid.length === 0) return atAsk;
    return atAsk.length === 0 ? atBid : [...atBid, ...atAsk];
  }

  /** A public print. Where the taker's side is unknown, only orders it went through are filled. */
  applyTrade(trade: {
    readonly price: PriceMicros;
    readonly count: CountCenti;
    readonly takerSide: BookSide | null;
    readonly tradeId: string;
  }): readonly Execution[] {
    const executions: Execution[] = [];
    const sides: readonly BookSide[] =
      trade.takerSide === null ? ["bid", "ask"] : [OPPOSITE_SIDE[trade.takerSide]];
    let left: number = trade.count;
    for (const side of sides) {
      const price = toOwnPrice(side, trade.price);
      this.#step(side, (order) => {
        const own = ownPriceOf(order);
        if (own < price) return order;
        if (own > price) {
          const filled = Math.min(order.remaining, left);
          left -= filled;
          return fill(order, filled, trade.tradeId, executions);
        }
        if (order.ahead === null || trade.takerSide === null) return order;
        const queue = Math.min(order.ahead, left);
        const filled = Math.min(order.remaining, left - queue);
        left -= filled;
        return fill({ ...order, ahead: order.ahead - queue }, filled, trade.tradeId, executions);
      });
    }
    this.#printedVolume += left;
    return executions;
  }

  /** Contracts printed where single trades are not known: they fill orders the quote has crossed. */
  applyVolume(count: CountCenti): readonly Execution[] {
    const executions: Execution[] = [];
    let left: number = count;
    for (const side of ["bid", "ask"] as const) {
      this.#step(side, (order) => {
        const filled = order.isCrossed ? Math.min(order.remaining, left) : 0;
        left -= filled;
        return fill(order, filled, null, executions);
      });
    }
    this.#printedVolume += left;
    return executions;
  }

  /**
   * Takes in an order: sweeps what others display up to its limit, then rests, or not.
   *
   * @throws InvariantError when an order with this id rests already, or the count is zero.
   */
  place(order: PaperOrder): Placement {
    assert(order.count > 0, "an order is for more than nothing");
    assert(this.order(order.orderId) === null, "an order id rests once");
    const opposite = OPPOSITE_SIDE[order.side];
    const displayed = this.#side(opposite);
    const sweep = planSweep(order, displayed, this.#orders[opposite], this.#printedVolume);
    if (order.isPostOnly && sweep.isCrossing) return unplaced(order, "refused", "post_only_cross");
    if (order.timeInForce === "fill_or_kill" && sweep.total < order.count) {
      return unplaced(order, "canceled", "fill_or_kill_insufficient_resting_volume");
    }
    const executions = this.#take(order, sweep);
    const left = countCenti(order.count - sweep.total);
    const nothing = countCenti(0);
    const selfCanceled = sweep.selfCanceled.map(canceledOrder);
    const outcome = { executions, selfCanceled, canceled: nothing, reason: null };
    if (left === 0) return { status: "executed", remaining: left, ...outcome };
    if (sweep.isStopped || order.timeInForce === "immediate_or_cancel") {
      const reason = sweep.isStopped ? "self_trade" : "immediate_or_cancel";
      return { status: "canceled", remaining: nothing, ...outcome, canceled: left, reason };
    }
    this.#rest(order, left);
    return { status: "resting", remaining: left, ...outcome };
  }

  /** Takes one order out. @returns what was left of it, or `null` when it does not rest. */
  cancel(orderId: string): CountCenti | null {
    const order = this.order(orderId);
    if (order === null) return null;
    this.#step(order.side, (other) => (other === order ? null : other));
    return order.remaining;
  }

  /**
   * Lowers what is left of an order to `remaining`, 0 taking it out; it keeps its place.
   *
   * @returns `false` when it does not rest, or rests with less.
   */
  decrease(orderId: string, remaining: CountCenti): boolean {
    const order = this.order(orderId);
    if (order === null || remaining > order.remaining) return false;
    this.#step(order.side, (other) => {
      if (other !== order) return other;
      return remaining === 0 ? null : { ...other, remaining };
    });
    return true;
  }

  /**
   * Changes the price and what is left. No more than before at the same price keeps its place; all
   * else arrives anew and may take. A post-only order that would cross is refused and stands as it was.
   *
   * @returns `null` when the order does not rest.
   */
  amend(orderId: string, price: PriceMicros, remaining: CountCenti): Placement | null {
    const order = this.order(orderId);
    if (order === null) return null;
    if (price === order.price && this.decrease(orderId, remaining)) {
      const status = remaining === 0 ? "canceled" : "resting";
      const canceled = countCenti(0);
      return { status, executions: [], remaining, canceled, reason: null, selfCanceled: [] };
    }
    const { side, isPostOnly, selfTradePrevention } = order;
    const before = this.#orders[side];
    this.cancel(orderId);
    const placed = this.place({
      orderId,
      side,
      price,
      count: remaining,
      timeInForce: "good_till_canceled",
      isPostOnly,
      selfTradePrevention,
    });
    if (placed.status === "refused") this.#orders[side] = before;
    return placed;
  }

  /** Takes every order out. @returns what was left of each. */
  cancelAll(): readonly Canceled[] {
    const canceled = this.resting().map(canceledOrder);
    this.#orders.bid = [];
    this.#orders.ask = [];
    return canceled;
  }

  /** One of our resting orders. @returns `null` when it does not rest. */
  order(orderId: string): RestingOrder | null {
    return this.resting().find((order) => order.orderId === orderId) ?? null;
  }

  /** Our resting orders, each side in price-time order. */
  resting(): readonly RestingOrder[] {
    return [...this.#orders.bid, ...this.#orders.ask];
  }

  /** Hundredths before an order at its price, ours included. @returns `null` when unknown or not resting. */
  queuePosition(orderId: string): number | null {
    const order = this.order(orderId);
    if (order === null || order.ahead === null) return null;
    const atPrice = this.#orders[order.side].filter(({ price }) => price === order.price);
    const earlier = atPrice.slice(0, atPrice.indexOf(order));
    return earlier.reduce((total, { remaining }) => total + remaining, order.ahead);
  }

  /** Printed since a taker last filled at a quote of unknown size: what one could take there now. */
  printedVolume(): CountCenti {
    return countCenti(this.#printedVolume);
  }

  /** Bids of both outcomes with ours in them, best last, as the venue shows a book. */
  book(): { readonly yes: readonly PaperLevel[]; readonly no: readonly PaperLevel[] } {
    return { yes: this.#levels("bid"), no: this.#levels("ask") };
  }

  /** The market as data. */
  state(): PaperMarketState {
    return {
      bid: this.#displayed.bid.state(),
      ask: this.#displayed.ask.state(),
      orders: this.resting(),
      printedVolume: this.#printedVolume,
    };
  }

  /** Becomes the market that was written down. */
  restore(state: PaperMarketState): void {
    this.#displayed.bid.restore(state.bid);
    this.#displayed.ask.restore(state.ask);
    this.#orders.bid = state.orders.filter(({ side }) => side === "bid");
    this.#orders.ask = state.orders.filter(({ side }) => side === "ask");
    this.#printedVolume = state.printedVolume;
  }

  #side(side: BookSide): DisplayedSide {
    return side === "bid" ? this.#displayed.bid : this.#displayed.ask;
  }

  /** Changes each of our orders on a side, or takes it out. */
  #step(side: BookSide, step: (order: RestingOrder) => RestingOrder | null): void {
    if (this.#orders[side].length === 0) return;
    this.#orders[side] = this.#orders[side].map(step).filter((order) => order !== null);
  }

  /** A level that shrank without a trade moves the queue only down to what is still displayed. */
  #requeue(side: BookSide): void {
    this.#step(side, (order) => {
      const displayed = this.#side(side).aheadOf(ownPriceOf(order));
      if (displayed === null || (this.#hasLatePrints && order.ahead !== null)) return order;
      return { ...order, ahead: Math.min(order.ahead ?? displayed, displayed) };
    });
  }

  #applyBest(
    side: BookSide,
    price: PriceMicros | null,
    size: CountCenti | null,
  ): readonly Execution[] {
    if (!this.#side(side).setBest(price, size)) return NO_EXECUTIONS;
    // Without an order of ours nobody queues, and nobody is met.
    if (this.#orders.bid.length === 0 && this.#orders.ask.length === 0) return NO_EXECUTIONS;
    this.#requeue(side);
    if (price !== null && size !== null) return this.#meetSized(side, price);
    return this.#meetUnsized(side, price);
  }

  /** Others' size came to a price: our opposite orders that it reaches fill up to it. */
  #meetSized(side: BookSide, price: PriceMicros): Execution[] {
    const displayed = this.#side(side);
    const executions: Execution[] = [];
    this.#step(OPPOSITE_SIDE[side], (order) => {
      if (ownPriceOf(order) + price < ONE_USD_MICROS) return order;
      const filled = Math.min(order.remaining, displayed.available(price));
      displayed.take(price, filled);
      return fill(order, filled, null, executions);
    });
    return executions;
  }

  /** Others' quote of unknown size moved: our opposite orders that it newly went beyond fill in full. */
  #meetUnsized(side: BookSide, price: PriceMicros | null): Execution[] {
    const executions: Execution[] = [];
    this.#step(OPPOSITE_SIDE[side], (order) => {
      const isBeyond = price !== null && ownPriceOf(order) + price > ONE_USD_MICROS;
      if (isBeyond && !order.isCrossed) return fill(order, order.remaining, null, executions);
      return { ...order, isCrossed: isBeyond };
    });
    return executions;
  }

  #take(order: PaperOrder, sweep: Sweep): readonly Execution[] {
    const makers = OPPOSITE_SIDE[order.side];
    const displayed = this.#side(makers);
    this.#step(makers, (own) => (sweep.selfCanceled.includes(own) ? null : own));
    return sweep.takes.map(({ price, count }) => {
      if (displayed.unsizedPrice === price) this.#printedVolume = 0;
      else displayed.take(price, count);
      this.#step(makers, (own) => {
        if (ownPriceOf(own) !== price || own.ahead === null) return own;
        return { ...own, ahead: Math.max(0, own.ahead - count) };
      });
      return {
        orderId: order.orderId,
        side: order.side,
        price: toYesPrice(makers, price),
        count: countCenti(count),
        liquidity: "taker",
        tradeId: null,
      };
    });
  }

  #rest(order: PaperOrder, remaining: CountCenti): void {
    const { orderId, side, price, isPostOnly, selfTradePrevention } = order;
    const own = ownPriceOf(order);
    const opposite = this.#side(OPPOSITE_SIDE[side]).unsizedPrice;
    const resting: RestingOrder = {
      orderId,
      side,
      price,
      remaining,
      ahead: this.#side(side).aheadOf(own),
      isCrossed: opposite !== null && opposite + own > ONE_USD_MICROS,
      isPostOnly,
      selfTradePrevention,
    };
    const orders = this.#orders[side];
    const behind = orders.findIndex((other) => ownPriceOf(other) < own);
    this.#orders[side] = orders.toSpliced(behind === -1 ? orders.length : behind, 0, resting);
  }

  /** A level of others that our resting order reaches is not shown: a real book is never crossed. */
  #levels(side: BookSide): readonly PaperLevel[] {
    const displayed = this.#side(side);
    const best = this.#orders[OPPOSITE_SIDE[side]][0];
    const bound = best === undefined ? ONE_USD_MICROS : ONE_USD_MICROS - ownPriceOf(best);
    const levels = new Map<number, { others: number | null; ours: number }>();
    for (const price of displayed.openPrices()) {
      const others = displayed.unsizedPrice === price ? null : displayed.available(price);
      if (price < bound) levels.set(price, { others, ours: 0 });
    }
    for (const order of this.#orders[side]) {
      const level = levels.get(ownPriceOf(order)) ?? { others: 0, ours: 0 };
      levels.set(ownPriceOf(order), { ...level, ours: level.ours + order.remaining });
    }
    return [...levels]
      .sort(([a], [b]) => a - b)
      .map(([price, { others, ours }]) => ({
        price: priceMicros(price),
        others: others === null ? null : countCenti(others),
        ours: countCenti(ours),
      }));
  }
}

const NO_EXECUTIONS: readonly Execution[] = [];
