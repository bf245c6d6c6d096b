import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  setHandler,
  workflowInfo,
} from "@temporalio/workflow";
import type { PlaceResult, ProposedIntent } from "../activities/place-order.ts";
import type { WatchResult } from "../activities/watch-game.ts";
import {
  type GameFact,
  type GameState,
  isOver,
  newGame,
  shownPhase,
  stepGame,
} from "../core/domain/game.ts";
import { type KillLevel, type KillOrder, readKill } from "../core/domain/kill.ts";
import { type Occasion, occasionOfGame } from "../core/domain/occasion.ts";
import type { GameIntent } from "../core/domain/order.ts";
import { formatCount, type Instant, instant } from "../core/domain/units.ts";
import { batch, orders, placing, watch } from "./activities.ts";
import {
  type GameInput,
  killSignal,
  type OrderResult,
  type PartnerInput,
  pauseEntriesSignal,
  resumeSignal,
  setPartnerProbability,
  stateQuery,
  timelineQuery,
  workerStartedSignal,
} from "./contracts.ts";
import { KillSignals } from "./kill-signals.ts";
import { startOrder } from "./order.ts";
import { refuseBadPartner } from "./partner.ts";
import {
  createActRecorder,
  createPhaseMarker,
  interruptible,
  isHistoryLong,
  sleepUntil,
  Timeline,
} from "./shared.ts";

/** Run time between looks at a postponed game. */
const POSTPONED_CHECK_MS = 15 * 60_000;

/** One game from discovery to its score. */
export async function game(input: GameInput): Promise<GameState> {
  const run = new GameRun(input);
  try {
    return await run.play();
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => run.leave("canceled"));
    throw error;
  }
}

class GameRun {
  private readonly input: GameInput;
  private readonly occasion: Occasion;
  private state: GameState;
  private now: Instant;
  private readonly timeline: Timeline;
  private readonly markPhase: (phase: string) => void;
  private readonly recordAct: ReturnType<typeof createActRecorder>;
  private isInterrupted = false;
  private partnerUpdates: number;
  private readonly kills: KillSignals;
  private summary: string;

  constructor(input: GameInput) {
    const { carried, carriedWith: shown } = input;
    this.input = input;
    this.occasion = occasionOfGame(input.game);
    this.state = carried ?? newGame(input.game.strategies);
    this.now = shown?.now ?? input.settings.windowOpensAt;
    this.timeline = new Timeline(shown?.timeline);
    this.summary = shown?.summary ?? "";
    this.partnerUpdates = shown?.partnerUpdates ?? 0;
    const { eventTicker, mode } = input.game;
    this.kills = new KillSignals(eventTicker, mode, shown?.killsStarted);
    this.markPhase = createPhaseMarker(shownPhase(this.state));
    this.recordAct = createActRecorder(mode);
    this.handleMessages();
  }

  async play(): Promise<GameState> {
    this.show();
    while (!isOver(this.state)) {
      if (isHistoryLong(this.input.settings.maxHistoryEvents) && this.canCarryOver()) {
        await this.carryOn();
      }
      await this.playPhase();
      this.show();
    }
    await condition(allHandlersFinished);
    return this.state;
  }

  /** Ends trading of this game on the way out: every open order is told to cancel and followed to its end. */
  async leave(why: string): Promise<void> {
    this.note(`leaving: ${why}`);
    await orders.cancelOpenOrders({ occasion: this.occasion });
    await condition(() => this.state.openOrders.length === 0, "60s");
    // A kill that was heard is thrown.
    await condition(allHandlersFinished);
  }

  private async playPhase(): Promise<void> {
    switch (this.state.phase) {
      case "scheduled":
        this.isInterrupted = false;
        this.now = await sleepUntil(this.input.settings.windowOpensAt, () => this.isInterrupted);
        if (this.now >= this.input.settings.windowOpensAt) {
          this.step({ kind: "entered", phase: "pregame" });
        }
        return;
      case "pregame":
      case "live":
      case "closing":
        await this.watchOnce();
        return;
      case "postponed":
        await this.waitForPostponed();
        return;
      case "final":
      case "settling":
        await this.settleOnce();
        return;
      case "scored":
      case "void":
      case "unmatched":
        return;
    }
  }

  private async watchOnce(): Promise<void> {
    this.isInterrupted = false;
    const request = {
      game: this.input.game,
      state: this.state,
      partnerUpdates: this.partnerUpdates,
    };
    const result = await interruptible(
      () => watch.watchGame(request),
      () => this.isInterrupted,
    );
    if (result === null) return;
    await this.obey(result);
  }

  private async obey(result: WatchResult): Promise<void> {
    this.now = instant(result.at);
    this.summary = result.summary;
    this.learnKill(result.standingKill);
    if (result.entered !== null) this.step({ kind: "entered", phase: result.entered });
    if (result.isPostponed) this.step({ kind: "postponed" });
    for (const proposed of result.proposals) await this.propose(proposed);
  }

  private async propose(proposed: ProposedIntent<GameIntent>): Promise<void> {
    const { intent } = proposed;
    this.step({ kind: "proposed", intent });
    const intentKey = `${workflowInfo().workflowId}/${this.state.decisionSeq}`;
    const placed = await placing.placeOrder({
      occasion: this.occasion,
      intentKey,
      parentId: null,
      ...proposed,
    });
    this.now = instant(placed.at);
    const what = `${intent.strategy} ${intent.exitType ?? intent.purpose} ${intent.side} ${formatCount(intent.count)} ${intent.marketTicker} at ${intent.plan.price / 10_000}c`;
    if (placed.kind === "refused") {
      this.note(`${what}: refused, ${placed.code}`);
      this.step({
        kind: "refused",
        strategy: intent.strategy,
        exitType: intent.exitType,
        code: placed.code,
        retryAt: this.retryAt(),
      });
      return;
    }
    this.note(`${what}: ${placed.status}`);
    await this.follow(proposed, intentKey, placed);
  }

  private async follow(
    proposed: ProposedIntent<GameIntent>,
    intentKey: string,
    placed: Extract<PlaceResult, { kind: "order" }>,
  ): Promise<void> {
    const { intent, decisionId } = proposed;
    const { clientOrderId } = placed;
    this.step({
      kind: "placed",
      strategy: intent.strategy,
      purpose: intent.purpose,
      clientOrderId,
    });
    if (placed.isOver) {
      this.closeOrder(proposed, clientOrderId, placed.filledCenti > 0, placed.isFlat);
      return;
    }
    const child = await startOrder({
      occasion: this.occasion,
      intent,
      intentKey,
      decisionId,
      clientOrderId,
      status: placed.status,
      placedAt: placed.at,
    });
    void this.awaitOrder(proposed, clientOrderId, () => child.result());
  }

  private async awaitOrder(
    proposed: ProposedIntent<GameIntent>,
    clientOrderId: string,
    result: () => Promise<OrderResult>,
  ): Promise<void> {
    try {
      const ended = await CancellationScope.nonCancellable(result);
      // A pause counts from the end of the order, not from when the game was last looked at.
      this.now = instant(Math.max(this.now, ended.endedAt ?? this.now));
      this.note(`order ended: ${ended.endedBecause}, filled ${formatCount(ended.filledCenti)}`);
      this.closeOrder(proposed, clientOrderId, ended.filledCenti > 0, ended.isFlat);
    } catch (error) {
      // Terminated by hand: what the order did is unknown here, so this game opens nothing more.
      // Reconciliation follows the order itself to its end.
      log.error("order workflow lost", { clientOrderId, error: String(error) });
      this.step({ kind: "entries-paused", reason: "order-workflow-lost" });
      this.closeOrder(proposed, clientOrderId, true, false);
    }
    this.isInterrupted = true;
  }

  private closeOrder(
    proposed: ProposedIntent<GameIntent>,
    clientOrderId: string,
    hasFilled: boolean,
    isFlat: boolean,
  ): void {
    const { strategy, purpose } = proposed.intent;
    this.step({
      kind: "order-closed",
      clientOrderId,
      strategy,
      purpose,
      hasFilled,
      retryAt: this.retryAt(),
    });
    if (purpose === "exit" && hasFilled && isFlat) this.step({ kind: "flat", strategy });
  }

  private async waitForPostponed(): Promise<void> {
    this.isInterrupted = false;
    const until = instant(this.now + POSTPONED_CHECK_MS);
    this.now = await sleepUntil(until, () => this.isInterrupted);
    await this.settleOnce();
    if (this.state.phase === "postponed") await this.watchOnce();
  }

  private async settleOnce(): Promise<void> {
    // Orders first: a fill that is still on its way belongs into the settlement.
    if (!(await condition(() => this.state.openOrders.length === 0, "30s"))) {
      await orders.cancelOpenOrders({ occasion: this.occasion });
      return;
    }
    this.isInterrupted = false;
    const outcome = await interruptible(
      () => watch.awaitSettlement({ game: this.input.game }),
      () => this.isInterrupted,
    );
    if (outcome === null) return;
    this.now = instant(outcome.at);
    if (outcome.isDetermined) this.step({ kind: "determined" });
    if (outcome.result === null) return;
    this.note(`settled: ${outcome.result}`);
    this.step({ kind: "settled", result: outcome.result });
    await batch.scoreGame({ game: this.input.game, result: outcome.result });
    this.step({ kind: "scored" });
  }

  private handleMessages(): void {
    setHandler(stateQuery, () => this.state);
    setHandler(timelineQuery, () => this.timeline.all());
    setHandler(killSignal, (payload) => this.kill(readKill(payload)));
    setHandler(resumeSignal, async (payload) => {
      this.note("resumed");
      const recorded = this.recordAct("resume", payload);
      this.step({ kind: "resumed" });
      this.isInterrupted = true;
      await recorded;
    });
    setHandler(pauseEntriesSignal, async (payload) => {
      this.note("entries paused");
      const recorded = this.recordAct("pause", payload);
      this.step({ kind: "entries-paused", reason: "paused by signal" });
      this.isInterrupted = true;
      await recorded;
    });
    setHandler(workerStartedSignal, () => {
      this.isInterrupted = true;
    });
    setHandler(setPartnerProbability, (partner) => this.setPartner(partner), {
      validator: (partner: PartnerInput) => {
        refuseBadPartner(partner, this.input.game.home, this.state);
      },
    });
  }

  private async setPartner(
    partner: PartnerInput,
  ): Promise<{ eventTicker: string; homeProbability: number }> {
    const { eventTicker } = this.input.game;
    await orders.recordPartner({
      eventTicker,
      homeProbability: partner.p,
      by: partner.by ?? "update",
    });
    this.partnerUpdates += 1;
    this.note(`partner says home wins with ${partner.p}`);
    this.isInterrupted = true;
    return { eventTicker, homeProbability: partner.p };
  }

  private async kill(kill: KillOrder): Promise<void> {
    this.note(`killed (${kill.level}): ${kill.reason}, by ${kill.by}`);
    this.step({ kind: "killed", level: kill.level });
    this.isInterrupted = true;
    await this.kills.throwIfByHand(kill);
  }

  /** A kill that stands in the database holds, whoever was told of it or typed `resume`. */
  private learnKill(level: KillLevel | null | undefined): void {
    // Histories of before there was such an answer have none.
    if (level === null || level === undefined) return;
    this.note(`a kill stands (${level}): \`tipoff resume\` lifts it`);
    this.step({ kind: "killed", level });
  }

  /** What an order or a message under way still has to say is heard by this run only. */
  private canCarryOver(): boolean {
    return this.state.openOrders.length === 0 && allHandlersFinished();
  }

  private carryOn(): Promise<never> {
    const { now, summary, partnerUpdates } = this;
    const { killsStarted } = this.kills;
    return continueAsNew<typeof game>({
      ...this.input,
      carried: this.state,
      carriedWith: { now, timeline: this.timeline.all(), summary, partnerUpdates, killsStarted },
    });
  }

  private retryAt(): Instant {
    return instant(this.now + this.input.settings.retryMs);
  }

  private step(fact: GameFact): void {
    const before = shownPhase(this.state);
    this.state = stepGame(this.state, fact);
    const after = shownPhase(this.state);
    if (after === before) return;
    this.note(`${before} -> ${after}`);
    this.markPhase(after);
  }

  private note(what: string): void {
    this.timeline.add(this.now, what);
    this.show();
  }

  private show(): void {
    const { away, home } = this.input.game;
    const { decisions, orders: sent, refusals } = this.state.counts;
    this.timeline.show(
      `**${away} at ${home}** ${shownPhase(this.state)}\n\n${this.summary}\n\nproposals ${decisions}, orders ${sent}, refusals ${refusals}`,
    );
  }
}
