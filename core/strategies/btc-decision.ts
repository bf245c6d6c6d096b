import type { BtcContract } from "../domain/btc-contract.ts";
import type { FeeSchedule, MarketStatus, Quote } from "../domain/market.ts";
import type { BookSide } from "../domain/order.ts";
import {
  type CountCenti,
  countCenti,
  type Instant,
  type PriceMicros,
  type UsdMicros,
} from "../domain/units.ts";
import type { BtcForecast } from "../models/btc-forecast.ts";
import type { RiskLimits } from "../domain/risk.ts";
import type { SizingConfig } from "./config.ts";

/** Settings of the would-trade rules. */
export interface BtcEdgeConfig {
  /** Entries with at least and at most this left to the close, seconds. */
  readonly minSecondsToClose: number;
  readonly maxSecondsToClose: number;
  /** Oldest price of the spot, and oldest quote, a decision may rest on; run milliseconds. */
  readonly maxSpotAgeMs: number;
  readonly maxQuoteAgeMs: number;
  readonly maxSpreadMicros: number;
  /** Least size at the price that is taken, where it is known. */
  readonly minSize: CountCenti;
  /** Entries only when the price paid lies within these, micros. */
  readonly minPriceMicros: number;
  readonly maxPriceMicros: number;
  /** Least confidence in the probability, 0 to 1 (`btcConfidence`). */
  readonly minConfidence: number;
  /** Share of the way from the market's mid to our probability that fair value goes, 0 to 1. */
  readonly trust: number;
  /** Least expected value, micros per contract, after the spread and the taker's fee. */
  readonly minEdgeMicros: number;
  /** On a feed that is not the index itself: */
  readonly proxy: {
    /** the nearest bound lies at least this far from the expected average, as a share of it, */
    readonly minDistance: number;
    /** and at least so many deviations of the basis, */
    readonly basisDeviations: number;
    /** and at least this is left to the close, seconds. */
    readonly minSecondsToClose: number;
  };
  readonly sizing: SizingConfig;
  /** Most of the displayed size that one order takes, above 0 to 1. */
  readonly maxShareOfSize: number;
}

/**
 * The rules under the limits in force: of two bounds on the same thing the stricter, so that nothing is
 * proposed which risk could only refuse.
 */
export function rulesUnder(rules: BtcEdgeConfig, limits: RiskLimits): BtcEdgeConfig {
  return {
    ...rules,
    minEdgeMicros: Math.max(rules.minEdgeMicros, limits.minEdgeMicros),
    minConfidence: Math.max(rules.minConfidence, limits.minConfidence),
    minSize: countCenti(Math.max(rules.minSize, limits.minLiquidity)),
    maxSpreadMicros: Math.min(rules.maxSpreadMicros, limits.maxSpreadMicros),
    maxQuoteAgeMs: Math.min(rules.maxQuoteAgeMs, limits.maxQuoteAgeMs),
  };
}

/** Everything one decision looked at; stored whole, so that it can be run again. JSON-safe. */
export interface BtcDecisionInput {
  readonly at: Instant;
  readonly contract: BtcContract;
  readonly exchangeIndex: number;
  readonly status: MarketStatus;
  /** What the contract's own state says against an entry (`entryBar`); null when nothing. */
  readonly barredBecause: string | null;
  readonly quote: Quote | null;
  /** Why the quote cannot be believed; null when it can. */
  readonly quoteStaleBecause: string | null;
  /** When the newest price of the spot was received; null before the first. */
  readonly spotReceivedAt: Instant | null;
  /** Why the spot cannot be believed, such as `stalled`, `jumping` or `clock_skew`; null when it can. */
  readonly spotStaleBecause: string | null;
  /** Standard deviation of the basis, as a share; null when the feed is the index itself. */
  readonly basisDeviation: number | null;
  readonly forecast: BtcForecast | null;
  readonly fees: FeeSchedule;
  /** What may still be committed, micros. */
  readonly capitalLeft: UsdMicros;
}

/** The better of the two ways to take from the book. Micros, not rounded. */
export interface TakingSide {
  readonly outcome: "yes" | "no";
  readonly side: BookSide;
  /** YES price on the book. */
  readonly yesPrice: PriceMicros;
  /** What one contract of the outcome costs before its fee, */
  readonly price: number;
  /** with it, */
  readonly unitCost: number;
  /** and what it is worth. */
  readonly fairValue: number;
  readonly edge: number;
  readonly size: CountCenti | null;
  /** Contracts the sizing wants, in hundredths. */
  readonly count: CountCenti;
}
