import { assert, required } from "../../core/domain/assert.ts";
import { chargeFee, type Liquidity, tradeFee } from "../../core/domain/fees.ts";
import type { FeeSchedule } from "../../core/domain/market.ts";
import type { Execution } from "../../core/domain/paper-order.ts";
import { complement, notional } from "../../core/domain/notional.ts";
import type { BookSide } from "../../core/domain/order.ts";
import { type SettlementWord, wordRevenue } from "../../core/domain/settlement.ts";
import {
  type CountCenti,
  countCenti,
  type Instant,
  ONE_CONTRACT_CENTI,
  ONE_USD_MICROS,
  type PositionCenti,
  type PriceMicros,
  positionCenti,
  type UsdMicros,
  usdMicros,
} from "../../core/domain/units.ts";
import {
  newOrder,
  type OrderTerms,
  type AccountFill,
  type AccountOrder,
  type AccountPosition,
  type AccountSettlement,
  type AccountTransfer,
} from "./order.ts";

/** What matching says of one of our orders, under the name the fill will have. */
export type NamedExecution = Pick<Execution, "price" | "count" | "liquidity"> & {
  readonly fillId: string;
};

/**
 * The paper account: cash, orders, fills, positions, settlements. A fold without clock or I/O: the
 * same calls in the same sequence lead to the same state.
 *
 * Selling YES that is not held buys NO at 1 - price, and a YES and a NO of one market net out to
 * 1 USD, so one signed position says all.
 */
export class Account {
  readonly orders = new Map<string, AccountOrder>();
  readonly resting = new Map<string, AccountOrder>();
  readonly fills: AccountFill[] = [];
  readonly positions = new Map<string, AccountPosition>();
  readonly settlements: AccountSettlement[] = [];
  readonly transfers: AccountTransfer[] = [];
  readonly #clientOrderIds = new Set<string>();
  /** The schedule in force for a market. */
  readonly #fees: (marketTicker: string) => FeeSchedule;
  #cash = 0;

  constructor(fees: (marketTicker: string) => FeeSchedule) {
    this.#fees = fees;
  }

  get cash(): UsdMicros {
    return usdMicros(this.#cash);
  }

  deposit(amount: UsdMicros): void {
    this.#cash += amount;
  }

  /** Moves cash in, or out. @returns false when there is not as much, free of resting orders. */
  transfer(transfer: AccountTransfer): boolean {
    if (this.available() + transfer.amount < 0) return false;
    this.#cash += transfer.amount;
    this.transfers.push(transfer);
    return true;
  }

  /** A client order id serves once, also for an order that was killed. */
  isKnownClientOrderId(clientOrderId: string): boolean {
    return this.#clientOrderIds.has(clientOrderId);
  }

  open(terms: OrderTerms, at: Instant): AccountOrder {
    if (terms.clientOrderId !== null) this.#clientOrderIds.add(terms.clientOrderId);
    return this.#store(newOrder(terms, at));
  }

  order(orderId: string): AccountOrder {
    return required(this.orders.get(orderId), `order ${orderId}`);
  }

  position(marketTicker: string): PositionCenti {
    return this.positions.get(marketTicker)?.position ?? positionCenti(0);
  }

  /** Books one execution: fee, cash, position, order. */
  execute(orderId: string, execution: NamedExecution, at: Instant): AccountFill {
    const order = this.order(orderId);
    const { price, count, liquidity } = execution;
    assert(count > 0 && count <= order.remaining, "0 < executed <= order.remaining");
    const { side, marketTicker, clientOrderId } = order.terms;
    const fees = this.#fees(marketTicker);
    const { fee, accumulator } = chargeFee(order.feesCharged, fees, execution);
    const before = this.positions.get(marketTicker) ?? emptyPosition(marketTicker, at);
    const change = tradePosition(before, side, price, count);
    this.#cash += change.cash - fee;
    const after = {
      ...change.position,
      fees: usdMicros(before.fees + fee),
      updatedAt: at,
    };
    this.positions.set(marketTicker, after);
    const isTaker = liquidity === "taker";
    const remaining = countCenti(order.remaining - count);
    this.#store({
      ...order,
      status: remaining === 0 ? "executed" : order.status,
      filled: countCenti(order.filled + count),
      remaining,
      takerCost: usdMicros(order.takerCost + (isTaker ? change.paid : 0)),
      makerCost: usdMicros(order.makerCost + (isTaker ? 0 : change.paid)),
      takerFees: usdMicros(order.takerFees + (isTaker ? fee : 0)),
      makerFees: usdMicros(order.makerFees + (isTaker ? 0 : fee)),
      feesCharged: accumulator,
      updatedAt: at,
    });
    const fill: AccountFill = {
      fillId: execution.fillId,
      orderId,
      clientOrderId,
      marketTicker,
      side,
      price,
      count,
      fee,
      liquidity,
      positionAfter: after.position,
      at,
    };
    this.fills.push(fill);
    return fill;
  }

  /** Ends what is left of an order. @returns what was canceled. */
  cancel(orderId: string, at: Instant): CountCenti {
    const order = this.order(orderId);
    assert(order.status === "resting", "only a resting order is canceled");
    this.#store({ ...order, status: "canceled", remaining: countCenti(0), updatedAt: at });
    return order.remaining;
  }

  /** Changes a resting order's terms; `count` becomes filled plus the new remainder. */
  revise(
    orderId: string,
    change: { price?: PriceMicros; remaining: CountCenti; clientOrderId?: string | null },
    at: Instant,
  ): AccountOrder {
    const order = this.order(orderId);
    if (change.clientOrderId) this.#clientOrderIds.add(change.clientOrderId);
    return this.#store({
      ...order,
      terms: {
        ...order.terms,
        price: change.price ?? order.terms.price,
        clientOrderId: change.clientOrderId ?? order.terms.clientOrderId,
        count: countCenti(order.filled + change.remaining),
      },
      remaining: change.remaining,
      updatedAt: at,
    });
  }

  /**
   * Pays a market out, once; a void one returns what is held there cost, and no fees. Another word on one that is paid is a correction: the difference is paid, or
   * taken back, though the cash be spent, and the row of the settlement tells the new word.
   *
   * @returns null when nothing was ever held there, or it is paid by this word.
   */
  settle(marketTicker: string, word: SettlementWord, at: Instant): AccountSettlement | null {
    const held = this.positions.get(marketTicker);
    if (!held) return null;
    const index = this.settlements.findIndex((paid) => paid.marketTicker === marketTicker);
    const paid = this.settlements[index];
    if (paid !== undefined) {
      if (paid.result === word.result && paid.value === word.value) return null;
      return this.#correct(held, { index, paid }, { word, at });
    }
    const yesCount = countCenti(Math.max(held.position, 0));
    const noCount = countCenti(Math.max(0 - held.position, 0));
    const revenue = wordRevenue(word, { yes: yesCount, no: noCount }, held.cost);
    const settlement: AccountSettlement = {
      marketTicker,
      ...word,
      yesCount,
      noCount,
      yesCost: yesCount > 0 ? held.cost : usdMicros(0),
      noCost: noCount > 0 ? held.cost : usdMicros(0),
      revenue,
      fees: held.fees,
      at,
    };
    this.#cash += revenue;
    this.positions.set(marketTicker, {
      ...held,
      position: positionCenti(0),
      cost: usdMicros(0),
      realized: usdMicros(held.realized + revenue - held.cost),
      updatedAt: at,
    });
    this.settlements.push(settlement);
    return settlement;
  }

  #correct(
    held: AccountPosition,
    { index, paid }: { readonly index: number; readonly paid: AccountSettlement },
    { word, at }: { readonly word: SettlementWord; readonly at: Instant },
  ): AccountSettlement {
    const { yesCount: yes, noCount: no, yesCost, noCost } = paid;
    const revenue = wordRevenue(word, { yes, no }, usdMicros(yesCost + noCost));
    const corrected = { ...paid, ...word, revenue, at };
    const change = corrected.revenue - paid.revenue;
    this.#cash += change;
    const realized = usdMicros(held.realized + change);
    this.positions.set(held.marketTicker, { ...held, realized, updatedAt: at });
    this.settlements[index] = corrected;
    return corrected;
  }

  /** How much of the position a new order of this side would close: resting orders close first. */
  closable(marketTicker: string, side: BookSide, except?: string): CountCenti {
    let left = this.#held(marketTicker, side);
    for (const { terms, remaining } of this.resting.values()) {
      if (terms.orderId === except) continue;
      if (terms.marketTicker === marketTicker && terms.side === side) left -= remaining;
    }
    return countCenti(Math.max(left, 0));
  }

  /** Cash not held against resting orders, `except` one that is about to be replaced. */
  available(except?: string): UsdMicros {
    const toClose = new Map<string, number>();
    let held = 0;
    for (const { terms, remaining } of this.resting.values()) {
      if (terms.orderId === except) continue;
      const key = `${terms.marketTicker}/${terms.side}`;
      const left = toClose.get(key) ?? this.#held(terms.marketTicker, terms.side);
      const closes = Math.min(remaining, left);
      toClose.set(key, left - closes);
      held += this.#cost(terms, countCenti(remaining - closes), "maker");
    }
    return usdMicros(this.#cash - held);
  }

  /** Cash a new order needs at worst: what it opens at its limit, with the taker's fee. */
  required(terms: OrderTerms, count: CountCenti, except?: string): UsdMicros {
    const closes = Math.min(count, this.closable(terms.marketTicker, terms.side, except));
    return usdMicros(this.#cost(terms, countCenti(count - closes), "taker"));
  }

  /** Contracts held that an order of this side would close. */
  #held(marketTicker: string, side: BookSide): number {
    const position = this.position(marketTicker);
    return Math.max(side === "bid" ? 0 - position : position, 0);
  }

  #cost(terms: OrderTerms, opens: CountCenti, liquidity: Liquidity): number {
    if (opens === 0) return 0;
    const price = terms.side === "bid" ? terms.price : complement(terms.price);
    const fees = this.#fees(terms.marketTicker);
    return notional(price, opens) + tradeFee(fees, liquidity, terms.price, opens);
  }

  #store(order: AccountOrder): AccountOrder {
    const { orderId } = order.terms;
    this.orders.set(orderId, order);
    if (order.status === "resting") this.resting.set(orderId, order);
    else this.resting.delete(orderId);
    return order;
  }
}

function emptyPosition(marketTicker: string, at: Instant): AccountPosition {
  const none = usdMicros(0);
  return {
    marketTicker,
    position: positionCenti(0),
    cost: none,
    realized: none,
    fees: none,
    traded: none,
    volume: countCenti(0),
    updatedAt: at,
  };
}

/** Closes what is held of the other outcome first, opens the rest; average cost, exact on the grid. */
function tradePosition(
  held: AccountPosition,
  side: BookSide,
  price: PriceMicros,
  count: CountCenti,
): { position: AccountPosition; cash: number; paid: number } {
  const sign = side === "bid" ? 1 : -1;
  const ownPrice = side === "bid" ? price : complement(price);
  const paid = notional(ownPrice, count);
  const opposite = Math.max(0, -sign * held.position);
  const closes = Math.min(count, opposite);
  const costOut = closes === 0 ? 0 : Math.floor((held.cost * closes) / opposite);
  const paidToClose = notional(ownPrice, countCenti(closes));
  // Each pair of a YES and a NO is worth 1 USD at once.
  const paired = closes * (ONE_USD_MICROS / ONE_CONTRACT_CENTI);
  return {
    cash: paired - paid,
    paid,
    position: {
      ...held,
      position: positionCenti(held.position + sign * count),
      cost: usdMicros(held.cost - costOut + paid - paidToClose),
      realized: usdMicros(held.realized + paired - paidToClose - costOut),
      traded: usdMicros(held.traded + paid),
      volume: countCenti(held.volume + count),
    },
  };
}
