import type { DecisionBasis, RiskSnapshot } from "../../domain/risk.ts";
import { ONE_SOURCE_CONFIDENCE } from "../confidence.ts";
import { atLeast, atMost, claim, ofGames, type Rule, within } from "../judgement.ts";

/** What the decision rested on: its edge, its forecast and the age of all it knew. */
export const INPUT_RULES: readonly Rule[] = [
  {
    name: "decision_kept",
    appliesTo: "strategy-entry",
    // A decision is written while its proposal travels: a process that dies in between leaves no record.
    judge: ({ isDecisionKept }) => claim(isDecisionKept),
  },
  {
    name: "quote_age",
    appliesTo: "strategy-entry",
    // A quote from the future means that two clocks disagree.
    judge: ({ at, quote }, limits) =>
      within(quote === null ? Number.NaN : at - quote.receivedAt, limits.maxQuoteAgeMs),
  },
  {
    name: "injury_feed_age",
    appliesTo: "strategy-entry",
    judge: ofGames(({ at, injuriesAt, lacks }, limits) =>
      lacks.includes("injuries")
        ? claim(Number.isFinite(limits.maxInjuryFeedAgeMs))
        : within(injuriesAt === null ? Number.NaN : at - injuriesAt, limits.maxInjuryFeedAgeMs),
    ),
  },
  {
    name: "model_metadata",
    appliesTo: "strategy-entry",
    judge: (snapshot) => {
      const { basis, at } = snapshot;
      if (basis === null || basis.modelVersion === "") return claim(false);
      if (!isOfItsModel(snapshot)) return claim(false);
      if (isWithoutForecast(snapshot)) return claim(true);
      const p = basis.homeProbability ?? Number.NaN;
      const knownAt = basis.forecastKnownAt ?? Number.NaN;
      return claim(p > 0 && p < 1 && knownAt <= at && basis.decidedAt <= at, { value: p });
    },
  },
  {
    name: "model_age",
    appliesTo: "strategy-entry",
    judge: (snapshot, limits) => {
      const { basis, at } = snapshot;
      if (isWithoutForecast(snapshot)) return claim(Number.isFinite(limits.maxModelAgeMs));
      const age = at - (basis?.modelKnownAt ?? Number.NaN);
      // Ratings are made every day, trees are not.
      return within(age, isByTrees(snapshot) ? limits.maxTreesAgeMs : limits.maxModelAgeMs);
    },
  },
  {
    name: "clock_disagreement",
    appliesTo: "strategy-entry",
    // Null before tip, and where one feed is all there is: `ClockArbiter` judges that one by itself.
    judge: ofGames(({ basis }, limits) =>
      basis === null
        ? claim(false)
        : within(basis.clockDisagreementSeconds ?? 0, limits.maxClockDisagreementSeconds),
    ),
  },
  {
    name: "min_edge",
    appliesTo: "strategy-entry",
    judge: ({ subject }, limits) => atLeast(subject.edgeMicros, limits.minEdgeMicros),
  },
  {
    name: "min_confidence",
    appliesTo: "strategy-entry",
    judge: (snapshot, limits) => {
      const alone = isWithoutForecast(snapshot) ? ONE_SOURCE_CONFIDENCE : Number.NaN;
      const confidence = snapshot.basis?.confidence ?? alone;
      return confidence > 1
        ? claim(false, { value: confidence })
        : atLeast(confidence, limits.minConfidence);
    },
  },
  {
    name: "execution_drift",
    appliesTo: "strategy-entry",
    judge: ({ basis, quote }, limits) =>
      atMost(drift(basis, quote), limits.maxExecutionDriftMicros),
  },
];

function isByTrees({ subject }: RiskSnapshot): boolean {
  return subject.strategy === "model-trees";
}

/** Whether the decision rested on the model that its strategy decides by: no other one vouches for it. */
function isOfItsModel(snapshot: RiskSnapshot): boolean {
  return isByTrees(snapshot) === (snapshot.basis?.decidedBy === "trees");
}

/** MeanReversion is anchored to the price's own mean: it enters without a forecast where there is none. */
function isWithoutForecast({ subject, basis }: RiskSnapshot): boolean {
  return subject.strategy === "mean-reversion" && basis !== null && basis.homeProbability === null;
}

/** How far the market's middle has moved since the decision, either way: who is faster has a reason. */
function drift(basis: DecisionBasis | null, quote: RiskSnapshot["quote"]): number {
  if (basis === null || quote === null) return Number.NaN;
  if (basis.mid === null || quote.bid === null || quote.ask === null) return Number.NaN;
  return Math.abs((quote.bid + quote.ask) / 2 - basis.mid);
}
