import { required } from "../domain/assert.ts";
import {
  type GameStrategy,
  isOwnStrategy,
  type OwnStrategy,
  USUAL_STRATEGIES,
} from "../domain/order.ts";
import type { GameLimits, RiskLimits } from "../domain/risk.ts";
import type { ParameterValues } from "./own-api.ts";
import type { RouterConfig } from "./router.ts";
import type { BlendConfig } from "../models/blend.ts";

/** How a strategy turns an edge into a number of contracts. */
export interface SizingConfig {
  readonly method: "kelly" | "fixed" | "contracts";
  /** Share of full Kelly, above 0 to 1; used by `kelly` alone. */
  readonly kellyFraction: number;
  /** Most one entry may cost, fees included, micros; the whole budget when fixed. */
  readonly maxEntryMicros: number;
  /** What Kelly takes for its bankroll, micros. */
  readonly bankrollMicros: number;
  /** Whole contracts of one entry; used by `contracts` alone. */
  readonly contracts?: number;
}

/** When a position is left. All distances are micros per contract against the average price paid. */
interface ExitConfig {
  /** Sell when the net gain reaches this. */
  readonly takeProfitMicros: number;
  /** Sell when the bid is this far below the average price. */
  readonly stopLossMicros: number;
  /** Sell when the bid is this far above the average price, before fees; null never. */
  readonly targetMicros?: number | null;
  /** Lock once the net gain reaches this, */
  readonly lockGainMicros: number;
  /** And closing is worth this much more than holding by the forecast; below 0 it may be worth less. */
  readonly lockPremiumMicros: number;
  /** Leave after this long whatever the price, run milliseconds; null holds to settlement. */
  readonly maxHoldMs: number | null;
}

/**
 * What all strategies of a game have. A setting that may be absent came later than the first stored decisions:
 * these are decided again as if it were switched off.
 */
export interface CommonStrategyConfig {
  readonly isEnabled: boolean;
  /** Entries of this strategy in one game, at most; null leaves it to the limits. */
  readonly maxEntries?: number | null;
  /** Least edge of an entry, micros per contract, after fees at the planned price. */
  readonly minEdgeMicros: number;
  /** Least distance of the price below fair value, before fees, micros per contract; null asks none. */
  readonly minDiscountMicros?: number | null;
  /** Edge, after taker fees, from which an entry crosses the spread at once; micros per contract. */
  readonly crossEdgeMicros: number;
  /** Whether entries may rest in the book. If not, they take or do nothing. */
  readonly mayRest: boolean;
  /** Whether a resting entry may turn into a taker when its patience ends. */
  readonly mayTakeFallback: boolean;
  /** How long an entry rests before it is canceled or crosses, run milliseconds. */
  readonly patienceMs: number;
  /** Share of the way from the market's mid to the forecast that fair value goes, 0 to 1. */
  readonly trust: number;
  /** No entry and no lock while the mid moved more than this within the quiet time: feeds lag the market. */
  readonly maxRecentRangeMicros: number;
  readonly sizing: SizingConfig;
  readonly exits: ExitConfig;
}

/** PregameAnchored: one attempt a game, for ever, inside a window before tip. */
interface PregameAnchoredConfig extends CommonStrategyConfig {
  /** The window opens this long before tip, run milliseconds. */
  readonly windowOpensBeforeTipMs: number;
  /** And closes this long before it. */
  readonly windowClosesBeforeTipMs: number;
}

/** ModelEdge: live, on the blend of all that is known. */
interface ModelEdgeConfig extends CommonStrategyConfig {
  /** No entry with less than this left on the game clock, seconds. */
  readonly minSecondsToGameEnd: number;
  /** Entries only at prices within these, micros. */
  readonly minPriceMicros: number;
  readonly maxPriceMicros: number;
}

/** MeanReversion: buys below the anchor of a rolling window after a wide swing. */
interface MeanReversionConfig extends CommonStrategyConfig {
  /** Length of the rolling window, run milliseconds. */
  readonly windowMs: number;
  /** The window is warm once it spans this, run milliseconds, */
  readonly warmUpMs: number;
  /** and holds this many samples. */
  readonly warmUpSamples: number;
  /** Least distance between the window's high and low, micros. */
  readonly minRangeMicros: number;
  /** What the price is expected to come back to: the window's mean, or its high. */
  readonly anchor?: "mean" | "high";
  /** Least distance of the mid below the anchor, micros. */
  readonly minDeviationMicros: number;
  /** Furthest that the mid may lie above the window's low, micros; null is no bound. */
  readonly maxAboveLowMicros?: number | null;
  /** No entry from this long after the scheduled tip, run milliseconds; null is no bound. */
  readonly closesAfterTipMs?: number | null;
  /** Share of the distance to the anchor that is expected to come back, 0 to 1. */
  readonly reversionShare: number;
  /** A forecast below fair value by more than this speaks against an entry, micros. */
  readonly maxForecastGapMicros: number;
  readonly minSecondsToGameEnd: number;
  readonly minPriceMicros: number;
  readonly maxPriceMicros: number;
}

/** ModelTrees: live, where an ensemble of trees gives an entry its chance. */
export interface ModelTreesConfig extends CommonStrategyConfig {
  /** Name of the artifact that holds both models (`tipoff model list`). */
  readonly model: string;
  /** Days after the last date that it learned from until it is stale. */
  readonly maxModelAgeDays: number;
  /** Least probability by the entry model, 0 to 1. */
  readonly minProbability: number;
  readonly minSecondsToGameEnd: number;
  readonly minPriceMicros: number;
  readonly maxPriceMicros: number;
}

/** A strategy that its user wrote: what all have, its own parameters, and the code that was checked. */
export interface OwnStrategyConfig extends CommonStrategyConfig {
  /** Sha256 of the file that runs. */
  readonly codeHash: string;
  readonly parameters: ParameterValues;
}

/** How orders are worked. */
export interface ExecutionConfig {
  /** Replacements of one intent, at most. */
  readonly maxReplacements: number;
  /** Least run time between two replacements, milliseconds. */
  readonly minReplaceMs: number;
  /** The market must have left our price by this before we follow, micros. */
  readonly repriceMicros: number;
  /** How far through the best price a taker's limit may go, micros. */
  readonly crossSlackMicros: number;
  /** How far below the bid an exit's limit may go, micros. */
  readonly exitSlackMicros: number;
  /** A resting order ends by itself this long after it was placed, run milliseconds, */
  readonly restingExpiryMs: number;
  /** and is replaced by its like this long before. */
  readonly renewBeforeMs: number;
  /** The span over which recent movement is measured, run milliseconds. */
  readonly quietMs: number;
  /** Chance that a taker's fill comes when the size is displayed or unknown, 0 to 1. */
  readonly takerFillProbability: number;
  /** Chance that a resting order fills where no volume is known, 0 to 1. */
  readonly restingFillProbability: number;
}

/** Limits a decision keeps to by itself; risk checks them, and more, again. */
type DecisionLimits = Pick<
  RiskLimits,
  "maxSpreadMicros" | "maxQuoteAgeMs" | "minEdgeMicros" | Exclude<keyof GameLimits, "maxTreesAgeMs">
>;

/** The settings of the strategies of a game. */
export interface StrategiesConfig {
  readonly pregameAnchored: PregameAnchoredConfig;
  readonly modelEdge: ModelEdgeConfig;
  readonly meanReversion: MeanReversionConfig;
  /** Absent where it is not active, and in settings from before it. */
  readonly modelTrees?: ModelTreesConfig;
  /** By name, of those that are active; absent where none is. */
  readonly own?: Readonly<Record<OwnStrategy, OwnStrategyConfig>>;
  /** Which play a game, in the sequence they are asked in; absent where it is the usual ones. */
  readonly active?: readonly GameStrategy[];
}

/** Which strategies play a game under these settings, in the sequence they are asked in. */
export function activeStrategies({ active }: StrategiesConfig): readonly GameStrategy[] {
  return active ?? USUAL_STRATEGIES;
}

/** What a run decides with from its own settings. JSON-safe. */
export interface DecisionSettings {
  readonly forecast: BlendConfig;
  readonly strategies: StrategiesConfig;
  readonly execution: ExecutionConfig;
  /** Which strategies may act when, and with what weight; absent where none is kept from acting. */
  readonly router?: RouterConfig;
}

/** What an order is followed by: the settings, and the least edge that the limits in force ask for. */
export interface FollowConfig extends DecisionSettings {
  readonly limits: Pick<DecisionLimits, "minEdgeMicros">;
}

/** All that `decide` reads beside its input, and `followUp`. JSON-safe. */
export interface DecisionConfig extends DecisionSettings {
  readonly limits: DecisionLimits;
}

/** The settings together with the limits in force; of these a decision looks at a few only. */
export function decideUnder(settings: DecisionSettings, limits: RiskLimits): DecisionConfig {
  const { forecast, strategies, execution, router } = settings;
  return {
    forecast,
    strategies,
    execution,
    ...(router === undefined ? {} : { router }),
    limits: {
      maxSpreadMicros: limits.maxSpreadMicros,
      maxQuoteAgeMs: limits.maxQuoteAgeMs,
      minEdgeMicros: limits.minEdgeMicros,
      maxLockAttempts: limits.maxLockAttempts,
      maxEntriesPerGame: limits.maxEntriesPerGame,
      positionScope: limits.positionScope,
      isReentryAllowed: limits.isReentryAllowed,
    },
  };
}

/** What an entry must leave after its fees, micros per contract: by its strategy and by the limits. */
export function leastEdge(
  { minEdgeMicros }: Pick<CommonStrategyConfig, "minEdgeMicros">,
  limits: FollowConfig["limits"],
): number {
  return Math.max(minEdgeMicros, limits.minEdgeMicros);
}

/**
 * The settings that all strategies share, of one of them.
 *
 * @throws InvariantError when the strategy is not active, and so has none.
 */
export function commonConfig(
  strategies: StrategiesConfig,
  strategy: GameStrategy,
): CommonStrategyConfig {
  switch (strategy) {
    case "pregame-anchored":
      return strategies.pregameAnchored;
    case "model-edge":
      return strategies.modelEdge;
    case "mean-reversion":
      return strategies.meanReversion;
    case "model-trees":
      return treesConfig(strategies);
    default:
      return ownConfig(strategies, strategy);
  }
}

/** Whether the settings say how a strategy plays; only the usual ones always have that. */
export function hasSettings(strategies: StrategiesConfig, strategy: GameStrategy): boolean {
  if (strategy === "model-trees") return strategies.modelTrees !== undefined;
  return isOwnStrategy(strategy) ? strategies.own?.[strategy] !== undefined : true;
}

/** The settings of `model-trees`. @throws InvariantError when they have none. */
export function treesConfig({ modelTrees }: StrategiesConfig): ModelTreesConfig {
  return required(modelTrees, "the settings of model-trees");
}

/**
 * The settings of a strategy that its user wrote.
 *
 * @throws InvariantError when it is not active, and so has none.
 */
export function ownConfig(strategies: StrategiesConfig, strategy: OwnStrategy): OwnStrategyConfig {
  return required(strategies.own?.[strategy], `the settings of ${strategy}`);
}
