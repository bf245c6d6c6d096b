import { required } from "../core/domain/assert.ts";
import type { FeeSchedule, PriceBand } from "../core/domain/market.ts";
import { notional } from "../core/domain/notional.ts";
import type { GameIntent, OrderPlan, GameStrategy } from "../core/domain/order.ts";
import { countCenti, type Instant } from "../core/domain/units.ts";
import type { DecisionConfig } from "../core/strategies/config.ts";
import { followUp } from "../core/strategies/execution.ts";
import type { DeskFill, PaperDesk } from "./paper-desk.ts";

interface WorkingOrder {
  readonly intent: GameIntent;
  orderId: string;
  plan: OrderPlan;
  filled: number;
  readonly firstSentAt: Instant;
  sentAt: Instant;
  replacements: number;
  /** The plan that follows once the order at the market is over; null ends the intent. */
  next: OrderPlan | null;
  isCanceling: boolean;
}

/** An intent whose last order is over. */
export interface EndedIntent {
  readonly intent: GameIntent;
  readonly intentId: string;
  readonly hasFilled: boolean;
}

/**
 * Works the intents of one game as the order workflow does: one live order each, followed,
 * replaced only once the old order is over, crossed at the end of its patience.
 */
export class OrderDesk {
  readonly #desks: readonly PaperDesk[];
  readonly #config: DecisionConfig;
  readonly #fees: FeeSchedule;
  readonly #gridOf: (marketTicker: string) => readonly PriceBand[];
  /** By the id of the intent, which is its first order's id. */
  readonly #working = new Map<string, WorkingOrder>();
  #sent = 0;

  constructor(
    desks: readonly PaperDesk[],
    config: DecisionConfig,
    fees: FeeSchedule,
    gridOf: (marketTicker: string) => readonly PriceBand[],
  ) {
    this.#desks = desks;
    this.#config = config;
    this.#fees = fees;
    this.#gridOf = gridOf;
  }

  /** Orders sent so far, replacements included. */
  get sent(): number {
    return this.#sent;
  }

  /** Sends an intent's first order. @returns the intent's id. */
  start(intentId: string, intent: GameIntent, at: Instant): void {
    this.#working.set(intentId, {
      intent,
      orderId: intentId,
      plan: intent.plan,
      filled: 0,
      firstSentAt: at,
      sentAt: at,
      replacements: 0,
      next: null,
      isCanceling: false,
    });
    this.#send(required(this.#working.get(intentId), "the order just made"), at);
  }

  isWorking(strategy: GameStrategy): boolean {
    return [...this.#working.values()].some(({ intent }) => intent.strategy === strategy);
  }

  /** What entries of a strategy may still cost, micros. */
  reserved(strategy: GameStrategy): number {
    let total = 0;
    for (const { intent, filled } of this.#working.values()) {
      if (intent.strategy !== strategy || intent.side !== "bid") continue;
      total += notional(intent.limitPrice, countCenti(intent.count - filled));
    }
    return total;
  }

  /** Follows every working order against the book of now. */
  follow(at: Instant): void {
    if (this.#working.size === 0) return;
    for (const order of this.#working.values()) {
      if (order.isCanceling) continue;
      const desk = this.#desk(order);
      const view = {
        quote: desk.quote(at),
        grid: this.#gridOf(desk.marketTicker),
        fees: this.#fees,
        staleBecause: null,
        recentVolume: null,
      };
      const answer = followUp(
        {
          intent: order.intent,
          plan: order.plan,
          remaining: countCenti(order.intent.count - order.filled),
          replacements: order.replacements,
          elapsedMs: at - order.firstSentAt,
          sinceReplacedMs: at - order.sentAt,
        },
        view,
        this.#config,
      );
      if (answer.kind === "keep") continue;
      order.isCanceling = true;
      order.next = answer.kind === "cancel" ? null : answer.plan;
      if (answer.kind === "replace") order.replacements += 1;
      desk.cancel(order.orderId, at);
    }
  }

  /** Takes in a fill. @returns the intent it belongs to. */
  filled(fill: DeskFill): GameIntent {
    const order = required(this.#byOrderId(fill.orderId)?.[1], `order ${fill.orderId}`);
    order.filled += fill.count;
    return order.intent;
  }

  /** An order is over: the next plan follows, or the intent has ended. */
  closed(orderId: string, at: Instant): EndedIntent | null {
    const [intentId, order] = required(this.#byOrderId(orderId), `order ${orderId}`);
    const left = order.intent.count - order.filled;
    if (order.next !== null && left > 0) {
      order.plan = order.next;
      order.next = null;
      order.isCanceling = false;
      order.orderId = `${intentId}/r${this.#sent}`;
      order.sentAt = at;
      this.#send(order, at);
      return null;
    }
    this.#working.delete(intentId);
    return { intent: order.intent, intentId, hasFilled: order.filled > 0 };
  }

  #send(order: WorkingOrder, at: Instant): void {
    this.#sent += 1;
    const { orderId, intent, plan } = order;
    const count = countCenti(intent.count - order.filled);
    this.#desk(order).send({ orderId, side: intent.side, count }, plan, at);
  }

  #desk(order: WorkingOrder): PaperDesk {
    const { marketTicker } = order.intent;
    return required(
      this.#desks.find((desk) => desk.marketTicker === marketTicker),
      `market ${marketTicker}`,
    );
  }

  #byOrderId(orderId: string): [string, WorkingOrder] | undefined {
    return [...this.#working].find(([, order]) => order.orderId === orderId);
  }
}
