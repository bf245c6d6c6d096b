import { required } from "../../core/domain/assert.ts";
import { VOID } from "../../core/domain/settlement.ts";
import type { Execution, Placement } from "../../core/domain/paper-order.ts";
import {
  type CountCenti,
  countCenti,
  type Instant,
  type PriceMicros,
  type UsdMicros,
} from "../../core/domain/units.ts";
import type { Fact, SourceManifest } from "../facts.ts";
import { Account } from "./account.ts";
import { Catalog } from "./catalog.ts";
import { ApiError, invalidOrder, notFound } from "./errors.ts";
import type { EngineEvent } from "./events.ts";
import { SeriesFees } from "./fee-changes.ts";
import type { Listing, PublicTrade } from "./listing.ts";
import { MarketLife } from "./market-life.ts";
import { checkOpen, checkPrice, isCanceledOnPause, remainingAfter } from "./order-checks.ts";
import type { AccountOrder, AccountTransfer, Decrease, OrderTerms } from "./order.ts";
import { type OrderGroup, OrderGroups } from "./order-groups.ts";
import { Expiries } from "./expiries.ts";
import { shardOf } from "./series.ts";
import { type ShardActivity, Shards } from "./shards.ts";
import { stableUuid } from "./stable-uuid.ts";
import { likelyTaker } from "./taker-side.ts";

type TradingFact = Extract<Fact, { kind: "level" | "quote" | "trade" | "volume" }>;

/**
 * The exchange without clock, network or disk: facts and commands in, state and events out. The
 * same facts and commands in the same sequence give the same state, to the last queue position;
 * a restart relies on it.
 */
export class Engine {
  readonly account = new Account((ticker) => this.fees.at(ticker, this.#at));
  readonly groups = new OrderGroups();
  readonly shards: Shards;
  readonly fees: SeriesFees;
  readonly catalog: Catalog;
  readonly #life: MarketLife;
  readonly #expiries = new Expiries();
  readonly #dirty = new Set<string>();
  #events: EngineEvent[] = [];
  #at: Instant;

  constructor(manifest: SourceManifest, startingCash: UsdMicros) {
    this.#at = manifest.startAt;
    this.shards = new Shards(manifest.startAt);
    this.fees = new SeriesFees(manifest);
    this.catalog = new Catalog(manifest);
    this.#life = new MarketLife(this.catalog, {
      cancelResting: (listing, at, which) => {
        const isMeant = which === "all" ? () => true : isCanceledOnPause;
        this.#cancelResting(listing, at, isMeant);
      },
      pay: (listing, at) => {
        this.#settle(listing, at);
      },
      tell: ({ ticker: marketTicker }, news) => {
        this.#events.push({ kind: "lifecycle", marketTicker, news });
      },
    });
    this.account.deposit(startingCash);
  }

  get listings(): ReadonlyMap<string, Listing> {
    return this.catalog.listings;
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
    if (fact.kind === "outage") {
      this.shards.isOut = fact.isOut;
      this.#events.push({ kind: "outage", isOut: fact.isOut });
    }
    if (fact.kind === "shard") {
      const activity = { isExchangeActive: true, isTradingActive: fact.isTrading };
      this.setShard(fact.exchangeIndex, activity, fact.receivedAt);
    }
    if (!("marketTicker" in fact)) return;
    switch (fact.kind) {
      case "listing":
      case "market-status":
      case "bounds":
      case "close-moved":
        this.#life.apply(fact);
        return;
      case "level":
      case "quote":
      case "trade":
      case "volume": {
        const listing = this.listings.get(fact.marketTicker);
        if (listing) this.#trade(listing, fact);
      }
    }
  }

  /** Takes in one fact about a market's book or tape. */
  #trade(listing: Listing, fact: TradingFact): void {
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
        const takerSide = fact.takerSide ?? likelyTaker(price, listing.top(), listing.tape.at(-1));
        this.#print(listing, { tradeId, marketTicker, price, count, takerSide, at });
        this.#execute(listing, listing.book.applyTrade(fact), at);
        break;
      }
      case "volume":
        listing.addVolume(fact.count, at);
        this.#execute(listing, listing.book.applyVolume(fact.count), at);
        break;
    }
    this.#touch(listing, at);
  }

  /** Moves cash in, or out. @throws ApiError 400 when there is not as much. */
  transfer(transfer: AccountTransfer): void {
    if (this.account.transfer(transfer)) return;
    throw new ApiError(400, "insufficient_balance", "insufficient balance");
  }

  /**
   * Time has come to `at`: fees change, markets open and close, what expired is canceled, a scheduled
   * pause begins; in the sequence of their times, whatever the step.
   */
  pass(at: Instant): void {
    this.#at = at;
    while (this.#life.nextAt <= at) {
      this.#expire(this.#life.nextAt);
      this.#life.step();
    }
    this.#expire(at);
    const pausedAt = this.shards.pass(at);
    if (pausedAt !== null) this.#cancelOnPause(pausedAt);
  }

  /** Opens or closes a shard for business. @throws ApiError 404 for one that does not exist. */
  setShard(index: number, activity: ShardActivity, at: Instant): void {
    this.shards.set(index, activity);
    const isPaused = !activity.isExchangeActive || !activity.isTradingActive;
    if (isPaused) this.#cancelOnPause(at, index);
  }

  #expire(at: number): void {
    for (const { order, expiresAt } of this.#expiries.due(at)) {
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
    this.shards.check("place", shardOf(listing.ticker), at);
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
    if (order.status === "resting") this.#expiries.add(order);
    return order;
  }

  /** Cancels what rests of an order. @returns what was canceled. @throws ApiError 404, or 400 when closed. */
  cancel(orderId: string, at: Instant): CountCenti {
    const order = this.#resting(orderId, "cancel", at);
    const listing = this.listing(order.terms.marketTicker);
    listing.book.cancel(orderId);
    const canceled = this.#cancelInAccount(orderId, at);
    this.#touch(listing, at);
    return canceled;
  }

  /** Lowers what rests of an order; its place is kept. */
  decrease(orderId: string, decrease: Decrease, at: Instant): AccountOrder {
    const order = this.#resting(orderId, "cancel", at);
    const remaining = remainingAfter(decrease, order);
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
    const order = this.#resting(orderId, "place", at);
    const listing = this.listing(order.terms.marketTicker);
    checkOpen(listing);
    checkPrice(listing, change.price);
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

  /** Cancels what rests of a group, which takes no order until it is reset. @throws ApiError 404. */
  triggerGroup(groupId: string, at: Instant): OrderGroup {
    this.shards.check("cancel", this.groups.get(groupId).shard, at);
    const group = this.groups.trigger(groupId);
    this.#cancelGroup(groupId, at);
    return group;
  }

  /** Deletes a group and cancels what rests of it. @throws ApiError 404. */
  deleteGroup(groupId: string, at: Instant): OrderGroup {
    this.shards.check("cancel", this.groups.get(groupId).shard, at);
    const group = this.groups.delete(groupId);
    this.#cancelGroup(groupId, at);
    return group;
  }

  #cancelGroup(groupId: string, at: Instant): void {
    for (const { terms } of [...this.account.resting.values()]) {
      if (terms.orderGroupId !== groupId) continue;
      const listing = this.listing(terms.marketTicker);
      listing.book.cancel(terms.orderId);
      this.#cancelInAccount(terms.orderId, at);
      this.#touch(listing, at);
    }
  }

  #checkNew(listing: Listing, terms: OrderTerms): void {
    if (terms.clientOrderId !== null) this.#checkClientOrderId(terms.clientOrderId);
    if (terms.orderGroupId !== null) {
      this.groups.checkTakes(terms.orderGroupId, shardOf(listing.ticker));
    }
    checkOpen(listing);
    checkPrice(listing, terms.price);
  }

  #checkClientOrderId(clientOrderId: string): void {
    if (this.account.isKnownClientOrderId(clientOrderId)) {
      throw new ApiError(409, "order_already_exists", "order already exists", clientOrderId);
    }
  }

  #checkCash(terms: OrderTerms, count: CountCenti, except?: string): void {
    if (this.account.required(terms, count, except) > this.account.available(except)) {
      throw new ApiError(400, "insufficient_balance", "insufficient balance");
    }
  }

  /** Before it opens and after its close a market takes no order operation at all, not even a cancel. */
  #resting(orderId: string, operation: "place" | "cancel", at: Instant): AccountOrder {
    const order = this.account.orders.get(orderId);
    if (!order) throw notFound(`order ${orderId}`);
    this.shards.check(operation, shardOf(order.terms.marketTicker), at);
    const listing = this.listing(order.terms.marketTicker);
    if (listing.status !== "inactive") checkOpen(listing);
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
    this.#countInGroups(executions, at);
  }

  /** Only once all executions are booked: a limit that is hit cancels orders that are among them. */
  #countInGroups(executions: readonly Execution[], at: Instant): void {
    const hit = executions.flatMap(({ orderId, count }) => {
      const { orderGroupId } = this.account.order(orderId).terms;
      return orderGroupId !== null && this.groups.match(orderGroupId, count, at)
        ? [orderGroupId]
        : [];
    });
    for (const groupId of hit) this.#cancelGroup(groupId, at);
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

  /** Of one shard, or of all. */
  #cancelOnPause(at: Instant, shard: number | null = null): void {
    const meant = [...this.account.resting.values()].filter(isCanceledOnPause);
    for (const ticker of new Set(meant.map(({ terms }) => terms.marketTicker))) {
      if (shard !== null && shardOf(ticker) !== shard) continue;
      this.#cancelResting(this.listing(ticker), at, isCanceledOnPause);
    }
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
    const { ticker, result } = listing;
    const value = listing.settlementValue;
    const word =
      result === null ? VOID : { result, value: required(value, `settlement value of ${ticker}`) };
    const settlement = this.account.settle(ticker, word, at);
    if (settlement) this.#events.push({ kind: "settlement", settlement });
  }
}
