import { required } from "../core/domain/assert.ts";
import type { DecisionInput, DecisionOutput } from "../core/domain/decision.ts";
import type { FeeSchedule } from "../core/domain/market.ts";
import type { ClientOrderId, GameStrategy } from "../core/domain/order.ts";
import type { MarketMark } from "../core/domain/marking.ts";
import { PRICE_GRIDS } from "../core/domain/price-grid.ts";
import { lacksOfGame } from "../core/domain/source-lacks.ts";
import { type Instant, instant } from "../core/domain/units.ts";
import { type NightRatings, ratedByResults } from "../core/models/night-ratings.ts";
import { activeStrategies } from "../core/strategies/config.ts";
import { BUILT_IN } from "../core/strategies/registry.ts";
import type { TreesOfGame } from "../core/strategies/trees-feed.ts";
import type { GameStrategyDefinition } from "../core/strategies/strategy.ts";
import { subjectOf } from "../core/risk/subject.ts";
import { type Fact, type FactSource, priceGridOf, type QuoteFact } from "../sim/facts.ts";
import { CapitalBook } from "./capital-book.ts";
import { GameDesk, type NightSide } from "./game-desk.ts";
import { sealedFact } from "./look-ahead.ts";
import type { OrderAnswer, OrderQuestion } from "./order-desk.ts";
import type { Booked } from "./positions.ts";
import { type NightConfig, type NightResult, type Pnl, sumPnl } from "./result.ts";
import { RiskDesk } from "./risk-desk.ts";

/** How a night is played. Run milliseconds. */
export interface NightOptions {
  /** From our decision to the market. */
  readonly latencyMs: number;
  /** Least time between two decisions on one game; 0 decides at every change. */
  readonly decideEveryMs: number;
  /** Between two looks at a game in which nothing has changed. */
  readonly tickMs: number;
  /** Between two looks at the score feeds. */
  readonly pollMs: number;
  readonly fees: FeeSchedule;
  /** Keep what a report is made of beside the money. */
  readonly isLogged: boolean;
  /**
   * Which decisions are made whole, and heard of: every one, or those that the live system keeps; at the
   * others the strategies are asked for their verdicts alone. Logged nights have every one.
   */
  readonly recorded: "every" | "as-live";
  /** Every read of a fact is checked, not only what decisions look at. */
  readonly isSealed: boolean;
  /** Decisions see this far into the future. Only to prove that it would show; see `ForesightOptions`. */
  readonly foresight: ForesightOptions | null;
  /**
   * What orders meet in the place of the night's own markets, under their tickers and by time. Only to prove that
   * an edge goes with the labels it was found on; see `nextGamesMarkets`.
   */
  readonly metElsewhere: readonly Fact[] | null;
  /** Hears of every decision that is recorded, as the live system stores it. */
  readonly onDecision: (input: DecisionInput, output: DecisionOutput) => void;
  /** The strategies that can play; which of them do, the settings say. */
  readonly strategies: readonly GameStrategyDefinition[];
  /** The models that `model-trees` plays the night with; null where there are none. */
  readonly trees: TreesOfGame | null;
  /** What Elo is read from; null makes it of the night's own past results. */
  readonly ratings: NightRatings | null;
}

/** A leak made on purpose. */
export interface ForesightOptions {
  readonly aheadMs: number;
  /** Whether what is leaked is dated as if it were known; if not, the look-ahead guard must throw. */
  readonly isDisguised: boolean;
}

/** As the live night does it: quiet games are looked at with each poll of the feeds. */
export const NIGHT_DEFAULTS: NightOptions = {
  latencyMs: 500,
  decideEveryMs: 1_000,
  tickMs: 10_000,
  pollMs: 10_000,
  fees: { kind: "quadratic_with_maker_fees", multiplierMilli: 1_000 },
  isLogged: false,
  recorded: "every",
  isSealed: false,
  foresight: null,
  metElsewhere: null,
  onDecision: () => undefined,
  strategies: BUILT_IN,
  trees: null,
  ratings: null,
};

/** A number from the start: what begins undefined keeps its numbers in boxes, and this is set at every quote. */
const BEFORE_ALL = instant(Number.MIN_SAFE_INTEGER);

/** What is at the market is looked after this often: patience must not last until the next price. */
const FOLLOW_MS = 1_000;

/** Losses are looked at this often while something is held, as reconciliation does. */
const WATCH_LOSSES_MS = 30_000;

/**
 * Plays a source of facts through the view, the decisions, the risk rules, the paper matching and the
 * settlement, with no Temporal, no network and no clock. The same source, config and options give the same
 * result. The account begins with the night.
 *
 * @throws LookAheadError when anything is read before it is known.
 */
export async function playNight(
  source: FactSource,
  config: NightConfig,
  options: Partial<NightOptions> = {},
): Promise<NightResult> {
  const settings = { ...NIGHT_DEFAULTS, ...options };
  const night = new Night(source, config, settings);
  if (isApart(settings)) {
    const facts: Fact[] = [];
    for await (const fact of source.facts()) facts.push(fact);
    night.playApart(facts, settings.metElsewhere ?? facts, settings.foresight ?? AS_IT_COMES);
  } else {
    const facts = source.facts();
    // A list needs no turn of the event loop for each fact.
    if (Symbol.iterator in facts) for (const fact of facts) night.play(fact);
    else for await (const fact of facts) night.play(fact);
  }
  return night.end();
}

/** Decisions see what happens when it is known. */
const AS_IT_COMES: ForesightOptions = { aheadMs: 0, isDisguised: false };

/** Whether decisions see anything else than their orders meet. */
function isApart({ foresight, metElsewhere }: NightOptions): boolean {
  return foresight !== null || metElsewhere !== null;
}

/** What a night needs to know of its source before the first fact. */
type NightSource = Pick<FactSource, "manifest" | "pastGames">;

/** The games of a night on one line of time, played fact by fact. */
export class Night implements NightSide {
  readonly #source: NightSource;
  readonly #config: NightConfig;
  readonly #options: NightOptions;
  /** Of the options, what every quote asks for: options were spread together, which are slow to read. */
  readonly #isSealed: boolean;
  readonly #decideEveryMs: number;
  readonly #tickMs: number;
  readonly #onDecision: NightOptions["onDecision"];
  readonly #games: readonly GameDesk[];
  readonly #byTicker = new Map<string, GameDesk>();
  readonly #byTeam = new Map<string, GameDesk>();
  readonly capital: CapitalBook;
  /** Games with something to decide on, in the sequence in which it came. */
  readonly #touched: GameDesk[] = [];
  /** How many those are: the list itself is written over. */
  #touchedCount = 0;
  readonly #risk: RiskDesk;
  #now = BEFORE_ALL;
  #nextTickAt = -Infinity;
  #watchedAt = -Infinity;

  constructor(source: NightSource, config: NightConfig, options: NightOptions) {
    const { manifest } = source;
    this.#source = source;
    this.#config = config;
    this.#options = options;
    this.#isSealed = options.isSealed;
    this.#decideEveryMs = options.decideEveryMs;
    this.#tickMs = options.tickMs;
    this.#onDecision = options.onDecision;
    this.capital = new CapitalBook(config.limits);
    this.#now = manifest.startAt;
    this.#nextTickAt = manifest.startAt + options.tickMs;
    const { elo } = config.decision.forecast;
    const ratings = options.ratings ?? ratedByResults(source.pastGames, elo, manifest.date);
    this.#games = manifest.games.map((game) => {
      const settings = {
        config,
        ...options,
        ratings,
        isApart: isApart(options),
        hasLatePrints: manifest.hasLatePrints ?? false,
        lacks: lacksOfGame(manifest, game.eventTicker),
        gridOf: (ticker: string) => PRICE_GRIDS[priceGridOf(manifest, ticker)],
        startAt: manifest.startAt,
      };
      const desk = new GameDesk(game, settings, this);
      for (const ticker of [game.eventTicker, ...game.marketTickers]) {
        this.#byTicker.set(ticker, desk);
      }
      this.#byTeam.set(game.home, desk).set(game.away, desk);
      return desk;
    });
    const view = {
      holdings: () => this.#ofGames((game) => game.holdings()),
      openOrders: () => this.#ofGames((game) => game.openOrders()),
      marks: () => this.#marks(),
    };
    this.#risk = new RiskDesk(config.limits, config.paper.startingCash, view, (level, at) => {
      for (const game of this.#games) game.kill(level, at);
    });
  }

  /** The instant that is played. */
  get now(): Instant {
    return this.#now;
  }

  /** Takes in the next fact; what came before it is decided on when its instant is over. */
  play(given: Fact): void {
    const fact = this.#isSealed ? this.#sealed(given) : given;
    this.#advance(fact.receivedAt);
    // Nearly all facts are quotes: they have a way of their own, on which nothing else is met.
    if (fact.kind === "quote") this.#takeQuote(fact);
    else this.#take(fact, "both");
  }

  #takeQuote(quote: QuoteFact): void {
    const game = this.#byTicker.get(quote.marketTicker);
    if (!game) return;
    game.quote(quote, this.#now);
    this.#touch(game);
  }

  #sealed(fact: Fact): Fact {
    return sealedFact(fact, () => this.#now);
  }

  /** Plays a whole night whose decisions see facts ahead of time, or whose orders meet others than they see. */
  playApart(
    seen: readonly Fact[],
    met: readonly Fact[],
    { aheadMs, isDisguised }: ForesightOptions,
  ): void {
    let next = 0;
    const seeUntil = (at: number): void => {
      for (let fact = seen[next]; fact && fact.receivedAt - aheadMs <= at; fact = seen[next]) {
        next += 1;
        const seenAt = instant(fact.receivedAt - aheadMs);
        this.#advance(instant(Math.max(seenAt, this.#source.manifest.startAt)));
        this.#take(
          isDisguised ? { ...fact, receivedAt: this.#now, sourceTime: this.#now } : fact,
          "seen",
        );
      }
    };
    for (const fact of met) {
      seeUntil(fact.receivedAt);
      this.#advance(fact.receivedAt);
      this.#take(fact, "traded");
    }
    seeUntil(Infinity);
  }

  /** No more facts come. */
  end(): NightResult {
    this.#endInstant();
    const games = this.#games.map((game) => game.result());
    const of = (strategy: GameStrategy): Pnl =>
      sumPnl(
        games.flatMap((game) =>
          game.strategies.filter((one) => one.strategy === strategy).map(({ pnl }) => pnl),
        ),
      );
    const names = activeStrategies(this.#config.decision.strategies);
    const byStrategy = Object.fromEntries(names.map((name) => [name, of(name)]));
    const pnl = sumPnl(Object.values(byStrategy));
    return {
      source: this.#source.manifest.name,
      games,
      decisions: games.reduce((sum, game) => sum + game.decisions, 0),
      orders: games.reduce((sum, game) => sum + game.orders, 0),
      pnl,
      byStrategy,
      cash: this.#config.paper.startingCash + pnl.net,
      breakers: this.#risk.breakers,
    };
  }

  judge(game: GameDesk, question: OrderQuestion): OrderAnswer {
    const { clientOrderId, intent, rootId, replaces, basis, at } = question;
    const { occasionId } = game;
    const { fees } = this.#options;
    const slate = game.game.date;
    const proposed = { occasionId, domain: "nba" as const, intent, fees };
    const subject = subjectOf(proposed, { slate, replaces });
    const { tally, sameDecision } = game.orderFacts(question);
    const inputs = game.riskInputs(intent.marketTicker, this.#marks(), at);
    // The engine's ids are text here: no order of a backtest ever meets a venue.
    const own = {
      facts: { at, subject, basis, tally, ...inputs },
      rootId: rootId as ClientOrderId | null,
      sameDecision,
    };
    return this.#risk.judge({ clientOrderId: clientOrderId as ClientOrderId, own }, subject);
  }

  moved(at: Instant, booked: Booked | null): void {
    if (booked === null) return;
    this.#risk.book(at, booked.result, booked.closedNet);
    this.#risk.watch(at);
  }

  /** Asked at every order and every look at the losses, and nearly all games have nothing. */
  #ofGames<T>(of: (game: GameDesk) => readonly T[]): readonly T[] {
    const all: T[] = [];
    for (const game of this.#games) for (const one of of(game)) all.push(one);
    return all;
  }

  /** Only what is held is marked. */
  #marks(): Readonly<Record<string, MarketMark>> {
    const marks: Record<string, MarketMark> = {};
    for (const game of this.#games) {
      for (const { marketTicker } of game.holdings()) {
        const mark = game.mark(marketTicker);
        if (mark !== null) marks[marketTicker] = mark;
      }
    }
    return marks;
  }

  breaker(): string | null {
    return this.#risk.breakers[0]?.breaker ?? null;
  }

  onDecision(input: DecisionInput, output: DecisionOutput): void {
    this.#onDecision(input, output);
  }

  #take(fact: Fact, how: "both" | "seen" | "traded"): void {
    const game = this.#gameOf(fact);
    if (game) this.#hand(game, fact, how);
    // The injury report is no game's, but the league's.
    else if (fact.kind === "page-away") for (const one of this.#games) this.#hand(one, fact, how);
  }

  #hand(game: GameDesk, fact: Fact, how: "both" | "seen" | "traded"): void {
    if (how !== "seen") game.trade(fact, this.#now);
    if (how !== "traded") game.see(fact, this.#now);
    this.#touch(game);
  }

  #touch(game: GameDesk): void {
    if (game.isTouched) return;
    game.isTouched = true;
    this.#touched[this.#touchedCount] = game;
    this.#touchedCount += 1;
  }

  /** Time goes on to `at`: the instant that was is over, and quiet games are looked at in between. */
  #advance(at: Instant): void {
    if (at <= this.#now) return;
    this.#endInstant();
    for (let next = this.#nextLookAt(at); next < at; next = this.#nextLookAt(at)) {
      this.#now = instant(Math.max(this.#now, next));
      if (next === this.#nextTickAt) this.#tick();
      else for (const game of this.#games) if (game.follow(this.#now)) this.#touch(game);
      this.#endInstant();
    }
    this.#now = at;
  }

  /** When quiet games are looked at next, or what is at the market is; matters only before `until`. */
  #nextLookAt(until: Instant): number {
    const followAt = this.#now + FOLLOW_MS;
    if (followAt >= until || followAt >= this.#nextTickAt) return this.#nextTickAt;
    return this.#games.some((game) => game.isFollowed()) ? followAt : this.#nextTickAt;
  }

  #tick(): void {
    this.#nextTickAt += this.#tickMs;
    for (const game of this.#games) {
      if (game.isWatched(this.#now) && this.#isDue(game, this.#tickMs)) this.#touch(game);
    }
  }

  /** Every fact of the instant is in: views are brought up to date, and what is due is decided. */
  #endInstant(): void {
    const now = this.#now;
    const count = this.#touchedCount;
    this.#touchedCount = 0;
    for (let index = 0; index < count; index += 1) {
      const game = required(this.#touched[index], "a touched game");
      game.isTouched = false;
      game.settleInstant(now);
      if (!this.#isDue(game, this.#decideEveryMs)) continue;
      game.decidedAt = now;
      game.evaluate(now);
    }
    if (now - this.#watchedAt < WATCH_LOSSES_MS) return;
    this.#watchedAt = now;
    this.#risk.watch(now);
  }

  #isDue(game: GameDesk, everyMs: number): boolean {
    return this.#now - game.decidedAt >= everyMs;
  }

  #gameOf(fact: Fact): GameDesk | undefined {
    if ("marketTicker" in fact) return this.#byTicker.get(fact.marketTicker);
    if ("eventTicker" in fact) return this.#byTicker.get(fact.eventTicker ?? "");
    return "teamCode" in fact ? this.#byTeam.get(fact.teamCode) : undefined;
  }
}
