import type { SpotFeed, SpotPrice, SpotSource, SpotStale } from "../../core/domain/spot.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { BtcForecast } from "../../core/models/btc-forecast.ts";
import { type BtcSpotConfig, BtcSpotModel } from "../../core/models/btc-spot.ts";
import type { BasisObservation } from "../../core/models/spot-basis.ts";

/** Which feed a model is of: the close of a candle is a price of the feed that made it. */
type ModelName = "coinbase" | "brti";

const MODEL_OF: Readonly<Record<SpotSource, ModelName>> = {
  coinbase: "coinbase",
  "coinbase-candle": "coinbase",
  brti: "brti",
};

/** What is known of the spot at one moment. */
export interface SpotNow {
  readonly latest: SpotPrice | null;
  readonly staleBecause: SpotStale | null;
  /** Standard deviation of the basis of the feed in use; null when it is the index itself. */
  readonly basisDeviation: number | null;
}

/** Who hears of prices: when one came, on the wall, for latency figures. */
type SpotListener = (price: SpotPrice, wallMs: number) => void;

/**
 * The spot as this process knows it, for all series: a model for each feed, each kept warm by its own
 * prices. The one that speaks is that of the feed in charge, so that no return is taken from one to
 * the other.
 */
export class SpotBook {
  readonly #feed: SpotFeed;
  readonly #models: Readonly<Record<ModelName, BtcSpotModel>>;
  readonly #listeners = new Set<SpotListener>();
  readonly #leave: () => void;
  /** The newest price that an earlier process saw. */
  #restored: SpotPrice | null = null;

  constructor(options: {
    readonly feed: SpotFeed;
    readonly config: BtcSpotConfig;
    /** Takes each price to the database. */
    readonly keep: (price: SpotPrice) => void;
  }) {
    this.#feed = options.feed;
    this.#models = {
      coinbase: new BtcSpotModel(options.config, "coinbase"),
      brti: new BtcSpotModel(options.config, "brti"),
    };
    this.#leave = options.feed.onPrice((price) => {
      this.#models[MODEL_OF[price.source]].push(price);
      options.keep(price);
      const wallMs = performance.now();
      for (const listener of this.#listeners) listener(price, wallMs);
    });
  }

  /** Learns what an earlier process saw, oldest first, before anything is heard. */
  restore(prices: readonly SpotPrice[], basis: readonly BasisObservation[]): void {
    for (const price of prices) {
      this.#models[MODEL_OF[price.source]].push(price);
      this.#restored = price;
    }
    for (const observation of basis) this.#models.coinbase.remember(observation);
  }

  /** @returns the end of it. */
  onPrice(listener: SpotListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  now(at: Instant): SpotNow {
    const latest = this.#latest();
    return {
      latest,
      staleBecause: this.#feed.staleBecause(),
      basisDeviation: latest === null ? null : this.#modelOf(latest).basisDeviation(at),
    };
  }

  /** The forecast of a close by the feed in charge. @returns null before its first price. */
  forecast(closeAt: Instant, at: Instant): BtcForecast | null {
    const latest = this.#latest();
    return latest === null ? null : this.#modelOf(latest).forecast(closeAt, at);
  }

  /** Learns the average that a close was settled by. @returns what it says of the basis; null when nothing. */
  settled(closeAt: Instant, average: number, at: Instant): BasisObservation | null {
    return this.#models.coinbase.settled(closeAt, average, at);
  }

  async close(): Promise<void> {
    this.#leave();
    await this.#feed.close();
  }

  #latest(): SpotPrice | null {
    return this.#feed.latest() ?? this.#restored;
  }

  #modelOf({ source }: SpotPrice): BtcSpotModel {
    return this.#models[MODEL_OF[source]];
  }
}
