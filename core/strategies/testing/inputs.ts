import { instant, type Instant, countCenti, priceMicros, usdMicros } from "../../domain/units.ts";
import type {
  DecisionInput,
  ForecastReading,
  GameClock,
  MarketInput,
  StrategyInput,
} from "../../domain/decision.ts";
import { USUAL_STRATEGIES, type GameStrategy } from "../../domain/order.ts";
import { LINEAR_CENT } from "../../domain/price-grid.ts";
import { FIVE_THIRTY_EIGHT } from "../../models/elo.ts";
import type { CommonStrategyConfig, DecisionConfig } from "../config.ts";
import type { ViewSettings } from "../view.ts";

/** Tip of the test game; tests count from it. */
export const TIP: Instant = instant(1_790_000_000_000);
const EVENT = "KXNBAGAME-26NOV20BOSNYK";

/** A market of the test game; prices in cents. */
export function marketOf(
  team: "home" | "away",
  bid: number | null,
  ask: number | null,
  changes: Partial<MarketInput> = {},
): MarketInput {
  const ticker = `${EVENT}-${team === "home" ? "NYK" : "BOS"}`;
  const price = (cents: number | null) =>
    cents === null ? null : priceMicros(Math.round(cents * 10_000));
  return {
    team,
    ticker,
    exchangeIndex: 3,
    status: "active",
    grid: LINEAR_CENT,
    quote: {
      marketTicker: ticker,
      bid: price(bid),
      bidSize: bid === null ? null : countCenti(50_000),
      ask: price(ask),
      askSize: ask === null ? null : countCenti(50_000),
      quotedAt: TIP,
      receivedAt: instant(TIP - 600_000),
    },
    isDerived: false,
    staleBecause: null,
    recentRange: 0,
    recentVolume: countCenti(100_000),
    ...changes,
  };
}

/** A reading that is present and was known long ago. */
export function readingOf(
  source: ForecastReading["source"],
  value: number,
  knownAt: Instant = instant(TIP - 3_600_000),
): ForecastReading {
  return { source, value, version: "test", knownAt, absentBecause: null };
}

/** By these home is worth 58 %, while the books of the test game ask 50. */
export const FAVOURED: readonly ForecastReading[] = [
  readingOf("elo", 0.58),
  readingOf("partner", 0.58),
];

/** A game clock in the middle of the second quarter, the score level, unless changed. */
export function clockOf(at: Instant, changes: Partial<GameClock> = {}): GameClock {
  return {
    state: "in",
    period: 2,
    clockSeconds: 360,
    homeScore: 40,
    awayScore: 40,
    sourceTime: at,
    receivedAt: at,
    staleBecause: [],
    isReconstructed: false,
    ...changes,
  };
}

/** A strategy that has done nothing yet. */
export function strategyOf(
  strategy: GameStrategy,
  changes: Partial<StrategyInput> = {},
): StrategyInput {
  return {
    strategy,
    entries: 0,
    pregameAttempts: 0,
    lockAttempts: 0,
    hasExited: false,
    hasWorkingOrder: false,
    disabledBecause: null,
    retryAt: null,
    positions: [],
    capitalLeft: usdMicros(2_000_000_000),
    ...changes,
  };
}

/** A decision ten minutes before tip: even game, both books at 49 to 50. */
export function inputOf(changes: Partial<DecisionInput> = {}): DecisionInput {
  const at = changes.at ?? instant(TIP - 600_000);
  const fresh = (market: MarketInput): MarketInput => ({
    ...market,
    quote: { ...market.quote, receivedAt: at },
  });
  return {
    schemaVersion: 1,
    mode: "paper",
    eventTicker: EVENT,
    home: "NYK",
    away: "BOS",
    phase: "pregame",
    tipAt: TIP,
    clock: null,
    readings: [readingOf("elo", 0.5), readingOf("partner", 0.5)],
    windows: [],
    strategies: USUAL_STRATEGIES.map((name) => strategyOf(name)),
    fees: { kind: "quadratic_with_maker_fees", multiplierMilli: 1_000 },
    lacks: [],
    entriesPaused: null,
    configHash: "test",
    ...changes,
    at,
    markets: (changes.markets ?? [marketOf("home", 49, 50), marketOf("away", 49, 50)]).map(fresh),
  };
}

/** The same input in play. */
export function liveInputOf(changes: Partial<DecisionInput> = {}): DecisionInput {
  const at = instant(TIP + 3_000_000);
  return inputOf({ at, phase: "live", clock: clockOf(at), ...changes });
}

/** Replaces one strategy's part of an input. */
export function withStrategy(
  input: DecisionInput,
  strategy: GameStrategy,
  changes: Partial<StrategyInput>,
): DecisionInput {
  return {
    ...input,
    strategies: input.strategies.map((one) =>
      one.strategy === strategy ? { ...one, ...changes } : one,
    ),
  };
}

const COMMON: CommonStrategyConfig = {
  isEnabled: true,
  minEdgeMicros: 10_000,
  crossEdgeMicros: 20_000,
  mayRest: true,
  mayTakeFallback: true,
  patienceMs: 60_000,
  trust: 1,
  maxRecentRangeMicros: 30_000,
  sizing: {
    method: "kelly",
    kellyFraction: 0.25,
    maxEntryMicros: 150_000_000,
    bankrollMicros: 10_000_000_000,
  },
  exits: {
    takeProfitMicros: 200_000,
    stopLossMicros: 150_000,
    lockGainMicros: 80_000,
    lockPremiumMicros: 0,
    maxHoldMs: null,
  },
};

const IN_PLAY = { minSecondsToGameEnd: 240, minPriceMicros: 100_000, maxPriceMicros: 900_000 };

/** Settings with round numbers, so that tests can be worked by hand. */
export const CONFIG: DecisionConfig = {
  forecast: {
    elo: FIVE_THIRTY_EIGHT,
    calibration: null,
    injuries: { defaultImpactElo: 15, notSubmittedLossElo: 39, maxLossElo: 150, players: {} },
    inGame: { sigmaPoints: 14, lastPossessionPoints: 1, possessionPoints: 0.5 },
    weights: { elo: 1, partner: 1, espn: 1, inGameAtTip: 1, inGameAtEnd: 3 },
    espnMaxAgeMs: 60_000,
    reconstructedMaxAgeMs: 60_000,
    clip: 0.001,
  },
  strategies: {
    pregameAnchored: {
      ...COMMON,
      windowOpensBeforeTipMs: 1_500_000,
      windowClosesBeforeTipMs: 180_000,
    },
    modelEdge: { ...COMMON, ...IN_PLAY },
    meanReversion: {
      ...COMMON,
      ...IN_PLAY,
      windowMs: 300_000,
      warmUpMs: 180_000,
      warmUpSamples: 10,
      minRangeMicros: 50_000,
      minDeviationMicros: 30_000,
      reversionShare: 0.7,
      maxForecastGapMicros: 10_000,
    },
  },
  execution: {
    maxReplacements: 3,
    minReplaceMs: 10_000,
    repriceMicros: 10_000,
    crossSlackMicros: 10_000,
    exitSlackMicros: 20_000,
    restingExpiryMs: 300_000,
    renewBeforeMs: 30_000,
    quietMs: 30_000,
    takerFillProbability: 0.95,
    restingFillProbability: 0.3,
  },
  limits: {
    maxSpreadMicros: 40_000,
    maxQuoteAgeMs: 60_000,
    minEdgeMicros: 5_000,
    maxLockAttempts: 3,
    maxEntriesPerGame: 1,
    positionScope: "strategy",
    isReentryAllowed: false,
  },
};

/** How a view reads its feeds, as the default configuration says, but for a short warm-up. */
export const VIEW_SETTINGS: ViewSettings = {
  clock: {
    backwardsSeconds: 15,
    backwardsPoints: 3,
    disagreeSeconds: 90,
    disagreePoints: 8,
    frozenMs: 90_000,
    maxAgeMs: 45_000,
  },
  windowMs: 300_000,
  warmUpMs: 60_000,
  warmUpSamples: 3,
  quietMs: 30_000,
  espnFrozenSeconds: 120,
  assumedTipDelayMs: 600_000,
};
