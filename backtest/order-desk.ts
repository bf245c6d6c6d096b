import { required } from "../core/domain/assert.ts";
import { allowsOrder, KILL_REFUSALS, type KillLevel } from "../core/domain/kill.ts";
import type { FeeSchedule, PriceBand } from "../core/domain/market.ts";
import type { GameIntent, GameStrategy, OrderPlan, OrderStatus } from "../core/domain/order.ts";
import type { DecisionBasis, OpenReservation, RuleVerdict, Tally } from "../core/domain/risk.ts";
import { countCenti, type Instant } from "../core/domain/units.ts";
import { reservation } from "../core/risk/exposure.ts";
import type { DecisionConfig } from "../core/strategies/config.ts";
import { followUp } from "../core/strategies/execution.ts";
import type { ClosedHow, DeskFill, PaperDesk } from "./paper-desk.ts";
import type { NightOrder } from "./result.ts";

/** A proposal with what it came of. */
export interface Proposal {
  /** Of the intent and of its first order. */
  readonly clientOrderId: string;
  readonly intent: GameIntent;
  readonly decisionId: string;
  readonly basis: DecisionBasis;
}

/** What risk is asked of one order. */
export interface OrderQuestion extends Proposal {
  /** The first order of the chain that this one goes on with; null when it is the first. */
  readonly rootId: string | null;
  /** Status of the order that it replaces; null when it replaces none. */
  readonly replaces: OrderStatus | null;
  readonly at: Instant;
}

/** What risk answers. */
export interface OrderAnswer {
  readonly code: string | null;
  readonly rules: readonly RuleVerdict[];
}

/** Everything an order of a game is worked with. */
export interface OrderDeskDeps {
  readonly desks: readonly PaperDesk[];
  readonly config: DecisionConfig;
  readonly fees: FeeSchedule;
  readonly gridOf: (marketTicker: string) => readonly PriceBand[];
  readonly judge: (question: OrderQuestion) => OrderAnswer;
}

interface OrderRecord extends NightOrder {
  status: NightOrder["status"];
  filled: number;
  closedAt: Instant | null;
}

/** An intent that is being worked, by the order that is at the market for it now. */
interface Working {
  readonly proposal: Proposal;
  readonly firstSentAt: Instant;
  order: OrderRecord;
  sentAt: Instant;
  filled: number;
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
 * Works the intents of one game as the order workflow does: one live order each, judged by risk before it is
 * sent, followed, replaced only once the old order is over, crossed at the end of its patience.
 */
export class OrderDesk {
  readonly #deps: OrderDeskDeps;
  /** By the id of the order at the market. */
  readonly #working = new Map<string, Working>();
  readonly #records: OrderRecord[] = [];
  #sent = 0;

  constructor(deps: OrderDeskDeps) {
    this.#deps = deps;
  }

  /** Orders sent so far, replacements included. */
  get sent(): number {
    return this.#sent;
  }

  /** Every intent so far, in the sequence of their proposal. */
  get records(): readonly NightOrder[] {
    return this.#records;
  }

  /** Asks risk, and sends an intent's first order. @returns the code of a refusal, `null` when it was sent. */
  start(proposal: Proposal, at: Instant): string | null {
    const order = this.#judged(proposal, null, at);
    if (order.refusalCode !== null) return order.refusalCode;
    const working: Working = {
      ...{ proposal, order, firstSentAt: at, sentAt: at, filled: 0, replacements: 0 },
      ...{ next: null, isCanceling: false },
    };
    this.#send(working, at);
    return null;
  }

  isWorking(strategy: GameStrategy): boolean {
    for (const { proposal } of this.#working.values()) {
      if (proposal.intent.strategy === strategy) return true;
    }
    return false;
  }

  /** What may still fill, with its worst case, as risk reserves it. */
  reservations(occasionId: string, slate: string): readonly OpenReservation[] {
    return [...this.#working.values()].map(({ order, proposal: { intent } }) => {
      const { strategy, marketTicker, purpose, side, exchangeIndex } = intent;
      const remaining = countCenti(order.intent.count - order.filled);
      const reserved = reservation({ ...order.intent, count: remaining }, this.#deps.fees);
      const { clientOrderId } = order;
      return {
        ...{ clientOrderId, occasionId, slate, strategy, marketTicker, purpose, side },
        ...{ exchangeIndex, remaining, reserved },
      };
    });
  }

  /** What this game has already seen of a strategy, the chain of `rootId` left out. */
  tally(strategy: string, rootId: string | null, hasExited: boolean): Tally {
    const others = this.#records.filter((one) => one.rootId !== rootId);
    const entered = others.filter(
      ({ intent, refusalCode, filled, status }) =>
        intent.purpose === "entry" && refusalCode === null && (filled > 0 || status === "working"),
    );
    const first = others.filter(({ parentId }) => parentId === null);
    const own = <One extends NightOrder>(all: readonly One[]): readonly One[] =>
      all.filter(({ intent }) => intent.strategy === strategy);
    return {
      strategyEntries: rootsOf(own(entered)),
      gameEntries: rootsOf(entered),
      pregameAttempts: first.filter(
        ({ intent }) => intent.purpose === "entry" && intent.phase === "pregame",
      ).length,
      lockAttempts: own(first).filter(
        ({ intent, refusalCode }) =>
          intent.exitType === "lock" && !KILL_REFUSALS.some((code) => code === refusalCode),
      ).length,
      hasExited,
    };
  }

  /** Entries of the same strategy that were approved from the same decision, another chain's. */
  sameDecision({ decisionId, intent: { strategy } }: Proposal, rootId: string | null): number {
    return this.#records.filter(
      (one) =>
        one.decisionId === decisionId &&
        one.intent.strategy === strategy &&
        one.intent.purpose === "entry" &&
        one.refusalCode === null &&
        one.parentId === null &&
        one.rootId !== rootId,
    ).length;
  }

  /** Follows every working order against the book of now. */
  follow(at: Instant): void {
    if (this.#working.size === 0) return;
    for (const working of this.#working.values()) {
      if (working.isCanceling) continue;
      const desk = this.#desk(working);
      const { proposal, order, replacements, filled } = working;
      const answer = followUp(
        {
          intent: proposal.intent,
          plan: order.intent.plan,
          remaining: countCenti(proposal.intent.count - filled),
          replacements,
          elapsedMs: at - working.firstSentAt,
          sinceReplacedMs: at - working.sentAt,
        },
        {
          quote: desk.quote(at),
          grid: this.#deps.gridOf(desk.marketTicker),
          fees: this.#deps.fees,
          staleBecause: null,
          recentVolume: null,
        },
        this.#deps.config,
      );
      if (answer.kind === "keep") continue;
      if (answer.kind === "replace") working.replacements += 1;
      this.#cancel(working, answer.kind === "cancel" ? null : answer.plan, at);
    }
  }

  /** Takes off the market what a kill forbids. */
  kill(level: KillLevel, at: Instant): void {
    for (const working of this.#working.values()) {
      if (allowsOrder(level, working.proposal.intent)) continue;
      working.next = null;
      if (!working.isCanceling) this.#cancel(working, null, at);
    }
  }

  /** Takes in a fill. @returns the intent it belongs to. */
  filled(fill: DeskFill): GameIntent {
    const working = required(this.#working.get(fill.orderId), `order ${fill.orderId}`);
    working.filled += fill.count;
    working.order.filled += fill.count;
    return working.proposal.intent;
  }

  /** An order is over: the next plan follows if risk approves it, or the intent has ended. */
  closed(orderId: string, how: ClosedHow, at: Instant): EndedIntent | null {
    const working = required(this.#working.get(orderId), `order ${orderId}`);
    const { proposal, order, next } = working;
    order.status = how;
    order.closedAt = at;
    this.#working.delete(orderId);
    if (next !== null && proposal.intent.count > working.filled) {
      const replacement = this.#judged(proposal, { working, plan: next }, at);
      if (replacement.refusalCode === null) {
        working.order = replacement;
        working.next = null;
        working.isCanceling = false;
        working.sentAt = at;
        this.#send(working, at);
        return null;
      }
    }
    const { intent, clientOrderId } = proposal;
    return { intent, intentId: clientOrderId, hasFilled: working.filled > 0 };
  }

  #judged(
    proposal: Proposal,
    replaces: { readonly working: Working; readonly plan: OrderPlan } | null,
    at: Instant,
  ): OrderRecord {
    const rootId = replaces === null ? null : proposal.clientOrderId;
    const clientOrderId =
      replaces === null
        ? proposal.clientOrderId
        : `${proposal.clientOrderId}/r${String(this.#sent)}`;
    const intent =
      replaces === null
        ? proposal.intent
        : {
            ...proposal.intent,
            count: countCenti(proposal.intent.count - replaces.working.filled),
            plan: replaces.plan,
          };
    const status = replaces?.working.order.status ?? null;
    const question = { ...proposal, clientOrderId, intent, rootId, replaces: status, at };
    const { code, rules } = this.#deps.judge(question);
    const refusal = rules.find(({ isHeld }) => !isHeld);
    const record: OrderRecord = {
      clientOrderId,
      parentId: replaces?.working.order.clientOrderId ?? null,
      rootId: rootId ?? clientOrderId,
      decisionId: proposal.decisionId,
      intent,
      proposedAt: at,
      rules: rules.length,
      refusalCode: code,
      refusalNumbers: refusal?.numbers ?? {},
      status: code === null ? "working" : "rejected",
      filled: 0,
      closedAt: code === null ? null : at,
    };
    this.#records.push(record);
    return record;
  }

  #cancel(working: Working, next: OrderPlan | null, at: Instant): void {
    working.isCanceling = true;
    working.next = next;
    this.#desk(working).cancel(working.order.clientOrderId, at);
  }

  #send(working: Working, at: Instant): void {
    this.#sent += 1;
    const { clientOrderId: orderId, intent } = working.order;
    this.#working.set(orderId, working);
    this.#desk(working).send({ orderId, side: intent.side, count: intent.count }, intent.plan, at);
  }

  #desk({ proposal }: Working): PaperDesk {
    const { marketTicker } = proposal.intent;
    return required(
      this.#deps.desks.find((desk) => desk.marketTicker === marketTicker),
      `market ${marketTicker}`,
    );
  }
}

function rootsOf(orders: readonly NightOrder[]): number {
  return new Set(orders.map(({ rootId }) => rootId)).size;
}
