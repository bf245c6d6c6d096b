import type { SpotPrice, SpotSource } from "../domain/spot.ts";
import type { Instant } from "../domain/units.ts";
import { type BtcForecast, btcForecast } from "./btc-forecast.ts";
import { FORECAST_SECONDS_MAX } from "./digital-option.ts";
import { SettlementWindow } from "./settlement-window.ts";
import {
  type BasisConfig,
  type BasisObservation,
  estimateBasis,
  rememberBasis,
} from "./spot-basis.ts";
import { type SpotTick, SpotVolatility, type VolatilityConfig } from "./spot-volatility.ts";

/** Constants of the spot's model. */
export interface BtcSpotConfig {
  readonly volatility: VolatilityConfig;
  readonly basis: BasisConfig;
  /** A price stands for the seconds after it at most this long, milliseconds. */
  readonly priceHoldsMs: number;
  /** Of a price that is older no forecast is made, milliseconds. */
  readonly maxAgeMs: number;
}

/** Micro-dollars in a dollar. */
const MICROS = 1e6;

/**
 * What one feed says about the settlement averages to come: its volatility, the part of the average
 * that it has shown, and its basis to the index. One for each source, since a return from one feed to
 * another is the difference of two basis, not a move. Memory does not grow.
 */
export class BtcSpotModel {
  readonly #config: BtcSpotConfig;
  readonly #isIndex: boolean;
  readonly #volatility: SpotVolatility;
  readonly #window: SettlementWindow;
  #basis: readonly BasisObservation[] = [];
  #latest: SpotTick | null = null;

  /** @throws InvariantError when a constant is unsound. */
  constructor(config: BtcSpotConfig, source: SpotSource) {
    this.#config = config;
    this.#isIndex = source === "brti";
    this.#volatility = new SpotVolatility(config.volatility);
    this.#window = new SettlementWindow(config.priceHoldsMs);
  }

  /** Learns a price; one that is older than the newest changes nothing. */
  push({ sourceAt, price }: Pick<SpotPrice, "sourceAt" | "price">): void {
    const tick = { at: sourceAt, price: price / MICROS };
    this.#volatility.push(tick);
    if (this.#window.push(tick)) this.#latest = tick;
  }

  /**
   * The forecast of one close, from what was pushed so far.
   *
   * @returns null before the first price, when the newest says nothing of now any more, and for a
   * close that is further ahead than a forecast is made for.
   */
  forecast(closeAt: Instant, at: Instant): BtcForecast | null {
    if (this.#latest === null || at - this.#latest.at > this.#config.maxAgeMs) return null;
    if (closeAt - Math.min(at, this.#latest.at) > FORECAST_SECONDS_MAX * 1_000) return null;
    return btcForecast({
      at,
      closeAt,
      spot: this.#latest,
      seen: this.#window.seen(closeAt, at),
      volatility: this.#volatility.estimate(at, Math.max(0, (closeAt - at) / 1_000)),
      basis: this.#isIndex ? null : estimateBasis(this.#basis, at, this.#config.basis),
    });
  }

  /** Standard deviation of the basis, as a share of the price; null when the feed is the index itself. */
  basisDeviation(at: Instant): number | null {
    return this.#isIndex ? null : estimateBasis(this.#basis, at, this.#config.basis).deviation;
  }

  /**
   * Learns the average that a close was settled by, to be told within an hour of it: what the feed
   * showed of that minute is forgotten then.
   *
   * @param average micro-dollars.
   * @returns what was learned, null when the feed showed too little of the minute.
   */
  settled(closeAt: Instant, average: number, at: Instant): BasisObservation | null {
    const { mean, ticks } = this.#window.seen(closeAt, at);
    if (mean === null) return null;
    const seen = { closeAt, average: average / MICROS, spotMean: mean, spotTicks: ticks };
    this.remember(seen);
    return this.#basis.includes(seen) ? seen : null;
  }

  /** Takes over an observation that an earlier process made. */
  remember(observation: BasisObservation): void {
    this.#basis = rememberBasis(this.#basis, observation, this.#config.basis);
  }
}
