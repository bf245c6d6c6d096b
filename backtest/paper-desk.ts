import { required } from "../core/domain/assert.ts";
import { chargeFee, type FeeAccumulator, NO_FEES_CHARGED } from "../core/domain/fees.ts";
import {
  mid,
  type FeeSchedule,
  type MutableQuote,
  type Quote,
  writeQuote,
} from "../core/domain/market.ts";
import { PaperMarket } from "../core/domain/matching.ts";
import type { BookSide, OrderPlan } from "../core/domain/order.ts";
import type { Execution, PaperOrder } from "../core/domain/paper-order.ts";
import { PriceLevels } from "../core/domain/price-levels.ts";
import {
  type CountCenti,
  countCenti,
  type Instant,
  instant,
  ONE_USD_MICROS,
  type PriceMicros,
  priceMicros,
  type UsdMicros,
} from "../core/domain/units.ts";
import type { Fact, QuoteFact } from "../sim/facts.ts";

/** One execution of ours with its fee, and the mid others showed when it came. */
export interface DeskFill {
  readonly at: Instant;
  readonly orderId: string;
  readonly marketTicker: string;
  readonly side: BookSide;
  readonly price: PriceMicros;
  readonly count: CountCenti;
  readonly fee: UsdMicros;
  readonly liquidity: "maker" | "taker";
  /** Micros; null when a side of the book was empty. */
  readonly mid: number | null;
}

/** What a desk tells of our orders. */
export interface DeskListener {
  onFill(fill: DeskFill): void;
  /** The order is over. */
  onClosed(orderId: string, how: ClosedHow): void;
}

/** How an order ended; `rejected` by the market, such as one that may only rest and would have crossed. */
export type ClosedHow = "filled" | "canceled" | "rejected";

interface Waiting {
  readonly at: number;
  readonly act: (at: Instant) => void;
}

/**
 * One market played from facts: others' book, and our orders in it by the paper matching rules.
 * What we send arrives after the latency.
 */
export class PaperDesk {
  readonly marketTicker: string;
  readonly #market: PaperMarket;
  readonly #yes = new PriceLevels();
  readonly #no = new PriceLevels();
  readonly #fees: FeeSchedule;
  readonly #latencyMs: number;
  readonly #listener: DeskListener;
  readonly #charged = new Map<string, FeeAccumulator>();
  readonly #remaining = new Map<string, number>();
  #waiting: Waiting[] = [];
  /** The book where no depth is told, as it was asked for last: one object, written over by every quote. */
  #top: MutableQuote | null = null;
  #isDerived = false;
  #isOpen = true;
  #lastTrade: { readonly price: PriceMicros; readonly at: Instant } | null = null;

  /** @param hasLatePrints as the source's manifest says. */
  constructor(
    marketTicker: string,
    fees: FeeSchedule,
    latencyMs: number,
    listener: DeskListener,
    hasLatePrints = false,
  ) {
    this.#market = new PaperMarket({ hasLatePrints });
    this.marketTicker = marketTicker;
    this.#fees = fees;
    this.#latencyMs = latencyMs;
    this.#listener = listener;
  }

  /** Whether the book's quotes were derived, not quoted. */
  get isDerived(): boolean {
    return this.#isDerived;
  }

  /** Lets arrive what was sent long enough ago. */
  arrive(now: Instant): void {
    if (this.#waiting.length > 0) this.#letIn(now);
  }

  #letIn(now: Instant): void {
    const due = this.#waiting.filter(({ at }) => at <= now);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter(({ at }) => at > now);
    for (const { at, act } of due) act(instant(at));
  }

  /** Plays one fact of this market. @returns whether the quote may have changed. */
  play(fact: Fact): boolean {
    const at = fact.receivedAt;
    switch (fact.kind) {
      case "level":
        (fact.outcome === "yes" ? this.#yes : this.#no).set(fact.price, fact.size);
        this.#settle(this.#market.applyLevel(fact.outcome, fact.price, fact.size), at);
        return true;
      case "quote":
        this.quoted(fact);
        return true;
      case "trade":
        this.#lastTrade = { price: fact.price, at };
        this.#settle(this.#market.applyTrade(fact), at);
        return false;
      case "volume":
        this.#settle(this.#market.applyVolume(fact.count), at);
        return false;
      case "market-status":
      case "game-state":
      case "play":
      case "win-probability":
      case "injury":
      case "partner":
      case "listing":
      case "bounds":
      case "close-moved":
      case "spot-trade":
      case "spot-candle":
      case "index-value":
      case "feed-away":
      case "page-away":
      case "outage":
      case "shard":
        return false;
    }
  }

  /** Plays a quote. */
  quoted(quote: QuoteFact): void {
    const { receivedAt: at } = quote;
    this.#top = writtenOver(this.#top, quote, at);
    this.#isDerived = quote.isDerived;
    this.#settle(this.#market.applyQuote(this.#top), at);
  }

  /** The last public trade. @returns `null` before the first, and where single trades are not known. */
  lastTrade(): { readonly price: PriceMicros; readonly at: Instant } | null {
    return this.#lastTrade;
  }

  /** Whether anything was shown of the book yet. */
  isSeen(): boolean {
    return this.#top !== null || this.#yes.highest() !== null || this.#no.highest() !== null;
  }

  /** Best prices of others at `at`; good until the next quote, which may write it over. */
  quote(at: Instant): Quote {
    if (this.#top !== null) {
      if (this.#top.receivedAt !== at) writeQuote(this.#top, this.#top, at, at);
      return this.#top;
    }
    const { marketTicker } = this;
    const yes = this.#yes.highest();
    const no = this.#no.highest();
    return {
      marketTicker,
      bid: yes === null ? null : priceMicros(yes),
      bidSize: yes === null ? null : countCenti(this.#yes.get(yes)),
      ask: no === null ? null : priceMicros(ONE_USD_MICROS - no),
      askSize: no === null ? null : countCenti(this.#no.get(no)),
      quotedAt: at,
      receivedAt: at,
    };
  }

  /** Sends an order. */
  send(
    order: Pick<PaperOrder, "orderId" | "side" | "count" | "selfTradePrevention">,
    plan: OrderPlan,
    at: Instant,
  ): void {
    this.#later(at, (now) => {
      this.#remaining.set(order.orderId, order.count);
      if (!this.#isOpen) {
        this.#close(order.orderId, "rejected");
        return;
      }
      const { orderId, side, count, selfTradePrevention } = order;
      const { price, timeInForce, isPostOnly } = plan;
      const sent = { orderId, side, count, price, timeInForce, isPostOnly, selfTradePrevention };
      const placed = this.#market.place(sent);
      for (const own of placed.selfCanceled) this.#close(own.orderId, "canceled");
      this.#settle(placed.executions, now);
      if (placed.status === "refused") this.#close(order.orderId, "rejected");
      else if (placed.status === "canceled") this.#close(order.orderId, "canceled");
    });
  }

  /** Asks for a cancel; the order may fill until it arrives. */
  cancel(orderId: string, at: Instant): void {
    this.#later(at, () => {
      if (this.#market.cancel(orderId) !== null) this.#close(orderId, "canceled");
    });
  }

  /** The market stops trading: what rests is canceled, what is on its way is refused. */
  close(at: Instant): void {
    this.#isOpen = false;
    for (const { orderId } of this.#market.cancelAll()) this.#close(orderId, "canceled");
    for (const { act } of this.#waiting.splice(0)) act(at);
  }

  #later(at: Instant, act: (at: Instant) => void): void {
    this.#waiting.push({ at: at + this.#latencyMs, act });
  }

  #settle(executions: readonly Execution[], at: Instant): void {
    for (const execution of executions) {
      const { orderId, side, price, count, liquidity } = execution;
      const before = this.#charged.get(orderId) ?? NO_FEES_CHARGED;
      const { fee, accumulator } = chargeFee(before, this.#fees, { liquidity, price, count });
      this.#charged.set(orderId, accumulator);
      const left = required(this.#remaining.get(orderId), `order ${orderId}`) - count;
      this.#remaining.set(orderId, left);
      const { marketTicker } = this;
      const middle = mid(this.quote(at));
      const fill = { at, orderId, marketTicker, side, price, count, fee, liquidity, mid: middle };
      this.#listener.onFill(fill);
      if (left === 0) this.#close(orderId, "filled");
    }
  }

  #close(orderId: string, how: ClosedHow): void {
    this.#charged.delete(orderId);
    this.#remaining.delete(orderId);
    this.#listener.onClosed(orderId, how);
  }
}

/** What a quote shows, as old as `at`. */
function writtenOver(
  into: MutableQuote | null,
  quote: Omit<Quote, "quotedAt" | "receivedAt">,
  at: Instant,
): MutableQuote {
  if (into === null) {
    const { marketTicker, bid, bidSize, ask, askSize } = quote;
    return { marketTicker, bid, bidSize, ask, askSize, quotedAt: at, receivedAt: at };
  }
  writeQuote(into, quote, at, at);
  return into;
}
