import { type FeeSchedule, mid, type Quote, withKnownSizes } from "../core/domain/market.ts";
import { PRICE_GRIDS } from "../core/domain/price-grid.ts";
import { settlementValue } from "../core/domain/settlement.ts";
import { lacksOfGame } from "../core/domain/source-lacks.ts";
import { type Instant, instant, type PriceMicros } from "../core/domain/units.ts";
import type { NightRatings } from "../core/models/night-ratings.ts";
import { GameFeatures } from "../core/models/features/engine.ts";
import { GameView, type ViewContext } from "../core/strategies/view.ts";
import { type Fact, priceGridOf, type SlateGame, type SourceManifest } from "../sim/facts.ts";
import { ExitLabels, type Labelled } from "./exit-labels.ts";
import { GameFeeds } from "./game-feeds.ts";
import { PaperDesk } from "./paper-desk.ts";
import type { NightConfig } from "./result.ts";

/** How rows are made. */
export interface FeatureSettings {
  readonly config: Pick<NightConfig, "decision" | "view">;
  readonly everyMs: number;
  readonly holdMs: number;
  readonly fees: FeeSchedule;
  /** Between two looks at the score feeds, run milliseconds. */
  readonly pollMs: number;
}

/** One market at one decision instant, and what came of it. */
export interface FeatureRow {
  readonly gameId: string;
  readonly marketTicker: string;
  readonly at: Instant;
  /** The last instant that any feature used. */
  readonly knownAt: Instant | null;
  readonly bid: PriceMicros | null;
  readonly ask: PriceMicros | null;
  /** Micros. */
  readonly mid: number | null;
  /** In the sequence of `FEATURES`; NaN where missing. */
  readonly features: Float64Array;
  /** 1 when YES was paid, 0 when NO; null for what is neither, and while nobody has said. */
  readonly settled: 0 | 1 | null;
  readonly exitValueCents: number | null;
  /** Null when it never closed. */
  readonly secondsToClose: number | null;
}

type Seen = Omit<FeatureRow, "settled" | "exitValueCents" | "secondsToClose">;
type StatusFact = Extract<Fact, { kind: "market-status" }>;

interface Market {
  readonly desk: PaperDesk;
  readonly labels: ExitLabels<Seen>;
  readonly rows: Labelled<Seen>[];
  hasChanged: boolean;
  hasQuote: boolean;
  closedAt: Instant | null;
  isSettled: boolean;
}

const IDLE_LISTENER = { onFill: () => undefined, onClosed: () => undefined };
const ALONE: ViewContext = {
  phase: "pregame",
  strategies: [],
  entriesPaused: null,
  fees: { kind: "quadratic_with_maker_fees", multiplierMilli: 1_000 },
  configHash: "",
};

/** One game of a source: its books and feeds, looked at as a decision would, with no orders of ours. */
export class FeatureDesk {
  readonly #game: SlateGame;
  readonly #settings: FeatureSettings;
  readonly #lacks: readonly string[];
  readonly #view: GameView;
  readonly #feeds: GameFeeds;
  readonly #features: GameFeatures;
  readonly #markets: readonly Market[];
  readonly #startAt: Instant;
  #polledAt = -Infinity;
  #done: FeatureRow[] = [];

  /** The next instant at which rows are made. */
  nextAt: Instant;

  constructor(
    game: SlateGame,
    manifest: SourceManifest,
    ratings: NightRatings,
    settings: FeatureSettings,
  ) {
    const { config, fees, pollMs, everyMs, holdMs } = settings;
    const { eventTicker, home, away, tipAt, marketTickers } = game;
    this.#game = game;
    this.#settings = settings;
    this.#lacks = lacksOfGame(manifest, eventTicker);
    const markets = marketTickers.map((ticker) => ({
      ticker,
      team: ticker.endsWith(`-${home}`) ? ("home" as const) : ("away" as const),
      exchangeIndex: 0,
      grid: PRICE_GRIDS[priceGridOf(manifest, ticker)],
      status: "initialized",
    }));
    const viewed = { mode: "paper" as const, eventTicker, home, away, tipAt, markets };
    this.#view = new GameView({ ...viewed, lacks: this.#lacks }, config.view);
    const { startAt } = manifest;
    this.#startAt = startAt;
    this.#features = new GameFeatures(
      { tipAt, listedAt: startAt, markets },
      config.decision.forecast,
    );
    this.#feeds = new GameFeeds(game, this.#view, config.decision.forecast, pollMs);
    this.#feeds.open(ratings, startAt, !this.#lacks.includes("injuries"));
    this.#markets = marketTickers.map((ticker) => ({
      desk: new PaperDesk(ticker, fees, 0, IDLE_LISTENER),
      labels: new ExitLabels<Seen>(holdMs, fees),
      rows: [],
      hasChanged: false,
      hasQuote: false,
      closedAt: null,
      isSettled: false,
    }));
    const { windowOpensBeforeTipMs } = config.decision.strategies.pregameAnchored;
    const opensAt = Math.max(startAt, tipAt - windowOpensBeforeTipMs);
    this.nextAt = instant(tipAt - Math.floor((tipAt - opensAt) / everyMs) * everyMs);
  }

  /** Takes in one fact of this game. */
  play(fact: Fact): void {
    if (!("marketTicker" in fact)) {
      this.#feeds.play(fact);
      return;
    }
    const market = this.#markets.find(({ desk }) => desk.marketTicker === fact.marketTicker);
    if (!market || market.closedAt !== null) {
      if (market && fact.kind === "market-status") this.#status(market, fact);
      return;
    }
    if (market.desk.play(fact)) market.hasChanged = true;
    if (fact.kind === "trade" || fact.kind === "volume") {
      const takerSide = fact.kind === "trade" ? fact.takerSide : null;
      const { marketTicker, count, receivedAt: at } = fact;
      const isSingle = fact.kind === "trade";
      this.#features.observePrint({ marketTicker, count, at, takerSide, isSingle });
    }
    if (fact.kind === "market-status") this.#status(market, fact);
  }

  /** All facts of this instant are in: what they changed is observed. */
  settleInstant(at: Instant): void {
    for (const market of this.#markets) {
      if (!market.hasChanged || market.closedAt !== null) continue;
      market.hasChanged = false;
      market.hasQuote = true;
      const quote = withKnownSizes(market.desk.quote(at), this.#lacks);
      this.#features.observeQuote(quote);
      market.rows.push(...market.labels.observeBid(at, quote.bid));
    }
    this.#poll(at);
  }

  /** Makes the rows that are due before `before`; all facts up to them are in. */
  sampleUntil(before: number): void {
    while (this.nextAt < before) {
      const at = this.nextAt;
      this.nextAt = instant(at + this.#settings.everyMs);
      if (this.#markets.every(({ closedAt, hasQuote }) => closedAt !== null || !hasQuote)) {
        if (this.#markets.every(({ closedAt }) => closedAt !== null)) return;
        continue;
      }
      this.#poll(at);
      for (const market of this.#markets) this.#sample(market, at);
    }
  }

  /** The rows whose market was settled since the last time, in sequence of time. */
  take(): readonly FeatureRow[] {
    return this.#done.splice(0);
  }

  /** The source has ended at `at`: what waits goes without what was never said. */
  stop(at: Instant): readonly FeatureRow[] {
    for (const market of this.#markets) {
      if (market.isSettled) continue;
      market.rows.push(...market.labels.stop(at));
      this.#finish(market, null);
    }
    return this.take();
  }

  #sample({ desk, labels, hasQuote, closedAt }: Market, at: Instant): void {
    if (!hasQuote || closedAt !== null) return;
    const { marketTicker } = desk;
    const quote: Quote = desk.quote(at);
    const vector = this.#features.vector(marketTicker, at);
    const row = {
      gameId: this.#game.eventTicker,
      marketTicker,
      at,
      knownAt: vector.latest,
      bid: quote.bid,
      ask: quote.ask,
      mid: mid(quote),
      features: vector.values,
    };
    labels.add(row, at, quote.ask);
  }

  #poll(at: Instant): void {
    if (at < this.#startAt || at - this.#polledAt < this.#settings.pollMs) return;
    this.#polledAt = at;
    this.#feeds.poll(at);
    const { clock, readings } = this.#view.input(at, ALONE);
    if (clock !== null) this.#features.observeClock(clock);
    this.#features.observeReadings(readings, at);
  }

  #status(market: Market, fact: StatusFact): void {
    const at = fact.receivedAt;
    const isOver = ["closed", "determined", "finalized"].includes(fact.status);
    if (isOver) market.closedAt ??= at;
    if (fact.result === null || market.isSettled) return;
    const value = settlementValue(fact.result, fact.settlementValue);
    market.rows.push(...market.labels.settle(at, value));
    this.#finish(market, fact.result === "yes" ? 1 : fact.result === "no" ? 0 : null);
  }

  #finish(market: Market, settled: 0 | 1 | null): void {
    market.isSettled = true;
    const { closedAt } = market;
    for (const { row, exitValueCents } of market.rows.splice(0)) {
      const secondsToClose = closedAt === null ? null : (closedAt - row.at) / 1_000;
      this.#done.push({ ...row, settled, exitValueCents, secondsToClose });
    }
  }
}
