import { required } from "../core/domain/assert.ts";
import { allowsOrder, KILL_REFUSALS, type KillLevel } from "../core/domain/kill.ts";
import type { FeeSchedule, PriceBand } from "../core/domain/market.ts";
import type { GameIntent, GameStrategy, OrderPlan, OrderStatus } from "../core/domain/order.ts";
import { selfTradePrevention } from "../core/domain/paper-order.ts";
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
  readonly chain: Chain;
  readonly firstSentAt: Instant;
  order: OrderRecord;
  sentAt: Instant;
  filled: number;
  replacements: number;
  /** The plan that follows once the order at the market is over; null ends the intent. */
  next: OrderPlan | null;
  isCanceling: boolean;
}

/** An intent with all the orders that were sent for it, one after the other. */
interface Chain {
  readonly rootId: string;
  readonly decisionId: string;
  readonly intent: GameIntent;
  /** Of its first order; null when that was approved. */
  readonly refusalCode: string | null;
  filled: number;
  isWorking: boolean;
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
  /** In the sequence of their proposal. */
  readonly #chains: Chain[] = [];
  /** Counts of them, by strategy: entries that have filled or still may, and attempts to lock. */
  readonly #entered = new Map<string, number>();
  readonly #locks = new Map<string, number>();
  #pregameAttempts = 0;
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
    const { refusalCode } = order;
    const { clientOrderId: rootId, decisionId, intent } = proposal;
    const isWorking = refusalCode === null;
    const chain: Chain = { rootId, decisionId, intent, refusalCode, filled: 0, isWorking };
    this.#chains.push(chain);
    if (hasEntered(chain)) raise(this.#entered, intent.strategy, 1);
    if (isPregameAttempt(chain)) this.#pregameAttempts += 1;
    if (isLockAttempt(chain)) raise(this.#locks, intent.strategy, 1);
    if (refusalCode !== null) return refusalCode;
    const working: Working = {
      proposal,
      chain,
      order,
      firstSentAt: at,
      sentAt: at,
      filled: 0,
      replacements: 0,
      next: null,
      isCanceling: false,
    };
    this.#send(working, at);
    return null;
  }

  /** How many intents are being worked. */
  get working(): number {
    return this.#working.size;
  }

  isWorking(strategy: GameStrategy): boolean {
    for (const { proposal } of this.#working.values()) {
      if (proposal.intent.strategy === strategy) return true;
    }
    return false;
  }

  /** What may still fill, with its worst case, as risk reserves it. */
  reservations(occasionId: string, slate: string): readonly OpenReservation[] {
    if (this.#working.size === 0) return NOTHING_OPEN;
    return [...this.#working.values()].map(({ order, proposal: { intent } }) => {
      const { strategy, marketTicker, purpose, side, exchangeIndex } = intent;
      const remaining = countCenti(order.intent.count - order.filled);
      const reserved = reservation({ ...order.intent, count: remaining }, this.#deps.fees);
      const { clientOrderId } = order;
      return {
        clientOrderId,
        occasionId,
        slate,
        strategy,
        marketTicker,
        purpose,
        side,
        exchangeIndex,
        remaining,
        reserved,
      };
    });
  }

  /** What this game has already seen of a strategy, the chain of `rootId` left out. */
  tally(strategy: string, rootId: string | null, hasExited: boolean): Tally {
    const own = rootId === null ? undefined : this.#chains.find((one) => one.rootId === rootId);
    const less = (is: (chain: Chain) => boolean): number => (own !== undefined && is(own) ? 1 : 0);
    const isOwn = own?.intent.strategy === strategy;
    return {
      strategyEntries: (this.#entered.get(strategy) ?? 0) - less((one) => isOwn && hasEntered(one)),
      gameEntries: sumOf(this.#entered) - less(hasEntered),
      pregameAttempts: this.#pregameAttempts - less(isPregameAttempt),
      lockAttempts: (this.#locks.get(strategy) ?? 0) - less((one) => isOwn && isLockAttempt(one)),
      hasExited,
    };
  }

  /** Entries of the same strategy that were approved from the same decision, another chain's. */
  sameDecision({ decisionId, intent: { strategy } }: Proposal, rootId: string | null): number {
    let same = 0;
    // The newest are of the newest decision.
    for (let index = this.#chains.length - 1; index >= 0; index -= 1) {
      const chain = this.#chains[index];
      if (chain?.decisionId !== decisionId) {
        if (rootId === null) break;
        continue;
      }
      const isApproved = chain.refusalCode === null && chain.intent.purpose === "entry";
      if (isApproved && chain.intent.strategy === strategy && chain.rootId !== rootId) same += 1;
    }
    return same;
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
    working.chain.filled += fill.count;
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
    const { chain } = working;
    const wasEntered = hasEntered(chain);
    chain.isWorking = false;
    if (wasEntered && !hasEntered(chain)) raise(this.#entered, intent.strategy, -1);
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
    const { decisionId, basis } = proposal;
    const question = { clientOrderId, intent, decisionId, basis, rootId, replaces: status, at };
    const { code, rules } = this.#deps.judge(question);
    const refusal = rules.find(({ isHeld }) => !isHeld);
    const record: OrderRecord = {
      clientOrderId,
      parentId: replaces?.working.order.clientOrderId ?? null,
      rootId: rootId ?? clientOrderId,
      decisionId,
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
    const { side, count, purpose, plan } = intent;
    this.#working.set(orderId, working);
    const order = { orderId, side, count, selfTradePrevention: selfTradePrevention(purpose) };
    this.#desk(working).send(order, plan, at);
  }

  #desk({ proposal }: Working): PaperDesk {
    const { marketTicker } = proposal.intent;
    return required(
      this.#deps.desks.find((desk) => desk.marketTicker === marketTicker),
      `market ${marketTicker}`,
    );
  }
}

const NOTHING_OPEN: readonly OpenReservation[] = [];

function hasEntered({ intent, filled, isWorking }: Chain): boolean {
  return intent.purpose === "entry" && (filled > 0 || isWorking);
}

function isPregameAttempt({ intent }: Chain): boolean {
  return intent.purpose === "entry" && intent.phase === "pregame";
}

/** What a kill refuses was no attempt. */
function isLockAttempt({ intent, refusalCode }: Chain): boolean {
  return intent.exitType === "lock" && !KILL_REFUSALS.some((code) => code === refusalCode);
}

function raise(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
