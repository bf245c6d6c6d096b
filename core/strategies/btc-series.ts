import { averageInterval, type BtcContract, hasStrike } from "../domain/btc-contract.ts";
import { isCrossed } from "../domain/believed-price.ts";
import { feePerContract } from "../domain/fees.ts";
import { type FeeSchedule, type MarketStatus, mid, type Quote } from "../domain/market.ts";
import { type Instant, ONE_USD_MICROS, type PriceMicros } from "../domain/units.ts";
import { type BtcForecast, btcConfidence } from "../models/btc-forecast.ts";
import { probabilityWithin } from "../models/digital-option.ts";

/** A contract of a series as the venue shows it now. */
export interface SeriesContract {
  readonly contract: BtcContract;
  readonly status: MarketStatus;
  readonly exchangeIndex: number;
  readonly fees: FeeSchedule;
  readonly quote: Quote | null;
  /** Why the quote cannot be believed; null when it can. */
  readonly quoteStaleBecause: string | null;
}

/** The edge of one contract at one instant, whether or not it could be traded. JSON-safe. */
export interface ContractEdge {
  readonly marketTicker: string;
  /** Ours that YES pays, 0 to 1; null without a forecast or a strike. */
  readonly model: number | null;
  /** The market's own, its mid; null when a side is empty or the quote cannot be believed. */
  readonly market: number | null;
  /** 0 to 1, as `btcConfidence`; null where `model` is. */
  readonly confidence: number | null;
  /** YES prices. */
  readonly bid: PriceMicros | null;
  readonly ask: PriceMicros | null;
  /** Expected value of taking YES at the ask, of taking NO at the bid, micros per contract after fees. */
  readonly edgeYesMicros: number | null;
  readonly edgeNoMicros: number | null;
}

/**
 * The edge of every contract of a series against its own book: what taking either side now is worth by
 * our probability, after the spread and the taker's fee. Not trusted any less for it, and whatever the
 * size: rules come after (`decideBtc`).
 *
 * @param forecastOf the forecast of a close, the same for all contracts that it settles.
 */
export function seriesEdges(
  contracts: Iterable<SeriesContract>,
  forecastOf: (closeAt: Instant) => BtcForecast | null,
): ContractEdge[] {
  const edges: ContractEdge[] = [];
  for (const one of contracts) edges.push(contractEdge(one, forecastOf(one.contract.closeAt)));
  return edges;
}

function contractEdge(
  { contract, quote, quoteStaleBecause, fees }: SeriesContract,
  forecast: BtcForecast | null,
): ContractEdge {
  const { marketTicker, bounds } = contract;
  const isDoubted =
    quoteStaleBecause !== null || (quote !== null && isCrossed({ quote, isDerived: false }));
  const believed = isDoubted ? null : quote;
  const middle = believed === null ? null : mid(believed);
  const bid = believed?.bid ?? null;
  const ask = believed?.ask ?? null;
  let model: number | null = null;
  let confidence: number | null = null;
  let edgeYesMicros: number | null = null;
  let edgeNoMicros: number | null = null;
  if (forecast !== null && hasStrike(bounds)) {
    const { low, high } = averageInterval(bounds);
    model = probabilityWithin(forecast.settlement, low, high);
    confidence = btcConfidence(forecast, low, high);
    const worth = model * ONE_USD_MICROS;
    if (ask !== null) edgeYesMicros = Math.floor(worth - ask - feePerContract(fees, "taker", ask));
    if (bid !== null) edgeNoMicros = Math.floor(bid - worth - feePerContract(fees, "taker", bid));
  }
  const market = middle === null ? null : middle / ONE_USD_MICROS;
  // Written out: spread objects cost ten times as much, at each price of the spot.
  return { marketTicker, model, market, confidence, bid, ask, edgeYesMicros, edgeNoMicros };
}
