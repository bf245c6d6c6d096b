import type { MarketInput, WindowStats } from "../domain/decision.ts";
import {
  mid,
  type MutableQuote,
  type PriceBand,
  type Quote,
  writeQuote,
} from "../domain/market.ts";
import { type CountCenti, countCenti, type Instant, instant } from "../domain/units.ts";
import { RollingSum, RollingWindow } from "../models/rolling-window.ts";

/** One market of a game, as the slate found it. */
export interface ViewMarket {
  readonly team: "home" | "away";
  readonly ticker: string;
  readonly exchangeIndex: number;
  readonly grid: readonly PriceBand[];
  readonly status: string;
}

/** The settings of what is remembered of a market. */
export interface TrackSettings {
  /** Length of the mean-reversion window, run milliseconds; and when it is warm. */
  readonly windowMs: number;
  readonly warmUpMs: number;
  readonly warmUpSamples: number;
  /** Span of the recent range, run milliseconds. */
  readonly quietMs: number;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Volume is what printed in the last minute. */
export const VOLUME_MS = 60_000;

/** One market of a game as far as it is known: its quote, its window, and what printed lately. */
export class MarketTrack {
  readonly ticker: string;
  status: string;
  /** Why the quote cannot be believed; null when it can. */
  staleBecause: string | null = null;
  readonly #settings: TrackSettings;
  readonly #window: RollingWindow;
  readonly #quiet: RollingWindow;
  readonly #volume = new RollingSum(VOLUME_MS);
  /** The last quote: written over by the next, as what is observed may be. */
  readonly #quote: MutableQuote;
  #hasQuote = false;
  #isDerived = false;
  #hasVolume = false;
  /** As a decision sees the market and its window: written over at every look. */
  readonly #input: Mutable<MarketInput>;
  readonly #stats: Mutable<WindowStats>;

  constructor(market: ViewMarket, settings: TrackSettings) {
    const { team, ticker, exchangeIndex, grid, status } = market;
    this.ticker = ticker;
    this.status = status;
    this.#settings = settings;
    this.#window = new RollingWindow(settings.windowMs);
    this.#quiet = new RollingWindow(settings.quietMs);
    this.#quote = noQuote(ticker);
    this.#input = {
      team,
      ticker,
      exchangeIndex,
      status,
      grid,
      quote: this.#quote,
      isDerived: false,
      staleBecause: null,
      recentRange: null,
      recentVolume: null,
    };
    this.#stats = {
      marketTicker: ticker,
      samples: 0,
      spanMs: 0,
      low: 0,
      high: 0,
      mean: 0,
      isWarm: false,
    };
  }

  /** The best prices changed, or were confirmed: what was stale is no longer. */
  observe(quote: Quote, isDerived: boolean): void {
    writeQuote(this.#quote, quote, quote.quotedAt, quote.receivedAt);
    this.#hasQuote = true;
    this.#isDerived = isDerived;
    this.staleBecause = null;
    const middle = mid(quote);
    if (middle !== null) this.pass(quote.receivedAt, middle);
  }

  /** A mid for the windows alone. */
  pass(at: Instant, middle: number): void {
    this.#window.push(at, middle);
    this.#quiet.push(at, middle);
  }

  /** Contracts printed. */
  print(at: Instant, count: CountCenti): void {
    this.#hasVolume = true;
    this.#volume.add(at, count);
  }

  /** The market as a decision at `at` sees it. @returns `null` before the first quote. */
  shown(at: Instant): MarketInput | null {
    if (!this.#hasQuote) return null;
    const input = this.#input;
    input.status = this.status;
    input.isDerived = this.#isDerived;
    input.staleBecause = this.staleBecause;
    input.recentRange = this.#quiet.range(at);
    input.recentVolume = this.#hasVolume ? countCenti(this.#volume.total(at)) : null;
    return input;
  }

  /** The statistics of its window at `at`. @returns `null` before the first mid. */
  stats(at: Instant): WindowStats | null {
    const stats = this.#stats;
    if (!this.#window.read(at, stats)) return null;
    const { warmUpMs, warmUpSamples } = this.#settings;
    stats.isWarm = stats.spanMs >= warmUpMs && stats.samples >= warmUpSamples;
    return stats;
  }
}

/** Of the numbers that instants are: what begins as a small one is of another kind once it is none. */
function noQuote(marketTicker: string): MutableQuote {
  const never = instant(Number.MIN_SAFE_INTEGER);
  return {
    marketTicker,
    bid: null,
    bidSize: null,
    ask: null,
    askSize: null,
    quotedAt: never,
    receivedAt: never,
  };
}
