import { required } from "../core/domain/assert.ts";
import type {
  DecisionInput,
  DecisionOutput,
  StrategyInput,
  Verdict,
} from "../core/domain/decision.ts";
import {
  type GameFact,
  type GameState,
  isLaterPhase,
  newGame,
  stepGame,
} from "../core/domain/game.ts";
import type { KillLevel } from "../core/domain/kill.ts";
import type { MarketMark } from "../core/domain/marking.ts";
import type { GameStrategy } from "../core/domain/order.ts";
import type { Holding, OpenReservation, RiskInputs } from "../core/domain/risk.ts";
import { settlementValue } from "../core/domain/settlement.ts";
import { type Instant, instant } from "../core/domain/units.ts";
import { basisOf } from "../core/risk/decision-basis.ts";
import { activeStrategies, type DecisionConfig, decideUnder } from "../core/strategies/config.ts";
import { Decider } from "../core/strategies/decide.ts";
import { phaseSeen } from "../core/strategies/phase-seen.ts";
import { RecordPace } from "../core/strategies/record-pace.ts";
import { copyOfInput } from "../core/strategies/input-copy.ts";
import type { GameView, ViewContext } from "../core/strategies/view.ts";
import type { Fact, QuoteFact, SlateGame } from "../sim/facts.ts";
import type { CapitalBook } from "./capital-book.ts";
import { openView } from "./open-view.ts";
import { GameBooks } from "./game-books.ts";
import { GameFeeds } from "./game-feeds.ts";
import { GameOutcome } from "./game-outcome.ts";
import { GameLog } from "./game-log.ts";
import { assertKnown, InputGuard } from "./look-ahead.ts";
import { OrderDesk, type OrderAnswer, type OrderQuestion } from "./order-desk.ts";
import type { ClosedHow, DeskFill, DeskListener, PaperDesk } from "./paper-desk.ts";
import { type Booked, GamePositions, teamOf } from "./positions.ts";
import type { GameDeskSettings } from "./game-settings.ts";
import { type GameStanding, standingOf } from "./game-standing.ts";
import { inputsOf, withCapital } from "./strategy-input.ts";
import type { GameResult } from "./result.ts";

/** What a game asks of the night that it is one of. */
export interface NightSide {
  readonly now: Instant;
  /** What the strategies have committed over all games. */
  readonly capital: CapitalBook;
  judge(game: GameDesk, question: OrderQuestion): OrderAnswer;
  /** Money has moved, or what is bound. */
  moved(at: Instant, booked: Booked | null): void;
  /** The breaker that stands; null when none does. */
  breaker(): string | null;
  onDecision(input: DecisionInput, output: DecisionOutput): void;
}

/** One game of a played night: its markets, feeds and view, the decisions on it, and our orders. */
export class GameDesk implements DeskListener {
  readonly game: SlateGame;
  /** When the night decided on it last, and whether it has more to decide on. */
  decidedAt = -Infinity;
  isTouched = false;
  readonly occasionId: string;
  readonly #settings: GameDeskSettings;
  /** Of the settings, what every quote asks for. */
  readonly #isEvery: boolean;
  readonly #closingSeconds: number;
  /** What the view is told at a look: written over at every one. */
  readonly #context: { -readonly [Key in keyof ViewContext]: ViewContext[Key] };
  readonly #night: NightSide;
  readonly #decision: DecisionConfig;
  readonly #view: GameView;
  readonly #feeds: GameFeeds;
  readonly #books: GameBooks;
  readonly #orders: OrderDesk;
  readonly #positions: GamePositions;
  readonly #markets: readonly { readonly ticker: string; readonly team: "home" | "away" }[];
  readonly #outcome = new GameOutcome();
  readonly #guard = new InputGuard();
  readonly #decider: Decider;
  readonly #pace: RecordPace;
  /** What each strategy has committed in this game, micros. */
  readonly #committed = new Map<GameStrategy, number>();
  readonly #log: GameLog | null;
  /** Names of the strategies that play. */
  readonly #names: readonly GameStrategy[];
  /** When its entry window opens. */
  readonly #opensAt: number;
  #state: GameState;
  #standing: GameStanding;
  /** Where each strategy stood when the night's commitments were the same; null when something here changed. */
  #strategies: { readonly of: readonly StrategyInput[]; readonly revision: number } | null = null;
  #decisions = 0;

  constructor(game: SlateGame, settings: GameDeskSettings, night: NightSide) {
    const { config, fees, pollMs, lacks, gridOf, startAt } = settings;
    this.game = game;
    this.#settings = settings;
    this.#isEvery = settings.isLogged || settings.recorded === "every";
    this.#closingSeconds = config.watch.closingSeconds;
    const nothing = { strategies: [], entriesPaused: null, configHash: "" };
    this.#context = { phase: "pregame", fees, ...nothing };
    this.#night = night;
    this.#decision = decideUnder(config.decision, config.limits);
    this.#names = activeStrategies(config.decision.strategies);
    this.#state = newGame(this.#names);
    this.#standing = standingOf(this.#state);
    this.#decider = new Decider(this.#decision, settings.strategies);
    this.#pace = new RecordPace(config.watch);
    const { windowOpensBeforeTipMs } = config.decision.strategies.pregameAnchored;
    this.#opensAt = game.tipAt - windowOpensBeforeTipMs;
    this.#markets = game.marketTickers.map((ticker) => ({
      ticker,
      team: ticker.endsWith(`-${game.home}`) ? "home" : "away",
    }));
    const { eventTicker, tipAt } = game;
    this.#view = openView(game, this.#markets, settings);
    this.#feeds = new GameFeeds(game, this.#view, config.decision.forecast, pollMs);
    this.#feeds.open(settings.ratings, startAt, !lacks.includes("injuries"));
    this.#books = new GameBooks(game.marketTickers, this.#view, { listener: this, ...settings });
    this.#orders = new OrderDesk({
      desks: this.#books.desks,
      config: this.#decision,
      fees,
      gridOf,
      judge: (question) => night.judge(this, question),
    });
    this.occasionId = `game/backtest/${eventTicker}`;
    this.#positions = new GamePositions(this.occasionId, game.date);
    this.#log = settings.isLogged ? new GameLog(startAt, tipAt) : null;
  }

  /** Takes in a quote of this game, as decisions see it and as our orders meet it. */
  quote(quote: QuoteFact, at: Instant): void {
    assertKnown("a quote", quote.receivedAt, at);
    this.#books.quote(quote, at);
  }

  /** Takes in one fact of this game as decisions see it; it is decided on when its instant is over. */
  see(fact: Fact, at: Instant): void {
    assertKnown("a fact", fact.receivedAt, at);
    if (!("marketTicker" in fact)) {
      this.#feeds.play(fact);
      return;
    }
    this.#books.see(fact, at);
  }

  /** Takes in one fact of this game as our orders meet it. */
  trade(fact: Fact, at: Instant): void {
    if (fact.kind === "game-state" && fact.state === "post") {
      this.#outcome.finalScore = { home: fact.homeScore, away: fact.awayScore };
    }
    if (!("marketTicker" in fact)) return;
    const desk = this.#books.trade(fact, at);
    if (desk && fact.kind === "market-status") this.#endMarket(desk, fact);
  }

  /** All facts of this instant are in: the view sees the books as they stand. */
  settleInstant(at: Instant): void {
    this.#books.settleInstant(at);
  }

  /** Whether there is anything to decide, or to follow, as time passes. */
  isWatched(at: Instant): boolean {
    return this.#standing.isPlayed || at >= this.#opensAt;
  }

  /** Looks, decides, and sends what is proposed. */
  evaluate(at: Instant): void {
    this.#feeds.poll(at);
    const isNewPhase = this.#enterPhase(at);
    // Time passes for what was sent, whatever the game's phase.
    this.#books.arrive(at);
    if (!this.#standing.isPlayed) return;
    this.#books.confirm(at);
    this.#orders.follow(at);
    this.#decisions += 1;
    const context = this.#context;
    context.phase = this.#standing.phase;
    context.strategies = this.#strategyInputs();
    context.entriesPaused = this.#pausedBecause(at);
    const page = this.#view.shown(at, context);
    this.#guard.check(page);
    if (this.#isEvery || this.#isKept(page, isNewPhase)) this.#decide(copyOfInput(page));
  }

  /** Looks, and says whether the live system would keep the decision; one that it would not proposes nothing. */
  #isKept(page: DecisionInput, isNewPhase: boolean): boolean {
    const { verdicts } = this.#decider.look(page);
    let isProposal = false;
    for (let index = 0; index < verdicts.length; index += 1) {
      isProposal ||= required(verdicts[index], "a verdict").intent !== null;
    }
    if (this.#pace.why(verdicts, isProposal, isNewPhase, page.at) !== null) return true;
    this.#outcome.counts.count(verdicts);
    return false;
  }

  #decide(input: DecisionInput): void {
    const output = this.#decider.decide(input);
    this.#night.onDecision(input, output);
    const isProposal = output.verdicts.some(({ intent }) => intent !== null);
    const decisionId = `${this.game.eventTicker}/d${String(this.#decisions)}`;
    this.#log?.evaluated(input, output, isProposal ? decisionId : null);
    this.#outcome.counts.count(output.verdicts);
    for (const verdict of output.verdicts) this.#act(verdict, decisionId, input, output);
  }

  /** Looks after what is at the market. @returns whether an order has ended: then it is decided anew. */
  follow(at: Instant): boolean {
    const before = this.#orders.working;
    this.#books.arrive(at);
    this.#orders.follow(at);
    return this.#orders.working < before;
  }

  /** Whether an order of this game is being worked. */
  isFollowed(): boolean {
    return this.#orders.working > 0;
  }

  onFill(fill: DeskFill): void {
    const intent = this.#orders.filled(fill);
    const { strategy, purpose } = intent;
    this.#outcome.filled(fill, intent);
    const team = teamOf(this.#markets, fill.marketTicker);
    const booked = this.#positions.book(strategy, team, fill);
    if (purpose === "exit" && this.#positions.isFlat(strategy)) {
      this.#step({ kind: "flat", strategy });
    }
    this.#moved(booked);
  }

  onClosed(orderId: string, how: ClosedHow): void {
    const ended = this.#orders.closed(orderId, how, this.#night.now);
    this.#moved(null);
    if (!ended) return;
    const { strategy, purpose } = ended.intent;
    this.#step({
      kind: "order-closed",
      clientOrderId: ended.intentId,
      strategy,
      purpose,
      hasFilled: ended.hasFilled,
      retryAt: this.#retryAt(),
    });
  }

  /** A breaker has tripped: the game is halted at that level, and what it forbids leaves the market. */
  kill(level: KillLevel, at: Instant): void {
    this.#step({ kind: "killed", level });
    this.#orders.kill(level, at);
  }

  holdings(): readonly Holding[] {
    return this.#positions.holdings();
  }

  openOrders(): readonly OpenReservation[] {
    return this.#orders.reservations(this.occasionId, this.game.date);
  }

  /** What either side of a market could be left at. @returns `null` while its book was not seen. */
  mark(marketTicker: string): MarketMark | null {
    return this.#books.mark(marketTicker, this.#night.now);
  }

  /** What a process knows of the outside world when an order of this game is judged. */
  riskInputs(marketTicker: string, marks: RiskInputs["marks"], at: Instant): RiskInputs {
    return {
      isDecisionKept: true,
      marks,
      isTrading: true,
      shardCash: null,
      venueSilentMs: 0,
      injuriesAt: this.#feeds.injuriesAt(),
      ...this.#books.riskInputs(marketTicker, at),
    };
  }

  /** What of this game's orders bears on the question of one of them. */
  orderFacts(question: OrderQuestion): {
    readonly tally: ReturnType<OrderDesk["tally"]>;
    readonly sameDecision: number;
  } {
    const { intent, rootId } = question;
    const hasExited = this.#positions.hasExited(intent.strategy);
    return {
      tally: this.#orders.tally(intent.strategy, rootId, hasExited),
      sameDecision: this.#orders.sameDecision(question, rootId),
    };
  }

  result(): GameResult {
    return {
      eventTicker: this.game.eventTicker,
      occasionId: this.occasionId,
      decisions: this.#decisions,
      orders: this.#orders.sent,
      intents: this.#orders.records,
      log: this.#log?.end(this.#outcome.homeWon) ?? null,
      ...this.#outcome.result(this.#names, this.#positions),
    };
  }

  #act(verdict: Verdict, decisionId: string, input: DecisionInput, output: DecisionOutput): void {
    const { intent } = verdict;
    if (intent === null) return;
    const { at } = input;
    const clientOrderId = `${this.game.eventTicker}/${String(this.#state.decisionSeq)}`;
    this.#step({ kind: "proposed", intent });
    const clockDisagreementSeconds = this.#view.clockDisagreement(at);
    const basis = { clockDisagreementSeconds, ...basisOf(input, output, intent) };
    const code = this.#orders.start({ clientOrderId, intent, decisionId, basis }, at);
    const { strategy, purpose, exitType } = intent;
    if (code === null) this.#step({ kind: "placed", strategy, purpose, clientOrderId });
    else this.#step({ kind: "refused", strategy, exitType, code, retryAt: this.#retryAt() });
    this.#moved(null);
  }

  #strategyInputs(): readonly StrategyInput[] {
    const { revision } = this.#night.capital;
    return this.#strategies?.revision === revision ? this.#strategies.of : this.#newInputs();
  }

  #newInputs(): readonly StrategyInput[] {
    const { capital } = this.#night;
    const before = this.#strategies?.of;
    const desk = { state: this.#state, orders: this.#orders, positions: this.#positions, capital };
    const of = before === undefined ? inputsOf(this.#names, desk) : withCapital(before, capital);
    this.#strategies = { of, revision: capital.revision };
    return of;
  }

  #pausedBecause(at: Instant): string | null {
    const breaker = this.#night.breaker();
    const standing = breaker === null ? null : `breaker:${breaker}`;
    const isDisputed = this.#view.finalWord(at) === "alone";
    return this.#standing.paused ?? standing ?? (isDisputed ? "final_disputed" : null);
  }

  /** @returns whether the game has entered another phase. */
  #enterPhase(at: Instant): boolean {
    const { gamePhase: phase } = this.#standing;
    if (phase === "scheduled" && at >= this.#opensAt) this.#enter("pregame");
    const seen = phaseSeen(this.#view, this.#books.statuses(), at, this.#closingSeconds);
    if (seen !== null && seen !== phase) this.#enter(seen);
    return phase !== this.#standing.gamePhase;
  }

  #enter(phase: "pregame" | "live" | "closing" | "final"): void {
    if (isLaterPhase(this.#standing.gamePhase, phase)) this.#step({ kind: "entered", phase });
  }

  #endMarket(desk: PaperDesk, fact: Extract<Fact, { kind: "market-status" }>): void {
    const { receivedAt: at, status, result } = fact;
    if (status === "closed" || status === "determined" || status === "finalized") desk.close(at);
    if (result === null) return;
    if (result !== "scalar") {
      const isHome = teamOf(this.#markets, desk.marketTicker) === "home";
      this.#outcome.homeWon = (result === "yes") === isHome;
    }
    const value = settlementValue(result, fact.settlementValue);
    for (const paid of this.#positions.settle(desk.marketTicker, value)) {
      this.#outcome.settled(paid, value, at);
      this.#moved(paid);
    }
  }

  #retryAt(): Instant {
    return instant(this.#night.now + this.#settings.config.watch.retryMs);
  }

  #moved(booked: Booked | null): void {
    this.#strategies = null;
    const orders = this.openOrders();
    for (const strategy of this.#names) {
      let now = this.#positions.cost(strategy);
      for (const order of orders) if (order.strategy === strategy) now += order.reserved;
      this.#night.capital.change(strategy, now - (this.#committed.get(strategy) ?? 0));
      this.#committed.set(strategy, now);
    }
    this.#night.moved(this.#night.now, booked);
  }

  #step(fact: GameFact): void {
    this.#state = stepGame(this.#state, fact);
    this.#standing = standingOf(this.#state);
    this.#strategies = null;
  }
}
