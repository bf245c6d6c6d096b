import type { DecisionInput, MarketFeatures, MarketInput, Verdict } from "../domain/decision.ts";
import { mid } from "../domain/market.ts";
import { ONE_USD_MICROS } from "../domain/units.ts";
import { type ModelTreesConfig, treesConfig } from "./config.ts";
import {
  bestOfMarkets,
  type EntryContext,
  entryGate,
  marketGate,
  proposeEntry,
  scoreGate,
} from "./entry.ts";
import type { GameStrategyDefinition, HeldPosition, LeaveAnswer } from "./strategy.ts";
import { type VerdictCode, verdict } from "./verdicts.ts";

/** An ensemble that was loaded and found sound. */
export interface LoadedTrees {
  /** Sha256 of the artifact. */
  readonly hash: string;
  /** The set and sequence of the features that `predict` takes. */
  readonly featureSet: string;
  /** What the model says of one market. Pure. NaN stands for a feature that is missing. */
  readonly predict: (features: Float64Array) => number;
}

/** An ensemble for leaving, with the rule that its training chose for it. */
interface LoadedExitTrees extends LoadedTrees {
  /** It leaves what it gives no longer than this, seconds; 0 never leaves. */
  readonly minHoldSeconds: number;
}

/** The two ensembles of the strategy; null where none is installed. */
export interface TreeModels {
  /** Probability that a contract bought now at the ask pays 1 USD. */
  readonly entry: LoadedTrees | null;
  /** For how many of the next seconds, of its training's horizon, holding on is better than selling now. */
  readonly exit: LoadedExitTrees | null;
}

/**
 * ModelTrees: in play, enters where the entry model's probability passes its threshold and is worth
 * more than the market asks, fees and spread paid; leaves when the exit model gives the position no
 * longer than its own least hold. A decision that was made with other models than these finds none, so that it never
 * replays as if it had.
 */
export function modelTrees(models: TreeModels): GameStrategyDefinition {
  return {
    name: "model-trees",
    version: "2",
    summary: "In play, by two ensembles of trees: one for the entry, one for how long to hold.",
    needs: ["live-score", "features"],
    entry: (context) => decideEntry(models, context),
    exit: (context, held) => decideLeaving(models, context, held),
  };
}

function decideEntry(models: TreeModels, context: EntryContext): Verdict {
  const { input, own, config } = context;
  const settings = treesConfig(config.strategies);
  const gate = entryGate(context);
  if (gate) return gate;
  if (input.phase !== "live") return verdict(own.strategy, "not_live");
  const unscored = scoreGate(context, settings.minSecondsToGameEnd);
  if (unscored) return unscored;
  const model = usable(models.entry, input, input.trees?.entryModel);
  if (model === null) {
    return verdict(own.strategy, "no_model", { detail: input.trees?.absentBecause ?? null });
  }
  return bestOfMarkets(context, (market) => enter(market, model, settings, context));
}

function enter(
  market: MarketInput,
  model: LoadedTrees,
  settings: ModelTreesConfig,
  context: EntryContext,
): Verdict {
  const { input, own } = context;
  const blocked = marketGate(market, context);
  if (blocked) return blocked;
  const middle = mid(market.quote);
  const probability = predictFor(model, input, market.ticker);
  const numbers = { probability, mid: middle, recentRange: market.recentRange };
  const refuse = (code: VerdictCode): Verdict =>
    verdict(own.strategy, code, { numbers, detail: market.ticker });
  if (probability === null) return refuse("no_features");
  if (middle === null || middle < settings.minPriceMicros || middle > settings.maxPriceMicros) {
    return refuse("price_out_of_bounds");
  }
  if (probability < settings.minProbability) return refuse("probability_low");
  const fairValue = middle + settings.trust * (probability * ONE_USD_MICROS - middle);
  return proposeEntry({ market, fairValue, numbers }, context);
}

function decideLeaving(
  models: TreeModels,
  { input }: EntryContext,
  { marketTicker }: HeldPosition,
): LeaveAnswer {
  const model = usable(models.exit, input, input.trees?.exitModel);
  const holdSeconds = model === null ? null : predictFor(model, input, marketTicker);
  const minHoldSeconds = model?.minHoldSeconds ?? 0;
  return {
    leaves: holdSeconds !== null && minHoldSeconds > 0 && holdSeconds <= minHoldSeconds,
    numbers: { holdSeconds, minHoldSeconds: model?.minHoldSeconds ?? null },
  };
}

/** The model that the input names: another one would answer another question. */
function usable<Model extends LoadedTrees>(
  model: Model | null,
  { trees }: DecisionInput,
  hash: string | null | undefined,
): Model | null {
  if (model === null || trees === undefined) return null;
  return model.hash === hash && model.featureSet === trees.featureSet ? model : null;
}

/** @returns `null` when the market has no features, one of them is from the future, or the answer is no number. */
function predictFor(
  model: LoadedTrees,
  { trees, at }: DecisionInput,
  ticker: string,
): number | null {
  const own = trees?.markets.find(({ marketTicker }) => marketTicker === ticker);
  if (own === undefined || own.knownAt === null || own.knownAt > at) return null;
  const answer = model.predict(featureVector(own));
  return Number.isFinite(answer) ? answer : null;
}

/** What a model is handed of a market, in training as in trading: NaN stands for a feature that is missing. */
export function featureVector({ values }: MarketFeatures): Float64Array {
  return Float64Array.from(values, (value) => value ?? Number.NaN);
}
