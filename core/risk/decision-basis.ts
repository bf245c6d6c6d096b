import type { DecisionInput, DecisionOutput } from "../domain/decision.ts";
import { mid } from "../domain/market.ts";
import type { DecisionBasis } from "../domain/risk.ts";
import { forecastConfidence } from "./confidence.ts";

/** What risk must know of a decision, when it judges the order that came of it. */
export function basisOf(
  input: DecisionInput,
  { forecast }: DecisionOutput,
  marketTicker: string,
): Omit<DecisionBasis, "clockDisagreementSeconds"> {
  const market = input.markets.find(({ ticker }) => ticker === marketTicker);
  const ratings = input.readings.find(({ source }) => source === "elo");
  return {
    decidedAt: input.at,
    mid: market === undefined ? null : mid(market.quote),
    modelVersion: forecast.modelVersion,
    homeProbability: forecast.homeProbability,
    forecastKnownAt: forecast.knownAt,
    modelKnownAt: ratings?.resultsTo ?? ratings?.knownAt ?? forecast.knownAt,
    confidence: forecastConfidence(forecast),
  };
}
