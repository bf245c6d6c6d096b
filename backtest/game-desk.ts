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
  strategyState,
} from "../core/domain/game.ts";
import type { FeeSchedule, PriceBand } from "../core/domain/market.ts";
import type { GameStrategy } from "../core/domain/order.ts";
import { settlementValue } from "../core/domain/settlement.ts";
import { type Instant, instant, usdMicros } from "../core/domain/units.ts";
import type { Ratings } from "../core/models/elo.ts";
import { activeStrategies, type DecisionConfig, decideUnder } from "../core/strategies/config.ts";
import { decide } from "../core/strategies/decide.ts";
import type { GameStrategyDefinition } from "../core/strategies/strategy.ts";
import { GameView } from "../core/strategies/view.ts";
import type { Fact, SlateGame } from "../sim/facts.ts";
import { GameFeeds } from "./game-feeds.ts";
import { OrderDesk } from "./order-desk.ts";
import { type DeskFill, type DeskListener, PaperDesk } from "./paper-desk.ts";
import { GamePositions, teamOf } from "./positions.ts";
import type { GameResult, NightConfig, NightFill, StrategyResult } from "./result.ts";

/** How a game is played. */
export interface GameDeskSettings {
  readonly config: NightConfig;
  readonly fees: FeeSchedule;
  readonly latencyMs: number;
  readonly pollMs: number;
  readonly lacks: readonly string[];
  readonly gridOf: (marketTicker: string) => readonly PriceBand[];
  readonly ratings: Ratings;
  readonly startAt: Instant;
  /** What a strategy may still commit over all games, micros. */
  readonly capitalLeft: (strategy: GameStrategy) => number;
  readonly onDecision: (input: DecisionInput, output: DecisionOutput) => void;
  readonly strategies: readonly GameStrategyDefinition[];
}

/** Kalshi holds the NBA's markets on this shard; a played night has but one engine. */
const EXCHANGE_INDEX = 3;

/** One game of a played night: its markets, feeds and view, the decisions on it, and our orders. */
export class GameDesk implements DeskListener {
  readonly #game: SlateGame;
  readonly #settings: GameDeskSettings;
  readonly #decision: DecisionConfig;
  readonly #view: GameView;
  readonly #feeds: GameFeeds;
  readonly #desks: readonly PaperDesk[];
  readonly #orders: OrderDesk;
  readonly #positions: GamePositions;
  readonly #markets: readonly { readonly ticker: string; readonly team: "home" | "away" }[];
  readonly #changed = new Set<PaperDesk>();
  readonly #fills: NightFill[] = [];
  readonly #counts = new Map<GameStrategy, Map<string, number>>();
  /** By market: what was paid for the distance of fills from the mid, micros. */
  readonly #spreadPaid = new Map<GameStrategy, number>();
  readonly #strategies: readonly GameStrategy[];
  #state: GameState;
  #now: Instant;
  #decisions = 0;

  constructor(game: SlateGame, settings: GameDeskSettings) {
    const { config, fees, latencyMs, pollMs, lacks, gridOf, startAt } = settings;
    this.#game = game;
    this.#settings = settings;
    this.#decision = decideUnder(config.decision, config.limits);
    this.#strategies = activeStrategies(config.decision.strategies);
    this.#state = newGame(this.#strategies);
    this.#now = startAt;
    this.#markets = game.marketTickers.map((ticker) => ({
      ticker,
      team: ticker.endsWith(`-${game.home}`) ? "home" : "away",
    }));
    const { eventTicker, home, away, tipAt } = game;
    const markets = this.#markets.map((market) => ({
      ...market,
      exchangeIndex: EXCHANGE_INDEX,
      grid: gridOf(market.ticker),
      status: "initialized",
    }));
    const viewed = { mode: "paper" as const, eventTicker, home, away, tipAt, markets, lacks };
    this.#view = new GameView(viewed, config.view);
    this.#feeds = new GameFeeds(game, this.#view, config.decision.forecast, pollMs);
    this.#feeds.open(settings.ratings, startAt, !lacks.includes("injuries"));
    this.#desks = game.marketTickers.map((ticker) => new PaperDesk(ticker, fees, latencyMs, this));
    this.#orders = new OrderDesk(this.#desks, this.#decision, fees, gridOf);
    this.#positions = new GamePositions(`game/backtest/${eventTicker}`);
  }

  /** Takes in one fact of this game; it is decided on when its instant is over. */
  play(fact: Fact): void {
    this.#now = fact.receivedAt;
    if (!("marketTicker" in fact)) {
      this.#feeds.play(fact);
      return;
    }
    const desk = this.#desks.find((one) => one.marketTicker === fact.marketTicker);
    if (!desk) return;
    desk.arrive(fact.receivedAt);
    if (desk.play(fact)) this.#changed.add(desk);
    if (fact.kind === "trade" || fact.kind === "volume") {
      this.#view.observeTrade({ ...fact, at: fact.receivedAt });
    }
    if (fact.kind === "market-status") this.#setStatus(desk, fact);
  }

  /** All facts of this instant are in: the view sees the books as they stand. */
  settleInstant(at: Instant): void {
    for (const desk of this.#changed) this.#view.observeQuote(desk.quote(at), desk.isDerived);
    this.#changed.clear();
  }

  /** Looks, decides, and sends what is proposed. */
  evaluate(at: Instant): void {
    this.#now = at;
    this.#feeds.poll(at);
    this.#enterPhase(at);
    if (this.#state.phase !== "pregame" && !this.#isPlayed()) return;
    // A quiet book is confirmed by its stream: its age is that of the last look.
    for (const desk of this.#desks) {
      desk.arrive(at);
      this.#view.observeQuote(desk.quote(at), desk.isDerived);
    }
    this.#orders.follow(at);
    const input = this.#view.input(at, {
      phase: this.#decisionPhase(),
      strategies: this.#strategies.map((strategy) => this.#strategyInput(strategy)),
      entriesPaused: null,
      fees: this.#settings.fees,
      configHash: "",
    });
    const output = decide(input, this.#decision, this.#settings.strategies);
    this.#decisions += 1;
    this.#settings.onDecision(input, output);
    for (const verdict of output.verdicts) this.#act(verdict, at);
  }

  onFill(fill: DeskFill): void {
    const intent = this.#orders.filled(fill);
    const { strategy, purpose, exitType } = intent;
    this.#fills.push({ ...fill, strategy, purpose, exitType });
    this.#positions.book(strategy, teamOf(this.#markets, fill.marketTicker), fill);
    const distance = fill.mid === null ? 0 : fill.price - fill.mid;
    const paid = ((fill.side === "bid" ? distance : -distance) * fill.count) / 100;
    this.#spreadPaid.set(strategy, (this.#spreadPaid.get(strategy) ?? 0) + paid);
    if (purpose === "exit" && this.#positions.isFlat(strategy)) {
      this.#step({ kind: "flat", strategy });
    }
  }

  onClosed(orderId: string): void {
    const ended = this.#orders.closed(orderId, this.#now);
    if (!ended) return;
    const { strategy, purpose } = ended.intent;
    this.#step({
      kind: "order-closed",
      clientOrderId: ended.intentId,
      strategy,
      purpose,
      hasFilled: ended.hasFilled,
      retryAt: instant(this.#now + this.#settings.config.watch.retryMs),
    });
  }

  /** What one strategy has committed in this game, micros. */
  committed(strategy: GameStrategy): number {
    return this.#positions.cost(strategy) + this.#orders.reserved(strategy);
  }

  result(): GameResult {
    return {
      eventTicker: this.#game.eventTicker,
      decisions: this.#decisions,
      orders: this.#orders.sent,
      fills: this.#fills,
      strategies: this.#strategies.map((strategy) => this.#strategyResult(strategy)),
      unsettled: this.#positions.open(),
    };
  }

  #strategyResult(strategy: GameStrategy): StrategyResult {
    const counts = this.#counts.get(strategy) ?? new Map<string, number>();
    const { gross, fees } = this.#positions.result(strategy);
    const entryIds = this.#fills
      .filter((fill) => fill.strategy === strategy && fill.purpose === "entry")
      .map(({ orderId }) => orderId.split("/r")[0]);
    const exits = this.#fills.filter(
      (fill) => fill.strategy === strategy && fill.purpose === "exit",
    );
    return {
      strategy,
      attempts: counts.get("propose") ?? 0,
      exits: new Set(exits.map(({ orderId }) => orderId)).size,
      entries: new Set(entryIds).size,
      pnl: { gross, fees, net: gross - fees, atMid: gross + (this.#spreadPaid.get(strategy) ?? 0) },
      verdicts: Object.fromEntries(counts),
    };
  }

  #act(verdict: Verdict, at: Instant): void {
    const counts = this.#counts.get(verdict.strategy) ?? new Map<string, number>();
    counts.set(verdict.code, (counts.get(verdict.code) ?? 0) + 1);
    this.#counts.set(verdict.strategy, counts);
    const { intent } = verdict;
    if (intent === null) return;
    const clientOrderId = `${this.#game.eventTicker}/${this.#state.decisionSeq}`;
    this.#step({ kind: "proposed", intent });
    const { strategy, purpose } = intent;
    this.#step({ kind: "placed", strategy, purpose, clientOrderId });
    this.#orders.start(clientOrderId, intent, at);
  }

  #strategyInput(strategy: GameStrategy): StrategyInput {
    const state = strategyState(this.#state, strategy);
    return {
      ...state,
      hasWorkingOrder: this.#orders.isWorking(strategy),
      positions: this.#positions.inputs(strategy),
      capitalLeft: usdMicros(Math.max(0, this.#settings.capitalLeft(strategy))),
    };
  }

  #enterPhase(at: Instant): void {
    const opensAt =
      this.#game.tipAt -
      this.#settings.config.decision.strategies.pregameAnchored.windowOpensBeforeTipMs;
    if (at >= opensAt) this.#enter("pregame");
    const seen = this.#view.phase(at);
    const clock = this.#view.clock(at);
    const isLate =
      clock !== null &&
      clock.state === "in" &&
      clock.period >= 4 &&
      clock.clockSeconds <= this.#settings.config.watch.closingSeconds &&
      !clock.isReconstructed;
    if (seen === "live") this.#enter(isLate ? "closing" : "live");
    if (seen === "closing") this.#enter("final");
  }

  #enter(phase: "pregame" | "live" | "closing" | "final"): void {
    if (isLaterPhase(this.#state.phase, phase)) this.#step({ kind: "entered", phase });
  }

  #isPlayed(): boolean {
    return this.#state.phase === "live" || this.#state.phase === "closing";
  }

  #decisionPhase(): "pregame" | "live" | "closing" {
    const { phase } = this.#state;
    return phase === "pregame" || phase === "live" ? phase : "closing";
  }

  #setStatus(desk: PaperDesk, fact: Extract<Fact, { kind: "market-status" }>): void {
    this.#view.setMarketStatus(desk.marketTicker, fact.status);
    if (fact.status !== "active" && fact.status !== "initialized") {
      desk.close(fact.receivedAt);
    }
    if (fact.result !== null) {
      this.#positions.settle(desk.marketTicker, settlementValue(fact.result, fact.settlementValue));
    }
  }

  #step(fact: GameFact): void {
    this.#state = stepGame(this.#state, fact);
  }
}
