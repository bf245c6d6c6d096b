import type { ForecastReading, GameClock, TreesInput } from "../domain/decision.ts";
import type { Quote } from "../domain/market.ts";
import type { CountCenti, Instant } from "../domain/units.ts";
import type { BlendConfig } from "../models/blend.ts";
import { type FeatureGame, GameFeatures } from "../models/features/engine.ts";
import { FEATURES_VERSION } from "../models/features/list.ts";

/** The models that may play a game, by their hashes, and how old what they know is; or why there are none. */
export type TreesOfGame = Required<
  Pick<TreesInput, "entryModel" | "exitModel" | "absentBecause" | "learnedUntil">
>;

/** A print as the live stream or a recording tells it. */
export interface FedPrint {
  readonly marketTicker: string;
  readonly count: CountCenti;
  readonly at: Instant;
  /** Null where the source does not say who took. */
  readonly takerSide: "bid" | "ask" | null;
  /** One trade, and not the volume of a minute. */
  readonly isSingle: boolean;
}

/**
 * Keeps the features of a game for `model-trees`, fed with what the view sees, and makes of them its part of
 * a decision's input. A quote that only confirms the last one is no news to them: so it is in training.
 */
export class TreesFeed {
  readonly #features: GameFeatures;
  readonly #models: TreesOfGame;
  readonly #quotes = new Map<string, Quote>();

  constructor(game: FeatureGame, config: BlendConfig, models: TreesOfGame) {
    this.#features = new GameFeatures(game, config);
    this.#models = models;
  }

  observeQuote(quote: Quote): void {
    const last = this.#quotes.get(quote.marketTicker);
    if (last !== undefined && isSame(last, quote)) return;
    this.#quotes.set(quote.marketTicker, quote);
    this.#features.observeQuote(quote);
  }

  /** The quote of this market cannot be believed until the next one, whatever that shows. */
  markStale(marketTicker: string): void {
    const last = this.#quotes.get(marketTicker);
    if (last === undefined) return;
    this.#quotes.delete(marketTicker);
    this.#features.markStale(marketTicker, last.receivedAt);
  }

  observePrint(print: FedPrint): void {
    this.#features.observePrint(print);
  }

  /** What the strategy decides by at `at`. @throws InvariantError when something later was observed. */
  input(
    at: Instant,
    clock: GameClock | null,
    readings: readonly ForecastReading[],
    tickers: readonly string[],
  ): TreesInput {
    if (clock !== null) this.#features.observeClock(clock);
    this.#features.observeReadings(readings, at);
    const isAsked = this.#models.entryModel !== null || this.#models.exitModel !== null;
    return {
      featureSet: FEATURES_VERSION,
      ...this.#models,
      markets: isAsked ? tickers.map((ticker) => this.#market(ticker, at)) : [],
    };
  }

  #market(marketTicker: string, at: Instant): TreesInput["markets"][number] {
    const { values, latest } = this.#features.vector(marketTicker, at);
    // JSON has no NaN: what is missing is null in the record, and NaN again before the model.
    const stored = Array.from(values, (value) => (Number.isNaN(value) ? null : value));
    return { marketTicker, values: stored, knownAt: latest };
  }
}

function isSame(a: Quote, b: Quote): boolean {
  return a.bid === b.bid && a.ask === b.ask && a.bidSize === b.bidSize && a.askSize === b.askSize;
}
