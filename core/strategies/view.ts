import { required } from "../domain/assert.ts";
import { ClockArbiter, type ClockRules } from "../domain/clock-arbiter.ts";
import type {
  DecisionInput,
  ForecastReading,
  ForecastSourceName,
  GameClock,
  MarketInput,
  Mode,
  StrategyInput,
  WindowStats,
} from "../domain/decision.ts";
import type { FeedGame, FeedName, WinProbability } from "../domain/feeds.ts";
import { type FinalJudgement, FinalWord } from "../domain/final-word.ts";
import { type FeeSchedule, type Quote, withKnownSizes } from "../domain/market.ts";
import type { CountCenti, Instant } from "../domain/units.ts";
import { BallTrack } from "../models/ball-track.ts";
import { MarketTrack, type TrackSettings, type ViewMarket } from "./market-track.ts";
import type { TreesFeed } from "./trees-feed.ts";

/** The settings of a view. */
export interface ViewSettings extends TrackSettings {
  readonly clock: ClockRules;
  /** ESPN's probability is stale when the game moved on by this without it, seconds of game clock. */
  readonly espnFrozenSeconds: number;
  /** Where no live score exists, the game counts as live this long after the scheduled tip, run milliseconds. */
  readonly assumedTipDelayMs: number;
}

/** Which game is viewed. */
export interface ViewGame {
  readonly mode: Mode;
  readonly eventTicker: string;
  readonly home: string;
  readonly away: string;
  readonly tipAt: Instant;
  readonly markets: readonly ViewMarket[];
  /** Sources that the run's facts lack: `injuries`, `espn`, `sizes`, `second-market`, `live-score`, `partner`. */
  readonly lacks: readonly string[];
}

/** What a view cannot know by itself: the workflow's state and the run's settings. */
export interface ViewContext {
  readonly phase: DecisionInput["phase"];
  readonly strategies: readonly StrategyInput[];
  readonly entriesPaused: string | null;
  readonly fees: FeeSchedule;
  readonly configHash: string;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * One game as far as it is known: a fold of observations, used alike by the live watch and by the
 * backtest, so that both decide on the same input. Instants are run time and never run backwards.
 */
export class GameView {
  readonly #game: ViewGame;
  readonly #settings: ViewSettings;
  readonly #markets: readonly MarketTrack[];
  /** What `shown` shows: one page, written over at every look. A market that has come never leaves it. */
  readonly #page: Mutable<DecisionInput>;
  readonly #marketPage: MarketInput[] = [];
  readonly #windowPage: WindowStats[] = [];
  readonly #arbiter: ClockArbiter;
  readonly #finalWord: FinalWord;
  readonly #ball = new BallTrack();
  readonly #hasLiveScore: boolean;
  readonly #hasSizes: boolean;
  readonly #readings = new Map<ForecastSourceName, ForecastReading>();
  /** Readings as the last input had them, by whether ESPN's was frozen: they seldom change. */
  #shown: { readonly isFrozen: boolean; readonly readings: readonly ForecastReading[] } | null =
    null;
  #espn: { reading: WinProbability; elapsedAtChange: number } | null = null;
  #swappedFeeds = new Set<string>();
  #trees: TreesFeed | null = null;

  constructor(game: ViewGame, settings: ViewSettings) {
    this.#game = game;
    this.#settings = settings;
    this.#hasLiveScore = !game.lacks.includes("live-score");
    this.#hasSizes = !game.lacks.includes("sizes");
    this.#arbiter = new ClockArbiter(settings.clock, !this.#hasLiveScore);
    this.#finalWord = new FinalWord(game.lacks.includes("espn"));
    this.#markets = game.markets.map((market) => new MarketTrack(market, settings));
    const { mode, eventTicker, home, away, tipAt, lacks } = game;
    this.#page = {
      schemaVersion: 1,
      at: tipAt,
      mode,
      eventTicker,
      home,
      away,
      phase: "pregame",
      tipAt,
      clock: null,
      markets: this.#marketPage,
      readings: [],
      windows: this.#windowPage,
      strategies: [],
      fees: { kind: "quadratic", multiplierMilli: 0 },
      lacks,
      entriesPaused: null,
      configHash: "",
    };
  }

  /** From now on decisions look at the features of `model-trees` too. */
  feedTrees(feed: TreesFeed): void {
    this.#trees = feed;
  }

  /** The best prices of a market changed, or were confirmed: what was stale is no longer. */
  observeQuote(quote: Quote, isDerived: boolean): void {
    const track = this.#track(quote.marketTicker);
    if (!track) return;
    const known = this.#hasSizes ? quote : withKnownSizes(quote, this.#game.lacks);
    track.observe(known, isDerived);
    // The features keep what they are given, and whose quote this is may write it over.
    this.#trees?.observeQuote({ ...known });
  }

  /** Contracts printed: a trade, or the volume of a minute where single trades are not known. */
  observeTrade(trade: {
    readonly marketTicker: string;
    readonly count: CountCenti;
    readonly at: Instant;
    /** Who took, where single trades are known. */
    readonly takerSide?: "bid" | "ask" | null;
  }): void {
    const track = this.#track(trade.marketTicker);
    if (!track) return;
    const { marketTicker, count, at, takerSide } = trade;
    const isSingle = takerSide !== undefined;
    this.#trees?.observePrint({ marketTicker, count, at, takerSide: takerSide ?? null, isSingle });
    track.print(at, count);
  }

  /** The quote of this market cannot be believed until the next one. */
  markStale(ticker: string, reason: string): void {
    const track = this.#track(ticker);
    if (track) track.staleBecause = reason;
    this.#trees?.markStale(ticker);
  }

  /** The venue's word on whether the market trades. */
  setMarketStatus(ticker: string, status: string): void {
    const track = this.#track(ticker);
    if (track) track.status = status;
  }

  /**
   * What a score feed shows. A feed that names the teams the wrong way round is not believed in
   * anything.
   *
   * @returns whether it was taken in.
   */
  observeFeedGame(game: FeedGame): boolean {
    const isSwapped = game.home === this.#game.away && game.away === this.#game.home;
    if (isSwapped) this.#swappedFeeds.add(game.feed);
    if (game.home !== this.#game.home || game.away !== this.#game.away) return false;
    this.#swappedFeeds.delete(game.feed);
    this.#arbiter.observe(game);
    // What cannot have been played is no end of the game either.
    if (this.#arbiter.jumpOf(game.feed) === null) this.#finalWord.observe(game);
    return true;
  }

  /** How far the feeds' word that the game is over goes. @returns `null` while none says it. */
  finalWord(at: Instant): FinalJudgement | null {
    return this.#finalWord.judge(at);
  }

  /** What a feed shows that cannot have been played since it was last believed. @returns `null` when nothing. */
  jumpOf(feed: FeedName): ReturnType<ClockArbiter["jumpOf"]> {
    return this.#arbiter.jumpOf(feed);
  }

  /** ESPN's live probability. */
  observeWinProbability(reading: WinProbability): void {
    const isSame = this.#espn?.reading.sequence === reading.sequence;
    const elapsedAtChange = isSame
      ? (this.#espn?.elapsedAtChange ?? 0)
      : this.#elapsed(reading.receivedAt);
    this.#espn = { reading, elapsedAtChange };
    this.#shown = null;
  }

  /** Elo, injuries and the partner: what is known before tip. */
  setReading(reading: ForecastReading): void {
    this.#readings.set(reading.source, reading);
    this.#shown = null;
  }

  /** After a restart: the mids that a market had, oldest first, so that its window is warm again. */
  restoreWindow(
    ticker: string,
    mids: readonly { readonly at: Instant; readonly mid: number }[],
  ): void {
    const track = this.#track(ticker);
    for (const { at, mid: middle } of mids) track?.pass(at, middle);
  }

  /** The believed clock. @returns `null` before any feed has answered. */
  clock(at: Instant): GameClock | null {
    const clock = this.#arbiter.clock(at);
    if (clock === null || this.#swappedFeeds.size === 0) return clock;
    return { ...clock, staleBecause: [...clock.staleBecause, "teams_swapped"] };
  }

  /** How far apart the two feeds' clocks are. @returns `null` when there are not two in play that are sound. */
  clockDisagreement(at: Instant): number | null {
    return this.#arbiter.disagreementSeconds(at);
  }

  /**
   * The phase that the feeds show. Where the facts have no live score, the game counts as live
   * some minutes after the scheduled tip.
   */
  phase(at: Instant): "pregame" | "live" | "closing" {
    const clock = this.#arbiter.clock(at);
    if (clock?.state === "post") return "closing";
    if (clock?.state === "in") return "live";
    return !this.#hasLiveScore && at >= this.#game.tipAt + this.#settings.assumedTipDelayMs
      ? "live"
      : "pregame";
  }

  /**
   * Everything a decision at `at` looks at, on one page that the next look writes over: who keeps it takes a
   * copy. Markets without a first quote are left out.
   */
  shown(at: Instant, context: ViewContext): DecisionInput {
    const page = this.#page;
    page.at = at;
    page.phase = context.phase;
    page.clock = this.#clockWithBall(at);
    this.#showMarkets(at);
    page.readings = this.#allReadings(at);
    page.strategies = context.strategies;
    page.fees = context.fees;
    page.entriesPaused = context.entriesPaused;
    page.configHash = context.configHash;
    if (this.#trees !== null) {
      const tickers = page.markets.map(({ ticker }) => ticker);
      page.trees = this.#trees.input(at, page.clock, page.readings, tickers);
    }
    return page;
  }

  /** Scoreboards do not say who has the ball, and play by play trails by more than a possession: the score tells. */
  #clockWithBall(at: Instant): GameClock | null {
    const clock = this.clock(at);
    if (clock === null || clock.isReconstructed || clock.staleBecause.length > 0) return clock;
    this.#ball.observe(clock);
    return { ...clock, possession: this.#ball.possession(clock) };
  }

  /** The markets, and the statistics of their windows. By index, as `InputCheck` says. */
  #showMarkets(at: Instant): void {
    let shown = 0;
    let warm = 0;
    for (let index = 0; index < this.#markets.length; index += 1) {
      const track = required(this.#markets[index], "a market");
      const input = track.shown(at);
      if (input !== null) this.#marketPage[shown++] = input;
      const stats = track.stats(at);
      if (stats !== null) this.#windowPage[warm++] = stats;
    }
  }

  #allReadings(at: Instant): readonly ForecastReading[] {
    const isFrozen = this.#isEspnFrozen(at);
    return this.#shown?.isFrozen === isFrozen ? this.#shown.readings : this.#newReadings(isFrozen);
  }

  #newReadings(isFrozen: boolean): readonly ForecastReading[] {
    const known = (["elo", "injuries", "partner"] as const).map(
      (source) => this.#readings.get(source) ?? this.#absent(source),
    );
    const readings = [...known, this.#espnReading(isFrozen)];
    this.#shown = { isFrozen, readings };
    return readings;
  }

  /** Its value stands still between plays: it is stale when the game moved on without it. */
  #isEspnFrozen(at: Instant): boolean {
    if (this.#espn === null) return false;
    return this.#elapsed(at) - this.#espn.elapsedAtChange > this.#settings.espnFrozenSeconds;
  }

  #espnReading(isFrozen: boolean): ForecastReading {
    if (!this.#espn) return this.#absent("espn");
    const { reading } = this.#espn;
    return {
      source: "espn",
      value: isFrozen ? null : reading.home,
      version: "espn-live",
      knownAt: reading.receivedAt,
      absentBecause: isFrozen ? "frozen" : null,
    };
  }

  #absent(source: ForecastSourceName): ForecastReading {
    const absentBecause = this.#game.lacks.includes(source) ? "not_in_recording" : "not_yet";
    return { source, value: null, version: "none", knownAt: null, absentBecause };
  }

  #elapsed(at: Instant): number {
    return this.#arbiter.elapsedSeconds(at);
  }

  #track(ticker: string): MarketTrack | undefined {
    for (let index = 0; index < this.#markets.length; index += 1) {
      const track = this.#markets[index];
      if (track?.ticker === ticker) return track;
    }
    return undefined;
  }
}
