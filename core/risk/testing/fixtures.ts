import { marksAt } from "../../domain/marking.ts";
import type { FeeSchedule } from "../../domain/market.ts";
import type { OrderIntent } from "../../domain/order.ts";
import type {
  DecisionBasis,
  ForeignRisk,
  Holding,
  OpenReservation,
  RiskLimits,
  RiskSnapshot,
  RiskSubject,
} from "../../domain/risk.ts";
import {
  countCenti,
  instant,
  positionCenti,
  type PriceMicros,
  priceMicros,
  usdMicros,
} from "../../domain/units.ts";

/** The game of the fixtures, and its two markets. */
export const GAME = "game/paper/G";
/** Market that pays when home wins. */
export const HOME = "G-NYK";
/** Market that pays when away wins. */
export const AWAY = "G-BOS";
/** Fees of the series. */
export const FEES: FeeSchedule = { kind: "quadratic_with_maker_fees", multiplierMilli: 1000 };
/** Now. */
export const AT = instant(Date.parse("2026-11-21T01:00:00Z"));

/** The night of the fixtures. */
export const SLATE = "2026-11-20";
/** Limits that `clear` keeps to. */
export const limits: RiskLimits = {
  maxTotalCapital: usdMicros(150_000_000),
  bankrollSlice: 0.5,
  exposureCap: usdMicros(100_000_000),
  maxPositionSize: usdMicros(20_000_000),
  maxLossPerMarket: usdMicros(30_000_000),
  maxLossPerGame: usdMicros(40_000_000),
  maxLossPerSlate: usdMicros(90_000_000),
  maxLossPerBitcoinHour: usdMicros(10_000_000),
  maxNotionalPerCycle: usdMicros(60_000_000),
  maxDailyLoss: usdMicros(40_000_000),
  maxWeeklyLoss: usdMicros(60_000_000),
  maxSingleTradeLoss: usdMicros(20_000_000),
  consecutiveLossesHalt: 4,
  drawdownHaltPct: 50,
  maxTradesPerDay: 10,
  maxTradesPerHour: 5,
  minBetweenTradesMs: 1_000,
  minConfidence: 0.5,
  minLiquidity: countCenti(1_000),
  maxPriceGapMicros: 150_000,
  maxExecutionDriftMicros: 20_000,
  maxInjuryFeedAgeMs: 900_000,
  maxModelAgeMs: 86_400_000,
  maxTreesAgeMs: 120 * 86_400_000,
  maxVenueSilenceMs: 10_000,
  maxClockDisagreementSeconds: 60,
  maxStrategyCapital: {
    "pregame-anchored": usdMicros(50_000_000),
    "model-edge": usdMicros(50_000_000),
    "mean-reversion": usdMicros(50_000_000),
    "model-trees": usdMicros(50_000_000),
    "btc-edge": usdMicros(50_000_000),
  },
  maxOpenPositions: 3,
  minEdgeMicros: 10_000,
  maxSpreadMicros: 20_000,
  maxQuoteAgeMs: 5_000,
  maxLockAttempts: 2,
  maxEntriesPerGame: 1,
  positionScope: "strategy",
  isReentryAllowed: false,
};

/** An entry of 10 contracts at 50 cents. */
export const entry: RiskSubject = {
  occasionId: GAME,
  domain: "nba",
  slate: SLATE,
  strategy: "model-edge",
  marketTicker: HOME,
  purpose: "entry",
  exitType: null,
  phase: "live",
  side: "bid",
  exchangeIndex: 3,
  isTaker: true,
  price: priceMicros(500_000),
  limitPrice: priceMicros(500_000),
  count: countCenti(1_000),
  isReduceOnly: false,
  edgeMicros: 20_000,
  fairValue: priceMicros(540_000),
  reservation: usdMicros(5_175_000),
  replaces: null,
};
/** A stop-loss of as many. */
export const sale: RiskSubject = {
  ...entry,
  purpose: "exit",
  exitType: "stop-loss",
  side: "ask",
  isReduceOnly: true,
  edgeMicros: -500_000,
  reservation: usdMicros(0),
};
/** The same closed by buying the other side. */
export const lock: RiskSubject = {
  ...sale,
  exitType: "lock",
  side: "bid",
  isReduceOnly: false,
  marketTicker: AWAY,
};

/** The blend of now. */
const BLEND: DecisionBasis = {
  decidedBy: "blend",
  decidedAt: AT,
  mid: 495_000,
  modelVersion: "blend-1",
  homeProbability: 0.54,
  forecastKnownAt: AT,
  modelKnownAt: AT,
  confidence: 0.9,
  clockDisagreementSeconds: 5,
};

/** Nothing held, nothing ordered, a fresh quote: every rule is held. */
export const clear: RiskSnapshot = {
  at: AT,
  killLevel: null,
  openBreakers: [],
  subject: entry,
  quote: quoted(490_000, 500_000),
  otherMid: 505_000,
  lastTrade: { price: priceMicros(490_000), at: AT },
  marks: {
    [HOME]: marksAt({ bid: 490_000, ask: 500_000 }),
    [AWAY]: marksAt({ bid: 500_000, ask: 510_000 }),
  },
  isTrading: true,
  shardCash: usdMicros(1_000_000_000),
  venueSilentMs: 0,
  injuriesAt: AT,
  isDecisionKept: true,
  lacks: [],
  basis: BLEND,
  holdings: [],
  openOrders: [],
  foreign: [],
  tally: {
    strategyEntries: 0,
    gameEntries: 0,
    pregameAttempts: 0,
    lockAttempts: 0,
    hasExited: false,
  },
  activity: {
    entriesToday: 0,
    entriesThisHour: 0,
    cycleNotional: usdMicros(0),
    lastEntryAt: null,
    sameDecision: 0,
  },
  account: {
    dayBeganAt: instant(Date.parse("2026-11-20T05:00:00Z")),
    cash: usdMicros(1_000_000_000),
    deposits: usdMicros(1_000_000_000),
    realizedToday: usdMicros(0),
    realizedThisWeek: usdMicros(0),
    realizedEver: usdMicros(0),
    highWater: usdMicros(0),
    worstClosed: usdMicros(0),
    lossStreak: 0,
    released: {},
  },
};

/** An entry of `model-trees` in play without a live score: its own model has decided, and the blend says nothing. */
export const byTrees: RiskSnapshot = {
  ...clear,
  subject: { ...entry, strategy: "model-trees" },
  basis: {
    ...BLEND,
    decidedBy: "trees",
    modelVersion: "a hash",
    homeProbability: 0.7,
    confidence: 0.5,
    modelKnownAt: instant(AT - 30 * 86_400_000),
  },
};

/** A quote of now, 100 contracts on either side. Micros. */
export function quoted(bid: number, ask: number): NonNullable<RiskSnapshot["quote"]> {
  const size = countCenti(10_000);
  // The cast lets a test quote what no venue would.
  const [bidPrice, askPrice] = [bid, ask] as unknown as [PriceMicros, PriceMicros];
  return { bid: bidPrice, bidSize: size, ask: askPrice, askSize: size, receivedAt: AT };
}

/** 10 contracts of home, bought at 50 cents. */
export function holding(change: Partial<Holding> = {}): Holding {
  return {
    occasionId: GAME,
    slate: SLATE,
    strategy: "model-edge",
    marketTicker: HOME,
    count: positionCenti(1_000),
    cost: usdMicros(5_000_000),
    fees: usdMicros(175_000),
    realized: usdMicros(0),
    ...change,
  };
}

/** An entry like `entry` that may still fill. */
export function openOrder(change: Partial<OpenReservation> = {}): OpenReservation {
  return {
    clientOrderId: "o",
    occasionId: GAME,
    slate: SLATE,
    exchangeIndex: 3,
    strategy: "model-edge",
    marketTicker: HOME,
    purpose: "entry",
    side: "bid",
    remaining: countCenti(1_000),
    reserved: usdMicros(5_175_000),
    ...change,
  };
}

/** 5 USD that others may lose in the same market. */
export function foreignRisk(change: Partial<ForeignRisk> = {}): ForeignRisk {
  return {
    ...{ marketTicker: HOME, occasionId: GAME, slate: SLATE, strategy: null },
    atRisk: usdMicros(5_000_000),
    ...change,
  };
}

/** An intent to buy home, as risk reserves for it. */
export function buy(
  price: ReturnType<typeof priceMicros>,
  size: ReturnType<typeof countCenti>,
): OrderIntent {
  return {
    strategy: "model-edge",
    purpose: "entry",
    exitType: null,
    phase: "live",
    marketTicker: HOME,
    eventTicker: "G",
    exchangeIndex: 0,
    side: "bid",
    count: size,
    isReduceOnly: false,
    limitPrice: price,
    fairValue: price,
    edgeMicros: 0,
    plan: {
      price,
      timeInForce: "immediate_or_cancel",
      isPostOnly: false,
      expectedFillProbability: 1,
      expectedPrice: price,
    },
    mayTakeFallback: false,
  };
}
