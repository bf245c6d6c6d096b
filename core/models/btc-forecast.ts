import { assert } from "../domain/assert.ts";
import type { Instant } from "../domain/units.ts";
import {
  AVERAGE_TICKS,
  probabilityWithin,
  type SettlementForecast,
  settlementForecast,
} from "./digital-option.ts";
import type { SeenAverage } from "./settlement-window.ts";
import type { BasisEstimate } from "./spot-basis.ts";
import type { SpotTick, VolatilityEstimate } from "./spot-volatility.ts";

/** Changes with the formula: stored with every probability. */
const MODEL_VERSION = "digital-2";

/** What the settlement average of one close is forecast from. */
export interface BtcForecastInput {
  readonly at: Instant;
  readonly closeAt: Instant;
  /** The newest price of the feed. */
  readonly spot: SpotTick;
  /** What of the average the same feed has shown; its mean is the feed's. */
  readonly seen: SeenAverage;
  readonly volatility: VolatilityEstimate;
  /** Null when the feed is the index itself. */
  readonly basis: BasisEstimate | null;
}

/** The forecast of one close, for all contracts that it settles. */
export interface BtcForecast {
  readonly settlement: SettlementForecast;
  /** What each horizon of the volatility would say alone. */
  readonly voices: readonly { readonly weight: number; readonly settlement: SettlementForecast }[];
  /** How much of those horizons was seen, 0 to 1. */
  readonly coverage: number;
  readonly modelVersion: string;
}

/**
 * Forecasts the average that settles the contracts of one close. After the close what was not seen
 * of the minute counts at the last price.
 *
 * @throws InvariantError when a number lies outside the ranges of `settlementForecast`.
 */
export function btcForecast(input: BtcForecastInput): BtcForecast {
  const { seen, volatility: rates, basis } = input;
  assert(seen.ticks === 0 || seen.mean !== null, "what was seen has a mean");
  const stated = {
    spot: input.spot.price,
    basis: basis?.basis ?? 0,
    basisDeviation: basis?.deviation ?? 0,
    jumpRate: rates.jumpRate,
    jumpDeviation: rates.jumpDeviation,
    secondsToClose: secondsAhead(input),
    seenTicks: Math.min(AVERAGE_TICKS, seen.ticks),
    seenMean: (seen.mean ?? 0) / (1 + (basis?.basis ?? 0)),
  };
  const at = (volatility: number): SettlementForecast =>
    settlementForecast({ ...stated, volatility });
  return {
    settlement: at(rates.volatility),
    voices: rates.horizons.map(({ volatility, weight }) => ({
      weight,
      settlement: at(volatility),
    })),
    coverage: rates.coverage,
    modelVersion: MODEL_VERSION,
  };
}

/**
 * Seconds over which the price may still move: from the instant that it is of, not from now, since what
 * it did meanwhile is as unknown as what it will do.
 */
function secondsAhead({ at, closeAt, spot }: BtcForecastInput): number {
  return at >= closeAt ? 0 : (closeAt - Math.min(at, spot.at)) / 1_000;
}

/**
 * Confidence in the probability of one contract, 0 to 1: how far the horizons of the volatility
 * agree on it, as risk measures it for a game. One minus twice the root of their weighted mean
 * squared distance from the probability; halved where nothing of the horizons was seen, since the
 * prior agrees with itself. At the money they agree whatever the volatility is.
 *
 * @param low dollars, as of `probabilityWithin`.
 */
export function btcConfidence(forecast: BtcForecast, low: number, high: number): number {
  const probability = probabilityWithin(forecast.settlement, low, high);
  let square = 0;
  for (const { weight, settlement } of forecast.voices) {
    square += weight * (probabilityWithin(settlement, low, high) - probability) ** 2;
  }
  return Math.max(0, 1 - 2 * Math.sqrt(square)) * (0.5 + 0.5 * forecast.coverage);
}
