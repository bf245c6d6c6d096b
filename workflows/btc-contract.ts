import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  log,
  setHandler,
  workflowInfo,
} from "@temporalio/workflow";
import type { PlaceResult, ProposedIntent } from "../activities/place-order.ts";
import {
  type ContractFact,
  type ContractState,
  endAsPaid,
  entryBar,
  isContractOver,
  newContract,
  shownContractPhase,
  stepContract,
} from "../core/domain/contract.ts";
import { type KillOrder, readKill } from "../core/domain/kill.ts";
import type { SettlementWord } from "../core/domain/settlement.ts";
import { formatCount, formatUsd, type Instant, instant } from "../core/domain/units.ts";
import { bitcoin, orders, placing, shadow } from "./activities.ts";
import {
  type BtcContractInput,
  type ContractNews,
  contractNewsSignal,
  contractStateQuery,
} from "./btc-contracts.ts";
import {
  killSignal,
  type OrderResult,
  pauseEntriesSignal,
  resumeSignal,
  timelineQuery,
} from "./contracts.ts";
import { KillSignals } from "./kill-signals.ts";
import { startOrder } from "./order.ts";
import { createActRecorder, createPhaseMarker, Timeline } from "./shared.ts";

/**
 * One Bitcoin contract from its admission to its score. Its series watches for it and tells it what
 * happens, so that it costs a handful of actions; what it may still do is its own to decide.
 */
export async function btcContract(input: BtcContractInput): Promise<ContractState> {
  const run = new ContractRun(input);
  try {
    return await run.live();
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => run.leave());
    throw error;
  }
}

class ContractRun {
  private readonly input: BtcContractInput;
  private state: ContractState;
  private now: Instant;
  private readonly news: ContractNews[] = [];
  private readonly timeline = new Timeline();
  private readonly markPhase: (phase: string) => void;
  private readonly recordAct: ReturnType<typeof createActRecorder>;
  private readonly kills: KillSignals;

  constructor(input: BtcContractInput) {
    const { contract, phase, at, decisionsBefore, killLevel, entriesPausedBecause } = input;
    this.input = input;
    this.now = at;
    const found = newContract(contract.bounds, contract.closeAt);
    this.state = { ...found, phase, decisionSeq: decisionsBefore };
    this.markPhase = createPhaseMarker(phase);
    if (killLevel !== null) this.step({ kind: "killed", level: killLevel });
    if (entriesPausedBecause !== null) {
      this.step({ kind: "entries-paused", reason: entriesPausedBecause });
    }
    this.recordAct = createActRecorder(input.occasion.mode);
    this.kills = new KillSignals(contract.marketTicker, input.occasion.mode);
    this.mark();
    this.handleMessages();
  }

  async live(): Promise<ContractState> {
    this.show();
    while (!this.isDone()) {
      await condition(() => this.news.length > 0 || this.isDone());
      const news = this.news.shift();
      // What was heard is taken to its end: a cancel that came in between would leave money unpaid.
      if (news !== undefined) await CancellationScope.nonCancellable(() => this.take(news));
    }
    await condition(allHandlersFinished);
    return this.state;
  }

  /** Canceled by a person or with its series: no entry any more; what is held is still paid and scored. */
  async leave(): Promise<void> {
    this.note("canceled: no entry any more");
    this.step({ kind: "canceled", reason: "workflow canceled" });
    this.mark();
    await orders.cancelOpenOrders({ occasion: this.input.occasion });
    await condition(() => this.state.openOrders.length === 0, "60s");
    if (this.state.entries > 0) await this.live();
    // A kill that was heard is thrown.
    await condition(allHandlersFinished);
  }

  private isDone(): boolean {
    return isContractOver(this.state) && this.state.openOrders.length === 0;
  }

  private async take({ at, facts, proposal }: ContractNews): Promise<void> {
    this.now = instant(Math.max(this.now, at));
    for (const fact of facts) {
      const isEnd = fact.kind === "settled" || fact.kind === "voided";
      if (isEnd) for (const one of endAsPaid(fact, await this.settle())) this.step(one);
      // The sweep may tell again what the series told.
      if (isEnd || (fact.kind === "scored" && this.state.result === null)) continue;
      this.step(fact);
      if (fact.kind === "flat") this.note("what was held is sold: no re-entry");
    }
    if (proposal !== null) await this.propose(proposal);
    this.mark();
  }

  /**
   * The money first: who has never held anything has none to wait for.
   *
   * @returns the word by which it was paid, null where it was not, or not asked.
   */
  private async settle(): Promise<SettlementWord | null> {
    if (this.state.entries === 0 || this.state.result !== null) return null;
    // In shadow nothing is owned: there is nothing to be paid.
    if (this.fillsInPlace()) return null;
    // A fill that is still on its way belongs into the settlement.
    await condition(() => this.state.openOrders.length === 0, "30s");
    const { occasion } = this.input;
    const { revenueMicros, word = null } = await bitcoin.settlePosition({ occasion });
    if (revenueMicros !== null) this.note(`paid ${formatUsd(revenueMicros)}`);
    return word;
  }

  private async propose(proposed: ProposedIntent): Promise<void> {
    const { intent } = proposed;
    const what = `${intent.purpose} ${intent.side} ${formatCount(intent.count)} at ${intent.plan.price / 10_000}c`;
    const bar = intent.purpose === "entry" ? entryBar(this.state, this.now) : null;
    if (bar !== null) {
      this.note(`${what}: not sent, ${bar}`);
      return;
    }
    this.step({ kind: "proposed", purpose: intent.purpose });
    const intentKey = `${workflowInfo().workflowId}/${this.state.decisionSeq}`;
    const { occasion } = this.input;
    const request = { occasion, intentKey, parentId: null, ...proposed };
    const { placed, filledCenti } = this.fillsInPlace()
      ? await shadow.placeInShadow(request)
      : { placed: await placing.placeOrder(request), filledCenti: null };
    this.now = instant(Math.max(this.now, placed.at));
    if (placed.kind === "refused") {
      this.note(`${what}: refused, ${placed.code}`);
      this.step({ kind: "refused", code: placed.code, retryAt: this.retryAt() });
      return;
    }
    this.note(`${what}: ${placed.status}`);
    await this.follow(proposed, intentKey, placed, filledCenti);
  }

  private async follow(
    proposed: ProposedIntent,
    intentKey: string,
    placed: Extract<PlaceResult, { kind: "order" }>,
    shadowFilled: number | null,
  ): Promise<void> {
    const { intent, decisionId } = proposed;
    const { clientOrderId } = placed;
    this.step({ kind: "placed", clientOrderId, purpose: intent.purpose });
    if (this.input.occasion.mode === "shadow") {
      // What the venue's book would have given it: counted, not owned.
      const request = { decisionId, intent, at: placed.at };
      const filledCenti = shadowFilled ?? (await bitcoin.fillShadow(request)).filledCenti;
      this.note(`would have filled ${formatCount(filledCenti)}`);
      this.closeOrder(clientOrderId, filledCenti > 0);
      return;
    }
    if (placed.isOver) {
      this.closeOrder(clientOrderId, placed.filledCenti > 0);
      return;
    }
    const { occasion } = this.input;
    const { status, at: placedAt } = placed;
    const order = { occasion, intent, intentKey, decisionId, clientOrderId, status, placedAt };
    const child = await startOrder(order);
    void this.awaitOrder(clientOrderId, () => child.result());
  }

  private async awaitOrder(
    clientOrderId: string,
    result: () => Promise<OrderResult>,
  ): Promise<void> {
    try {
      const ended = await CancellationScope.nonCancellable(result);
      this.note(`order ended: ${ended.endedBecause}, filled ${formatCount(ended.filledCenti)}`);
      this.closeOrder(clientOrderId, ended.filledCenti > 0);
    } catch (error) {
      // Terminated by hand: reconciliation follows the order; here it counts as filled.
      log.error("order workflow lost", { clientOrderId, error: String(error) });
      this.step({ kind: "entries-paused", reason: "order-workflow-lost" });
      this.closeOrder(clientOrderId, true);
    }
  }

  /** In shadow, but for contracts that began before: they go on as they did. A patch would cost two actions. */
  private fillsInPlace(): boolean {
    return this.input.occasion.mode === "shadow" && this.input.shadowInPlace === true;
  }

  private closeOrder(clientOrderId: string, hasFilled: boolean): void {
    this.step({ kind: "order-closed", clientOrderId, hasFilled, retryAt: this.retryAt() });
  }

  private handleMessages(): void {
    setHandler(contractStateQuery, () => this.state);
    setHandler(timelineQuery, () => this.timeline.all());
    setHandler(contractNewsSignal, (news) => {
      this.news.push(news);
    });
    setHandler(killSignal, (payload) => this.kill(readKill(payload)));
    setHandler(resumeSignal, async (payload) => {
      this.note("resumed");
      this.step({ kind: "resumed" });
      this.mark();
      await this.recordAct("resume", payload);
    });
    setHandler(pauseEntriesSignal, async (payload) => {
      this.note("entries paused");
      this.step({ kind: "entries-paused", reason: "paused by signal" });
      await this.recordAct("pause", payload);
    });
  }

  private async kill(kill: KillOrder): Promise<void> {
    this.note(`killed (${kill.level}): ${kill.reason}, by ${kill.by}`);
    this.step({ kind: "killed", level: kill.level });
    this.mark();
    await this.kills.throwIfByHand(kill);
  }

  private retryAt(): Instant {
    return instant(this.now + this.input.retryMs);
  }

  private step(fact: ContractFact): void {
    const before = shownContractPhase(this.state);
    this.state = stepContract(this.state, fact);
    const after = shownContractPhase(this.state);
    if (after !== before) this.note(`${before} -> ${after}`);
  }

  /** Once for all that one piece of news told: each mark is an action. */
  private mark(): void {
    this.markPhase(shownContractPhase(this.state));
  }

  private note(what: string): void {
    this.timeline.add(this.now, what);
    this.show();
  }

  private show(): void {
    const { marketTicker } = this.input.contract;
    const { decisions, orders: sent, refusals } = this.state.counts;
    const paid = this.state.result === null ? "" : `, ${this.state.result.result}`;
    this.timeline.show(
      `**${marketTicker}** ${shownContractPhase(this.state)}${paid}\n\nproposals ${decisions}, orders ${sent}, refusals ${refusals}`,
    );
  }
}
