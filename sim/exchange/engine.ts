import { required } from "../../core/domain/assert.ts";
import type { FeeSchedule, MarketResult, MarketStatus } from "../../core/domain/market.ts";
import type { Execution, Placement } from "../../core/domain/paper-order.ts";
import { LINEAR_CENT, isOnGrid } from "../../core/domain/price-grid.ts";
import { settlementValue } from "../../core/domain/settlement.ts";
import {
  type CountCenti,
  countCenti,
  type Instant,
  type PriceMicros,
  type UsdMicros,
} from "../../core/domain/units.ts";
import type { Fact, SourceManifest } from "../facts.ts";
import { Account } from "./account.ts";
import { ApiError, invalidOrder, notFound } from "./errors.ts";
import { Listing, type PublicTrade } from "./listing.ts";
import type { AccountFill, AccountOrder, AccountSettlement, OrderTerms } from "./order.ts";
import { stableUuid } from "./stable-uuid.ts";

/** KXNBAGAME lives on the shard of tennis, baseball and basketball. */
export const NBA_SHARD = 3;

/** Fees of KXNBAGAME: maker fees, multiplier 1. */
export const NBA_FEES: FeeSchedule = { kind: "quadratic_with_maker_fees", multiplierMilli: 1000 };

/** Something the public or the account's owner is told. */
export type EngineEvent =
  | { readonly kind: "trade"; readonly trade: PublicTrade }
  | { readonly kind: "lifecycle"; readonly marketTicker: string; readonly status: MarketStatus }
  | { readonly kind: "order"; readonly order: AccountOrder }
  | { readonly kind: "fill"; readonly fill: AccountFill }
  | { readonly kind: "settlement"; readonly settlement: AccountSettlement };

/**
 * The exchange without clock, network or disk: facts and commands in, state and events out. The
 * same facts and commands in the same sequence give the same state, to the last queue position;
 * a restart relies on it.
 */
export class Engine {
  readonly account = new Account(NBA_FEES);
  readonly listings = new Map<string, Listing>();
  readonly #dirty = new Set<string>();
  #events: EngineEvent[] = [];
  #expiring: AccountOrder[] = [];

  constructor(manifest: SourceManifest, startingCash: UsdMicros) {
    for (const game of manifest.games) {
      for (const ticker of game.marketTickers) {
        this.listings.set(ticker, new Listing(ticker, game, manifest.startAt));
      }
    }
    this.account.deposit(startingCash);
  }

  /** What happened since the last call. */
  takeEvents(): readonly EngineEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** Markets whose book changed since the last call. */
  takeDirty(): readonly string[] {
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    return dirty;
  }

  /** @throws ApiError 404. */
  listing(ticker: string): Listing {
    const listing = this.listings.get(ticker);
    if (!listing) throw notFound(`market ${ticker}`);
    return listing;
  }

  /** Takes in one fact; facts about feeds mean nothing here. */
  apply(fact: Fact): void {
    if (!("marketTicker" in fact)) return;
    const listing = this.listings.get(fact.marketTicker);
    if (!listing) return;
    const at = fact.receivedAt;
    switch (fact.kind) {
      case "level":
        this.#execute(listing, listing.book.applyLevel(fact.outcome, fact.price, fact.size), at);
        break;
      case "quote":
        this.#execute(listing, listing.book.applyQuote(fact), at);
        break;
      case "trade": {
        const { tradeId, marketTicker, price, count } = fact;
        const takerSide = fact.takerSide ?? "bid";
        this.#print(listing, { tradeId, marketTicker, price, count, takerSide, at });
        this.#execute(listing, listing.book.applyTrade(fact), at);
        break;
      }
      case "volume":
        listing.addVolume(fact.count, at);
        this.#execute(listing, listing.book.applyVolume(fact.count), at);
        break;
      case "market-status":
        this.#setStatus(listing, fact.status, at, fact.result, fact.settlementValue);
        return;
    }
    this.#touch(listing, at);
  }

  /** Cancels what has expired by `at`. */
  expire(at: Instant): void {
    while ((this.#expiring[0]?.terms.expiresAt ?? Number.POSITIVE_INFINITY) <= at) {
      const order = required(this.#expiring.shift(), "the order that expires first");
      const expiresAt = required(order.terms.expiresAt, "its time");
      const { orderId, marketTicker } = order.terms;
      if (!this.account.resting.has(orderId)) continue;
      const listing = this.listing(marketTicker);
      listing.book.cancel(orderId);
      this.#cancelInAccount(orderId, expiresAt);
      this.#touch(listing, expiresAt);
    }
  }

  /**
   * Takes an order. What is refused leaves no trace and throws; a killed fill-or-kill is taken, and
   * canceled.
   *
   * @throws ApiError in the venue's codes.
   */
  place(terms: OrderTerms, at: Instant): AccountOrder {
    const listing = this.listing(terms.marketTicker);
    this.#checkNew(listing, terms);
    const count = terms.isReduceOnly
      ? countCenti(Math.min(terms.count, this.account.closable(listing.ticker, terms.side)))
      : terms.count;
    if (count === 0) throw invalidOrder("reduce only: no position to reduce");
    this.#checkCash(terms, count);
    // A time that has passed already acts as immediate-or-cancel.
    const isExpired = terms.expiresAt !== null && terms.expiresAt <= at;
    const timeInForce = isExpired ? "immediate_or_cancel" : terms.timeInForce;
    const placed = listing.book.place({ ...terms, count, timeInForce });
    if (placed.status === "refused") throw invalidOrder("post only cross");
    this.account.open(terms, at);
    this.#afterPlacement(listing, terms.orderId, placed, at);
    const order = this.account.order(terms.orderId);
    if (order.status === "resting" && terms.expiresAt !== null) {
      this.#expiring.push(order);
      this.#expiring.sort((a, b) => (a.terms.expiresAt ?? 0) - (b.terms.expiresAt ?? 0));
    }
    return order;
  }

  /** Cancels what rests of an order. @returns what was canceled. @throws ApiError 404, or 400 when closed. */
  cancel(orderId: string, at: Instant): CountCenti {
    const order = this.#resting(orderId);
    const listing = this.listing(order.terms.marketTicker);
    listing.book.cancel(orderId);
    const canceled = this.#cancelInAccount(orderId, at);
    this.#touch(listing, at);
    return canceled;
  }

  /** Lowers what rests of an order; its place is kept. */
  decrease(orderId: string, remaining: CountCenti, at: Instant): AccountOrder {
    const order = this.#resting(orderId);
    if (remaining > order.remaining) throw invalidOrder("a decrease never increases");
    if (remaining === 0) {
      this.cancel(orderId, at);
      return this.account.order(orderId);
    }
    const listing = this.listing(order.terms.marketTicker);
    listing.book.decrease(orderId, remaining);
    const revised = this.account.revise(orderId, { remaining }, at);
    this.#events.push({ kind: "order", order: revised });
    this.#touch(listing, at);
    return revised;
  }

  /** Changes price, count (filled plus what shall rest) or client order id. */
  amend(
    orderId: string,
    change: { price: PriceMicros; count: CountCenti; clientOrderId: string | null },
    at: Instant,
  ): AccountOrder {
    const order = this.#resting(orderId);
    const listing = this.listing(order.terms.marketTicker);
    this.#checkOpen(listing);
    this.#checkPrice(change.price);
    if (change.count <= order.filled) throw invalidOrder("count must exceed what has filled");
    if (change.clientOrderId !== null) this.#checkClientOrderId(change.clientOrderId);
    const remaining = countCenti(change.count - order.filled);
    this.#checkCash({ ...order.terms, price: change.price }, remaining, orderId);
    const placed = required(
      listing.book.amend(orderId, change.price, remaining),
      `order ${orderId} in the book`,
    );
    if (placed.status === "refused") throw invalidOrder("post only cross");
    this.account.revise(orderId, { ...change, remaining }, at);
    this.#afterPlacement(listing, orderId, placed, at);
    return this.account.order(orderId);
  }

  #checkNew(listing: Listing, terms: OrderTerms): void {
    if (terms.clientOrderId !== null) this.#checkClientOrderId(terms.clientOrderId);
    this.#checkOpen(listing);
    this.#checkPrice(terms.price);
  }

  #checkClientOrderId(clientOrderId: string): void {
    if (this.account.isKnownClientOrderId(clientOrderId)) {
      throw new ApiError(409, "order_already_exists", "order already exists", clientOrderId);
    }
  }

  #checkOpen({ ticker, status }: Listing): void {
    if (status === "active") return;
    throw new ApiError(400, "MARKET_INACTIVE", "market is not active", `${ticker} is ${status}`);
  }

  #checkPrice(price: PriceMicros): void {
    if (!isOnGrid(price, LINEAR_CENT)) throw invalidOrder("price is not on the market's grid");
  }

  #checkCash(terms: OrderTerms, count: CountCenti, except?: string): void {
    if (this.account.required(terms, count, except) > this.account.available(except)) {
      throw new ApiError(400, "insufficient_balance", "insufficient balance");
    }
  }

  /** After its close a market takes no order operation at all, not even a cancel. */
  #resting(orderId: string): AccountOrder {
    const order = this.account.orders.get(orderId);
    if (!order) throw notFound(`order ${orderId}`);
    const listing = this.listing(order.terms.marketTicker);
    if (listing.status !== "inactive") this.#checkOpen(listing);
    if (order.status !== "resting") throw notFound(`order ${orderId} does not rest`);
    return order;
  }

  #afterPlacement(listing: Listing, orderId: string, placed: Placement, at: Instant): void {
    for (const other of placed.selfCanceled) this.#cancelInAccount(other.orderId, at);
    this.#execute(listing, placed.executions, at);
    const order = this.account.order(orderId);
    if (order.status === "resting" && placed.remaining === 0) this.#cancelInAccount(orderId, at);
    else if (placed.executions.length === 0) this.#events.push({ kind: "order", order });
    this.#touch(listing, at);
  }

  #cancelInAccount(orderId: string, at: Instant): CountCenti {
    const canceled = this.account.cancel(orderId, at);
    this.#events.push({ kind: "order", order: this.account.order(orderId) });
    return canceled;
  }

  /** Books executions of our orders; where no public print stands behind one, it is the print. */
  #execute(listing: Listing, executions: readonly Execution[], at: Instant): void {
    for (const execution of executions) {
      const { orderId, price, count, liquidity, side } = execution;
      const fillId = stableUuid(`fill/${orderId}/${this.account.fills.length}`);
      if (execution.tradeId === null) {
        const takerSide = (side === "bid") === (liquidity === "taker") ? "bid" : "ask";
        const { ticker: marketTicker } = listing;
        this.#print(listing, { tradeId: fillId, marketTicker, price, count, takerSide, at });
      }
      const fill = this.account.execute(orderId, { fillId, price, count, liquidity }, at);
      this.#events.push({ kind: "fill", fill });
      this.#events.push({ kind: "order", order: this.account.order(orderId) });
    }
  }

  #print(listing: Listing, trade: PublicTrade): void {
    listing.print(trade);
    this.#events.push({ kind: "trade", trade });
  }

  #touch(listing: Listing, at: Instant): void {
    listing.updatedAt = at;
    listing.sampleQuote(at);
    this.#dirty.add(listing.ticker);
  }

  #setStatus(
    listing: Listing,
    status: MarketStatus,
    at: Instant,
    result: MarketResult | null,
    value: UsdMicros | null,
  ): void {
    const before = listing.status;
    if (before === status) return;
    listing.status = status;
    listing.updatedAt = at;
    const isOver = status === "closed" || status === "determined" || status === "finalized";
    const isReopened = before === "inactive" && status === "active";
    if (isOver && listing.closeAt > at) listing.closeAt = at;
    if (isOver || isReopened) this.#cancelResting(listing, at, () => true);
    if (status === "inactive") {
      this.#cancelResting(listing, at, ({ terms }) => terms.isCanceledOnPause);
    }
    if (result !== null) {
      listing.result = result;
      listing.settlementValue = settlementValue(result, value);
    }
    if (status === "finalized") this.#settle(listing, at);
    this.#events.push({ kind: "lifecycle", marketTicker: listing.ticker, status });
  }

  #cancelResting(listing: Listing, at: Instant, isMeant: (order: AccountOrder) => boolean): void {
    for (const order of [...this.account.resting.values()]) {
      if (order.terms.marketTicker !== listing.ticker || !isMeant(order)) continue;
      listing.book.cancel(order.terms.orderId);
      this.#cancelInAccount(order.terms.orderId, at);
      this.#dirty.add(listing.ticker);
    }
  }

  #settle(listing: Listing, at: Instant): void {
    const result = required(listing.result, `result of ${listing.ticker}`);
    const value = required(listing.settlementValue, `settlement value of ${listing.ticker}`);
    listing.settledAt = at;
    const settlement = this.account.settle(listing.ticker, result, value, at);
    if (settlement) this.#events.push({ kind: "settlement", settlement });
  }
}
