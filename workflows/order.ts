import {
  allHandlersFinished,
  CancellationScope,
  type ChildWorkflowHandle,
  condition,
  isCancellation,
  ParentClosePolicy,
  setHandler,
  startChild,
  workflowInfo,
} from "@temporalio/workflow";
import type { FollowResult } from "../activities/follow-order.ts";
import { allowsOrder, readKill } from "../core/domain/kill.ts";
import { type Occasion, readOccasion } from "../core/domain/occasion.ts";
import type { OrderPlan } from "../core/domain/order.ts";
import { countCenti, formatCount, instant } from "../core/domain/units.ts";
import { attributes, dateAttribute, workflowIds } from "../temporal.config.ts";
import { orders, placing, watch } from "./activities.ts";
import {
  killSignal,
  type OrderInput,
  type OrderResult,
  timelineQuery,
  workerStartedSignal,
} from "./contracts.ts";
import { KillSignals } from "./kill-signals.ts";
import { createPhaseMarker, interruptible, Timeline } from "./shared.ts";

/**
 * Follows one approved intent to its end: cancels and replaces within bounds, crosses at the end of
 * its patience where the strategy allows it. There are never two live orders of one intent: a
 * replacement is placed only after the old order is proven to be over.
 */
export async function order(input: OrderInput): Promise<OrderResult> {
  const run = new OrderRun(input);
  try {
    return await run.follow();
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => run.abandon());
    throw error;
  }
}

/** Starts the workflow of an order that was placed; it outlives the workflow of its occasion, which hears of its end. */
export function startOrder(input: OrderInput): Promise<ChildWorkflowHandle<typeof order>> {
  const { occasion, intent, clientOrderId } = input;
  return startChild(order, {
    workflowId: workflowIds.order(clientOrderId),
    args: [input],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    workflowTaskTimeout: "5s",
    staticSummary: `${intent.strategy} ${intent.exitType ?? intent.purpose} ${intent.marketTicker}`,
    typedSearchAttributes: [
      { key: attributes.domain, value: occasion.domain },
      { key: attributes.mode, value: occasion.mode },
      { key: attributes.event, value: occasion.eventTicker },
      { key: attributes.date, value: dateAttribute(occasion.tradingDate) },
      { key: attributes.market, value: intent.marketTicker },
      { key: attributes.strategy, value: intent.strategy },
      { key: attributes.phase, value: "working" },
    ],
  });
}

class OrderRun {
  private readonly input: OrderInput;
  private readonly occasion: Occasion;
  private clientOrderId: string;
  private readonly clientOrderIds: string[];
  private filledCenti = 0;
  private replacements = 0;
  /** Of the replacements, those that only put an order in the place of its like. */
  private renewals = 0;
  private isRenewal = false;
  private stopBecause: string | null = null;
  private isCanceling = false;
  /** What to place once the current order is over. */
  private next: OrderPlan | null = null;
  private isInterrupted = false;
  private readonly kills: KillSignals;
  private readonly timeline = new Timeline();
  private readonly markPhase = createPhaseMarker("working");

  constructor(input: OrderInput) {
    this.input = input;
    this.occasion = readOccasion(input);
    this.kills = new KillSignals("order", this.occasion.mode);
    this.clientOrderId = input.clientOrderId;
    this.clientOrderIds = [input.clientOrderId];
    setHandler(timelineQuery, () => this.timeline.all());
    setHandler(workerStartedSignal, () => {
      this.isInterrupted = true;
    });
    setHandler(killSignal, (payload) => this.kill(payload));
  }

  async follow(): Promise<OrderResult> {
    for (;;) {
      this.isInterrupted = false;
      const step = await interruptible(
        () => watch.followOrder(this.request()),
        () => this.isInterrupted,
      );
      if (step === null) continue;
      if (step.kind === "over") {
        this.filledCenti += step.filledCenti;
        if (await this.replace()) continue;
        // A kill that a person sent to this order is thrown before the order is gone.
        await condition(allHandlersFinished);
        return this.end(step);
      } else if (step.kind === "advice") {
        await this.cancel(step);
      }
    }
  }

  /** Canceled by a person: the order itself is canceled and followed to its end before this workflow goes. */
  async abandon(): Promise<void> {
    this.stopBecause = "workflow canceled";
    await this.follow();
  }

  private request(): Parameters<typeof watch.followOrder>[0] {
    return {
      occasion: this.occasion,
      intent: this.input.intent,
      clientOrderId: this.clientOrderId,
      placedAt: this.input.placedAt,
      replacements: this.replacements - this.renewals,
      isCanceling: this.isCanceling,
      stopBecause: this.stopBecause,
    };
  }

  private async cancel(step: Extract<FollowResult, { kind: "advice" }>): Promise<void> {
    this.note(step.at, `${step.advice}: ${step.why}`);
    // Asked again, the cancel is for what was planned the first time.
    if (!this.isCanceling) {
      this.next = step.plan;
      this.isRenewal = step.advice === "renew";
    }
    if (this.stopBecause !== null) this.next = null;
    this.isCanceling = true;
    await orders.cancelOrder({ clientOrderId: this.clientOrderId });
  }

  /** Places what comes next, if something does. @returns false when the intent has ended. */
  private async replace(): Promise<boolean> {
    const plan = this.next;
    const remaining = this.input.intent.count - this.filledCenti;
    if (plan === null || this.stopBecause !== null || remaining <= 0) return false;
    this.next = null;
    this.replacements += 1;
    if (this.isRenewal) this.renewals += 1;
    const placed = await placing.placeOrder({
      occasion: this.occasion,
      intentKey: `${this.input.intentKey}/r${this.replacements}`,
      parentId: this.clientOrderId,
      decisionId: this.input.decisionId,
      intent: { ...this.input.intent, count: countCenti(remaining), plan },
      quote: null,
    });
    if (placed.kind === "refused") {
      this.note(placed.at, `replacement refused: ${placed.code}`);
      return false;
    }
    this.note(placed.at, `replaced at ${plan.price / 10_000}c: ${placed.status}`);
    this.clientOrderId = placed.clientOrderId;
    this.clientOrderIds.push(placed.clientOrderId);
    this.isCanceling = false;
    return true;
  }

  private end(step: Extract<FollowResult, { kind: "over" }>): OrderResult {
    this.markPhase(step.status);
    this.note(step.at, `${step.status}, filled ${formatCount(this.filledCenti)}`);
    return {
      clientOrderIds: this.clientOrderIds,
      filledCenti: this.filledCenti,
      endedBecause: this.stopBecause ?? step.status,
      isFlat: step.isFlat,
      endedAt: step.at,
    };
  }

  private async kill(payload: unknown): Promise<void> {
    const kill = readKill(payload);
    const thrown = this.kills.throwIfByHand(kill);
    if (!allowsOrder(kill.level, this.input.intent)) {
      this.stopBecause = `killed: ${kill.reason}`;
      this.next = null;
      this.isInterrupted = true;
    }
    await thrown;
  }

  private note(at: number, what: string): void {
    this.timeline.add(instant(at), what);
    this.timeline.show(`${workflowInfo().workflowId} ${this.input.intent.marketTicker}`);
  }
}
