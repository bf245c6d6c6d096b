import { readFileSync } from "node:fs";
import { inSequence, type OwnStrategy } from "../core/domain/order.ts";
import { resolve } from "node:path";
import type { GameLimits } from "../core/domain/risk.ts";
import { type UsdMicros, usdMicros } from "../core/domain/units.ts";
import type { BreakerThresholds } from "../core/risk/breakers.ts";
import type {
  CommonStrategyConfig,
  DecisionSettings,
  ModelTreesConfig,
  OwnStrategyConfig,
  StrategiesConfig,
} from "../core/strategies/config.ts";
import type { RouterConfig } from "../core/strategies/router.ts";
import type { FlattenBounds } from "../core/strategies/flatten.ts";
import type { ViewSettings } from "../core/strategies/view.ts";
import { type BitcoinConfig, toBitcoin } from "./bitcoin-config.ts";
import { configInvalid, hashOf, parseConfigText } from "./config-file.ts";
import { openCalibration } from "./calibration-artifact.ts";
import { fromParameters, type RatingsSettings } from "./elo-artifact.ts";
import { toRouter } from "./router-config.ts";
import { TipoffConfigFile } from "./tipoff-config-file.ts";

/** How games are watched. Run milliseconds unless the name says wall. */
interface WatchConfig {
  readonly chunkMs: number;
  readonly minChunkWallMs: number;
  readonly maxChunkWallMs: number;
  readonly decisionIntervalMs: number;
  readonly verdictIntervalMs: number;
  readonly bookStaleWallMs: number;
  readonly confirmMs: number;
  readonly idleWallMs: number;
  /** Seconds of game clock. */
  readonly closingSeconds: number;
  readonly retryMs: number;
  readonly feeds: {
    readonly scoreboardMs: number;
    readonly scoreboardFloorWallMs: number;
    readonly winProbabilityMs: number;
    readonly winProbabilityFloorWallMs: number;
  };
}

/** How a kill of level flatten sells. */
export interface KillSettings extends FlattenBounds {
  /** Attempts at most, over all positions together. */
  readonly flattenAttempts: number;
  /** Pause between two, wall milliseconds. */
  readonly flattenPauseWallMs: number;
}

/** Where the venue answers: `local`, the home's own exchange, or an address. */
export interface VenueSettings {
  /** REST, for orders and account. */
  readonly orders: string;
  /** REST, for public data. */
  readonly marketData: string;
  /** WebSocket, for books and trades. */
  readonly stream: string;
}

/** The settings in the units of the core. Plain JSON: what a run stores, and replays from. */
export interface TipoffConfig {
  /** All that a decision reads but the limits in force. */
  readonly decision: DecisionSettings;
  /** The router's rules also while it is off: what its effect is judged by. */
  readonly routerRules?: RouterConfig;
  readonly ratings: RatingsSettings;
  readonly limits: GameLimits;
  readonly kill: KillSettings;
  readonly breakers: BreakerThresholds;
  readonly view: ViewSettings;
  readonly watch: WatchConfig;
  readonly bitcoin: BitcoinConfig;
  readonly venue: VenueSettings;
  readonly paper: { readonly startingCash: UsdMicros };
}

/** A loaded config, and the sha256 of its canonical JSON: equal settings have equal hashes. */
export interface LoadedConfig {
  readonly config: TipoffConfig;
  readonly hash: string;
}

/**
 * Reads a config file.
 *
 * @param change makes another text of the file's, such as one with a value that is tried.
 * @throws TradingError CONFIG_INVALID naming file, key, value and allowed range of every fault.
 */
export function loadTipoffConfig(
  file: string,
  change: (text: string) => string = (text) => text,
): LoadedConfig {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw configInvalid(file, [error instanceof Error ? error.message : String(error)]);
  }
  const config = parseTipoffConfig(file, change(text));
  return { config, hash: hashOf(config) };
}

/** Reads the text of a config file. @throws TradingError as {@link loadTipoffConfig}. */
export function parseTipoffConfig(file: string, text: string): TipoffConfig {
  return toConfig(parseConfigText(file, text, TipoffConfigFile));
}

const micros = (cents: number): number => Math.round(cents * 10_000);
const usd = (dollars: number): UsdMicros => usdMicros(Math.round(dollars * 1_000_000));
const ms = (seconds: number): number => Math.round(seconds * 1_000);
const DAY_SECONDS = 86_400;
const orNull = (value: number | null, toUnit: (value: number) => number): number | null =>
  value === null ? null : toUnit(value);

function toConfig(file: TipoffConfigFile): TipoffConfig {
  return {
    decision: {
      forecast: toForecast(file.forecast),
      strategies: toStrategies(file.strategies),
      execution: toExecution(file.execution),
      ...(file.router?.enabled === true ? { router: toRouter(file.router) } : {}),
    },
    ratings: toRatings(file.forecast.ratings),
    ...(file.router === undefined ? {} : { routerRules: toRouter(file.router) }),
    limits: toGameLimits(file),
    kill: toKill(file.kill),
    breakers: toBreakers(file.breakers),
    view: toView(file),
    watch: toWatch(file),
    bitcoin: toBitcoin(file.bitcoin),
    venue: file.venue,
    paper: { startingCash: usd(file.paper.startingCashUsd) },
  };
}

function toGameLimits({ limits, strategies }: TipoffConfigFile): GameLimits {
  const { reentryAllowed, ...same } = limits;
  const maxTreesAgeMs = ms((strategies.modelTrees?.maxModelAgeDays ?? 0) * DAY_SECONDS);
  return { ...same, isReentryAllowed: reentryAllowed, maxTreesAgeMs };
}

function toForecast(file: TipoffConfigFile["forecast"]): DecisionSettings["forecast"] {
  const { espnMaxAgeSeconds, reconstructedMaxAgeSeconds } = file;
  const { injuries, inGame, weights, clip } = file;
  const elo = fromParameters(file.elo);
  // The map itself becomes part of the settings: a decision is replayed with what it was made with.
  const calibration =
    file.calibration === "off" ? null : openCalibration(resolve(file.calibration), elo);
  return {
    ...{ injuries, inGame, weights, clip },
    elo,
    calibration,
    espnMaxAgeMs: ms(espnMaxAgeSeconds),
    reconstructedMaxAgeMs: ms(reconstructedMaxAgeSeconds),
  };
}

function toRatings({ artifact, maxAgeDays }: TipoffConfigFile["forecast"]["ratings"]) {
  return { artifact: artifact === "off" ? null : resolve(artifact), maxAgeDays };
}

type CommonFile = Pick<
  TipoffConfigFile["strategies"]["modelEdge"],
  | "enabled"
  | "maxEntries"
  | "minEdgeCents"
  | "minDiscountCents"
  | "crossEdgeCents"
  | "mayRest"
  | "mayTakeFallback"
  | "patienceSeconds"
  | "trust"
  | "maxRecentRangeCents"
  | "sizing"
  | "exits"
>;

function toCommon(file: CommonFile): CommonStrategyConfig {
  const { sizing, exits } = file;
  return {
    isEnabled: file.enabled,
    maxEntries: file.maxEntries,
    minEdgeMicros: micros(file.minEdgeCents),
    minDiscountMicros: orNull(file.minDiscountCents, micros),
    crossEdgeMicros: micros(file.crossEdgeCents),
    mayRest: file.mayRest,
    mayTakeFallback: file.mayTakeFallback,
    patienceMs: ms(file.patienceSeconds),
    trust: file.trust,
    maxRecentRangeMicros: micros(file.maxRecentRangeCents),
    sizing: {
      method: sizing.method,
      kellyFraction: sizing.kellyFraction,
      maxEntryMicros: usd(sizing.maxEntryUsd),
      bankrollMicros: usd(sizing.bankrollUsd),
      contracts: sizing.contracts,
    },
    exits: {
      takeProfitMicros: micros(exits.takeProfitCents),
      stopLossMicros: micros(exits.stopLossCents),
      targetMicros: orNull(exits.targetCents, micros),
      lockGainMicros: micros(exits.lockGainCents),
      lockPremiumMicros: micros(exits.lockPremiumCents),
      maxHoldMs: orNull(exits.maxHoldSeconds, ms),
    },
  };
}

function toStrategies(file: TipoffConfigFile["strategies"]): StrategiesConfig {
  const { active, pregameAnchored, modelEdge, meanReversion, modelTrees, own } = file;
  return {
    ...(active === undefined ? {} : { active: inSequence(active) }),
    pregameAnchored: {
      ...toCommon(pregameAnchored),
      windowOpensBeforeTipMs: ms(pregameAnchored.windowOpensSeconds),
      windowClosesBeforeTipMs: ms(pregameAnchored.windowClosesSeconds),
    },
    modelEdge: {
      ...toCommon(modelEdge),
      minSecondsToGameEnd: modelEdge.minSecondsToGameEnd,
      minPriceMicros: micros(modelEdge.minPriceCents),
      maxPriceMicros: micros(modelEdge.maxPriceCents),
    },
    meanReversion: {
      ...toCommon(meanReversion),
      windowMs: ms(meanReversion.windowSeconds),
      warmUpMs: ms(meanReversion.warmUpSeconds),
      warmUpSamples: meanReversion.warmUpSamples,
      minRangeMicros: micros(meanReversion.minRangeCents),
      anchor: meanReversion.anchor,
      minDeviationMicros: micros(meanReversion.minDeviationCents),
      maxAboveLowMicros: orNull(meanReversion.maxAboveLowCents, micros),
      closesAfterTipMs: orNull(meanReversion.closesAfterTipSeconds, ms),
      reversionShare: meanReversion.reversionShare,
      maxForecastGapMicros: micros(meanReversion.maxForecastGapCents),
      minSecondsToGameEnd: meanReversion.minSecondsToGameEnd,
      minPriceMicros: micros(meanReversion.minPriceCents),
      maxPriceMicros: micros(meanReversion.maxPriceCents),
    },
    ...(modelTrees === undefined ? {} : { modelTrees: toModelTrees(modelTrees) }),
    ...(own === undefined ? {} : { own: toOwn(own) }),
  };
}

type StrategiesFile = TipoffConfigFile["strategies"];

function toModelTrees(file: NonNullable<StrategiesFile["modelTrees"]>): ModelTreesConfig {
  return {
    ...toCommon(file),
    model: file.model,
    maxModelAgeDays: file.maxModelAgeDays,
    minProbability: file.minProbability,
    minSecondsToGameEnd: file.minSecondsToGameEnd,
    minPriceMicros: micros(file.minPriceCents),
    maxPriceMicros: micros(file.maxPriceCents),
  };
}

function toOwn(
  file: NonNullable<StrategiesFile["own"]>,
): Readonly<Record<OwnStrategy, OwnStrategyConfig>> {
  return Object.fromEntries(
    Object.entries(file).map(([name, { code, parameters, ...rest }]) => [
      `own-${name}` as const,
      { ...toCommon(rest), codeHash: code, parameters },
    ]),
  );
}

function toExecution(file: TipoffConfigFile["execution"]): DecisionSettings["execution"] {
  return {
    maxReplacements: file.maxReplacements,
    minReplaceMs: ms(file.minReplaceSeconds),
    repriceMicros: micros(file.repriceCents),
    crossSlackMicros: micros(file.crossSlackCents),
    exitSlackMicros: micros(file.exitSlackCents),
    restingExpiryMs: ms(file.restingExpirySeconds),
    renewBeforeMs: ms(file.renewBeforeExpirySeconds),
    quietMs: ms(file.quietSeconds),
    takerFillProbability: file.takerFillProbability,
    restingFillProbability: file.restingFillProbability,
  };
}

function toKill(file: TipoffConfigFile["kill"]): KillSettings {
  return {
    slippageMicros: micros(file.flattenSlippageCents),
    maxLossMicros: usd(file.flattenMaxLossUsd),
    flattenAttempts: file.flattenAttempts,
    flattenPauseWallMs: file.flattenPauseWallMs,
  };
}

function toBreakers(file: TipoffConfigFile["breakers"]): BreakerThresholds {
  const { execution, api, data, model, reconciliation, fees } = file;
  const { minSpanWallSeconds, ...calls } = api;
  return {
    execution: { maxFailures: execution.maxFailures, windowMs: ms(execution.windowSeconds) },
    api: { ...calls, minSpanWallMs: ms(minSpanWallSeconds) },
    data: {
      maxInvalidMs: ms(data.maxInvalidSeconds),
      maxRefusedObservations: data.maxRefusedObservations,
      refusedWindowMs: ms(data.refusedWindowSeconds),
    },
    model: {
      maxJump: model.maxJump,
      newsMs: ms(model.newsSeconds),
      minSecondsToGameEnd: model.minSecondsToGameEnd,
      maxAnomalies: model.maxAnomalies,
      windowMs: ms(model.windowSeconds),
    },
    reconciliation,
    fees: { maxDifference: usd(fees.maxDifferenceUsd) },
  };
}

function toView(file: TipoffConfigFile): ViewSettings {
  const { watch } = file;
  const { meanReversion } = file.strategies;
  return {
    clock: {
      backwardsSeconds: watch.clock.backwardsSeconds,
      backwardsPoints: watch.clock.backwardsPoints,
      disagreeSeconds: watch.clock.disagreeSeconds,
      disagreePoints: watch.clock.disagreePoints,
      frozenMs: ms(watch.clock.frozenSeconds),
      maxAgeMs: ms(watch.clock.maxAgeSeconds),
    },
    windowMs: ms(meanReversion.windowSeconds),
    warmUpMs: ms(meanReversion.warmUpSeconds),
    warmUpSamples: meanReversion.warmUpSamples,
    quietMs: ms(file.execution.quietSeconds),
    espnFrozenSeconds: watch.espnFrozenSeconds,
    assumedTipDelayMs: ms(watch.assumedTipDelaySeconds),
  };
}

function toWatch(file: TipoffConfigFile): WatchConfig {
  const { watch } = file;
  return {
    chunkMs: ms(watch.chunkSeconds),
    minChunkWallMs: ms(watch.minChunkWallSeconds),
    maxChunkWallMs: ms(watch.maxChunkWallSeconds),
    decisionIntervalMs: ms(watch.decisionIntervalSeconds),
    verdictIntervalMs: ms(watch.verdictIntervalSeconds),
    bookStaleWallMs: ms(watch.bookStaleWallSeconds),
    confirmMs: ms(watch.confirmSeconds),
    idleWallMs: watch.idleWallMs,
    closingSeconds: watch.closingSeconds,
    retryMs: ms(file.execution.retrySeconds),
    feeds: {
      scoreboardMs: ms(watch.feeds.scoreboardSeconds),
      scoreboardFloorWallMs: watch.feeds.scoreboardFloorWallMs,
      winProbabilityMs: ms(watch.feeds.winProbabilitySeconds),
      winProbabilityFloorWallMs: watch.feeds.winProbabilityFloorWallMs,
    },
  };
}
