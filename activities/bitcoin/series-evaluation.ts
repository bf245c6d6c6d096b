import type { BtcContract } from "../../core/domain/btc-contract.ts";
import type { DecisionBasis } from "../../core/domain/risk.ts";
import { mid } from "../../core/domain/market.ts";
import { type Instant, instant, type UsdMicros } from "../../core/domain/units.ts";
import type { BtcForecast } from "../../core/models/btc-forecast.ts";
import type { BtcDecisionInput, BtcEdgeConfig } from "../../core/strategies/btc-decision.ts";
import { type BtcVerdict, decideBtc } from "../../core/strategies/btc-edge.ts";
import {
  type Selection,
  type SelectionConfig,
  selectContracts,
} from "../../core/strategies/btc-selection.ts";
import {
  type ContractEdge,
  type SeriesContract,
  seriesEdges,
} from "../../core/strategies/btc-series.ts";
import type { SpotBook, SpotNow } from "./spot-book.ts";

/** One decision with the bytes it was made from. */
export interface BtcDecision {
  readonly input: BtcDecisionInput;
  readonly verdict: BtcVerdict;
}

/** What speaks against entries in one contract, beside the market. */
export interface EntryBars {
  /** Why no entry may be made in a contract; null when nothing is known against one. */
  readonly of: (marketTicker: string) => string | null;
  /** What the strategy may still commit, micros. */
  readonly capitalLeft: UsdMicros;
}

/** The series at one instant: pure in what it is given but for the spot's models. */
export class SeriesEvaluation {
  readonly at: Instant;
  readonly spot: SpotNow;
  readonly #book: Pick<SpotBook, "forecast">;
  readonly #contracts: ReadonlyMap<string, SeriesContract>;
  readonly #forecasts = new Map<Instant, BtcForecast | null>();

  constructor(
    at: Instant,
    book: Pick<SpotBook, "forecast" | "now">,
    contracts: readonly SeriesContract[],
  ) {
    this.at = at;
    this.spot = book.now(at);
    this.#book = book;
    this.#contracts = new Map(contracts.map((one) => [one.contract.marketTicker, one]));
  }

  /** The forecast of a close, computed once. */
  forecast(closeAt: Instant): BtcForecast | null {
    const known = this.#forecasts.get(closeAt);
    if (known !== undefined) return known;
    const forecast = this.#book.forecast(closeAt, this.at);
    this.#forecasts.set(closeAt, forecast);
    return forecast;
  }

  edges(contracts: readonly SeriesContract[]): readonly ContractEdge[] {
    return seriesEdges(contracts, (closeAt) => this.forecast(closeAt));
  }

  /** Which contracts are worth following, and why the others are not. */
  select(config: SelectionConfig): Selection {
    const candidates = [...this.#contracts.values()].map((one) => ({
      contract: one.contract,
      status: one.status,
      quote: one.quote,
      staleBecause: one.quoteStaleBecause,
    }));
    const closes = new Set(candidates.map(({ contract }) => contract.closeAt));
    const forecasts = [...closes].flatMap((closeAt) => {
      const settlement = this.forecast(closeAt)?.settlement;
      return settlement === undefined ? [] : [[closeAt, settlement] as const];
    });
    return selectContracts(candidates, new Map(forecasts), this.at, config);
  }

  /** Decides about one contract. @returns null for one that is not among the series' own. */
  decide(
    { marketTicker, closeAt }: BtcContract,
    bars: EntryBars,
    config: BtcEdgeConfig,
  ): BtcDecision | null {
    const known = this.#contracts.get(marketTicker);
    if (known === undefined) return null;
    const input: BtcDecisionInput = {
      at: this.at,
      contract: known.contract,
      exchangeIndex: known.exchangeIndex,
      status: known.status,
      barredBecause: bars.of(marketTicker),
      quote: known.quote,
      quoteStaleBecause: known.quoteStaleBecause,
      spotReceivedAt: this.spot.latest?.receivedAt ?? null,
      spotStaleBecause: this.spot.staleBecause,
      basisDeviation: this.spot.basisDeviation,
      forecast: this.forecast(closeAt),
      fees: known.fees,
      capitalLeft: bars.capitalLeft,
    };
    return { input, verdict: decideBtc(input, config) };
  }
}

/** What risk must know of a decision, when it judges the order that came of it. */
export function basisOfBtc({ input, verdict }: BtcDecision): DecisionBasis {
  const knownAt = input.spotReceivedAt;
  return {
    decidedAt: input.at,
    mid: input.quote === null ? null : mid(input.quote),
    modelVersion: input.forecast?.modelVersion ?? "",
    homeProbability: verdict.probability,
    forecastKnownAt: knownAt === null ? null : instant(Math.min(knownAt, input.at)),
    modelKnownAt: knownAt,
    confidence: verdict.confidence,
    clockDisagreementSeconds: null,
  };
}
