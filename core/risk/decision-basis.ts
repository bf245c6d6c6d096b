import type { DecisionInput, DecisionOutput } from "../domain/decision.ts";
import { mid } from "../domain/market.ts";
import type { GameIntent } from "../domain/order.ts";
import type { DecisionBasis } from "../domain/risk.ts";
import { forecastConfidence, ONE_SOURCE_CONFIDENCE } from "./confidence.ts";

/** What risk must know of a decision, when it judges the order that came of it: of the model that decided. */
export function basisOf(
  input: DecisionInput,
  output: DecisionOutput,
  intent: Pick<GameIntent, "strategy" | "purpose" | "marketTicker">,
): Omit<DecisionBasis, "clockDisagreementSeconds"> {
  const { forecast } = output;
  const isOfTrees = intent.strategy === "model-trees" && intent.purpose === "entry";
  if (isOfTrees) return basisOfTrees(input, output, intent.marketTicker);
  const ratings = input.readings.find(({ source }) => source === "elo");
  return {
    decidedBy: "blend",
    decidedAt: input.at,
    mid: midOf(input, intent.marketTicker),
    modelVersion: forecast.modelVersion,
    homeProbability: forecast.homeProbability,
    forecastKnownAt: forecast.knownAt,
    modelKnownAt: ratings?.resultsTo ?? ratings?.knownAt ?? forecast.knownAt,
    confidence: forecastConfidence(forecast),
  };
}

/** What the entry model said of this market; what is not there is null, and risk refuses: the blend did not decide. */
function basisOfTrees(
  { at, trees, markets }: Pick<DecisionInput, "at" | "trees" | "markets">,
  { verdicts }: DecisionOutput,
  marketTicker: string,
): Omit<DecisionBasis, "clockDisagreementSeconds"> {
  const market = markets.find(({ ticker }) => ticker === marketTicker);
  const features = trees?.markets.find((one) => one.marketTicker === marketTicker);
  const proposed = verdicts.find(({ strategy, intent }) => {
    return strategy === "model-trees" && intent?.marketTicker === marketTicker;
  });
  const pays = market === undefined ? undefined : proposed?.numbers["probability"];
  return {
    decidedBy: "trees",
    decidedAt: at,
    mid: midOf({ markets }, marketTicker),
    modelVersion: trees?.entryModel ?? "",
    homeProbability: pays === undefined ? null : market?.team === "home" ? pays : 1 - pays,
    forecastKnownAt: features?.knownAt ?? null,
    modelKnownAt: trees?.learnedUntil ?? null,
    // One model says it, and nothing confirms it.
    confidence: pays === undefined ? null : ONE_SOURCE_CONFIDENCE,
  };
}

function midOf({ markets }: Pick<DecisionInput, "markets">, marketTicker: string): number | null {
  const market = markets.find(({ ticker }) => ticker === marketTicker);
  return market === undefined ? null : mid(market.quote);
}
