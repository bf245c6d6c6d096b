import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import type { z } from "zod";
import { TradingError } from "../core/domain/errors.ts";
import type { RiskLimits } from "../core/domain/risk.ts";
import { type UsdMicros, usdMicros } from "../core/domain/units.ts";
import type {
  CommonStrategyConfig,
  DecisionConfig,
  StrategiesConfig,
} from "../core/strategies/config.ts";
import type { ViewSettings } from "../core/strategies/view.ts";
import { TipoffConfigFile } from "./tipoff-config-file.ts";

/** How games are watched. Run milliseconds unless the name says wall. */
interface WatchConfig {
  readonly chunkMs: number;
  readonly minChunkWallMs: number;
  readonly maxChunkWallMs: number;
  readonly decisionIntervalMs: number;
  readonly verdictIntervalMs: number;
  readonly bookStaleMs: number;
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

/** The settings in the units of the core. Plain JSON: what a run stores, and replays from. */
export interface TipoffConfig {
  readonly decision: DecisionConfig;
  readonly limits: RiskLimits;
  readonly view: ViewSettings;
  readonly watch: WatchConfig;
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
 * @throws TradingError CONFIG_INVALID naming file, key, value and allowed range of every fault.
 */
export function loadTipoffConfig(file: string): LoadedConfig {
  const refuse = (faults: readonly string[]): TradingError =>
    new TradingError("CONFIG_INVALID", { file, faults });
  let raw: unknown;
  try {
    raw = parseYaml(readFileSync(file, "utf8"));
  } catch (error) {
    throw refuse([error instanceof Error ? error.message : String(error)]);
  }
  const parsed = TipoffConfigFile.safeParse(raw);
  if (!parsed.success) throw refuse(parsed.error.issues.map((issue) => describe(issue, raw)));
  const config = toConfig(parsed.data);
  return { config, hash: createHash("sha256").update(canonicalJson(config)).digest("hex") };
}

/** JSON with keys in sorted sequence, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function describe(issue: z.core.$ZodIssue, raw: unknown): string {
  const at = issue.path.map(String).join(".") || "(the whole file)";
  if (issue.code === "unrecognized_keys") {
    return `${at}: unknown key ${issue.keys.map((key) => `"${key}"`).join(", ")}`;
  }
  const value = issue.path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null
        ? (Object.entries(inner).find(([name]) => name === String(key))?.[1] as unknown)
        : undefined,
    raw,
  );
  // NaN has no JSON, and an absent value has no text at all.
  const shown =
    value === undefined
      ? "nothing"
      : typeof value === "number"
        ? String(value)
        : JSON.stringify(value);
  return `${at}: ${issue.message}, found ${shown}`;
}

const micros = (cents: number): number => Math.round(cents * 10_000);
const usd = (dollars: number): UsdMicros => usdMicros(Math.round(dollars * 1_000_000));
const ms = (seconds: number): number => Math.round(seconds * 1_000);

function toConfig(file: TipoffConfigFile): TipoffConfig {
  const limits = toLimits(file.limits);
  return {
    decision: {
      forecast: toForecast(file.forecast),
      strategies: toStrategies(file.strategies),
      execution: toExecution(file.execution),
      limits,
    },
    limits,
    view: toView(file),
    watch: toWatch(file),
    paper: { startingCash: usd(file.paper.startingCashUsd) },
  };
}

function toForecast(file: TipoffConfigFile["forecast"]): DecisionConfig["forecast"] {
  const { espnMaxAgeSeconds, reconstructedMaxAgeSeconds, ...same } = file;
  return {
    ...same,
    espnMaxAgeMs: ms(espnMaxAgeSeconds),
    reconstructedMaxAgeMs: ms(reconstructedMaxAgeSeconds),
  };
}

type CommonFile = Pick<
  TipoffConfigFile["strategies"]["modelEdge"],
  | "enabled"
  | "minEdgeCents"
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
    minEdgeMicros: micros(file.minEdgeCents),
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
    },
    exits: {
      takeProfitMicros: micros(exits.takeProfitCents),
      stopLossMicros: micros(exits.stopLossCents),
      lockGainMicros: micros(exits.lockGainCents),
      lockPremiumMicros: micros(exits.lockPremiumCents),
      maxHoldMs: exits.maxHoldSeconds === null ? null : ms(exits.maxHoldSeconds),
    },
  };
}

function toStrategies(file: TipoffConfigFile["strategies"]): StrategiesConfig {
  const { pregameAnchored, modelEdge, meanReversion } = file;
  return {
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
      minDeviationMicros: micros(meanReversion.minDeviationCents),
      reversionShare: meanReversion.reversionShare,
      maxForecastGapMicros: micros(meanReversion.maxForecastGapCents),
      minSecondsToGameEnd: meanReversion.minSecondsToGameEnd,
      minPriceMicros: micros(meanReversion.minPriceCents),
      maxPriceMicros: micros(meanReversion.maxPriceCents),
    },
  };
}

function toExecution(file: TipoffConfigFile["execution"]): DecisionConfig["execution"] {
  return {
    maxReplacements: file.maxReplacements,
    minReplaceMs: ms(file.minReplaceSeconds),
    repriceMicros: micros(file.repriceCents),
    crossSlackMicros: micros(file.crossSlackCents),
    exitSlackMicros: micros(file.exitSlackCents),
    quietMs: ms(file.quietSeconds),
    takerFillProbability: file.takerFillProbability,
    restingFillProbability: file.restingFillProbability,
  };
}

function toLimits(file: TipoffConfigFile["limits"]): RiskLimits {
  const { maxStrategyCapitalUsd: capital } = file;
  return {
    maxTotalCapital: usd(file.maxTotalCapitalUsd),
    maxStrategyCapital: {
      "pregame-anchored": usd(capital.pregameAnchored),
      "model-edge": usd(capital.modelEdge),
      "mean-reversion": usd(capital.meanReversion),
    },
    maxMarketLoss: usd(file.maxMarketLossUsd),
    maxOpenPositions: file.maxOpenPositions,
    minEdgeMicros: micros(file.minEdgeCents),
    maxSpreadMicros: micros(file.maxSpreadCents),
    maxQuoteAgeMs: ms(file.maxQuoteAgeSeconds),
    maxLockAttempts: file.maxLockAttempts,
    maxEntriesPerGame: file.maxEntriesPerGame,
    positionScope: file.positionScope,
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
    bookStaleMs: ms(watch.bookStaleSeconds),
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
