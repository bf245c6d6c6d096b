import type { FeeSchedule } from "../../domain/market.ts";
import type { OrderIntent } from "../../domain/order.ts";
import type {
  Holding,
  OpenReservation,
  RiskLimits,
  RiskSnapshot,
  RiskSubject,
} from "../../domain/risk.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../../domain/units.ts";

/** The game of the fixtures, and its two markets. */
export const GAME = "game/paper/G";
/** Market that pays when home wins. */
export const HOME = "G-NYK";
/** Market that pays when away wins. */
export const AWAY = "G-BOS";
/** Fees of the series. */
export const FEES: FeeSchedule = { kind: "quadratic_with_maker_fees", multiplierMilli: 1000 };
/** Now. */
export const AT = instant(1_000_000);

/** Limits that `clear` keeps to. */
export const limits: RiskLimits = {
  maxTotalCapital: usdMicros(100_000_000),
  maxStrategyCapital: {
    "pregame-anchored": usdMicros(50_000_000),
    "model-edge": usdMicros(50_000_000),
    "mean-reversion": usdMicros(50_000_000),
  },
  maxMarketLoss: usdMicros(30_000_000),
  maxOpenPositions: 3,
  minEdgeMicros: 10_000,
  maxSpreadMicros: 20_000,
  maxQuoteAgeMs: 5_000,
  maxLockAttempts: 2,
  maxEntriesPerGame: 1,
  positionScope: "strategy",
};

/** An entry of 10 contracts at 50 cents. */
export const entry: RiskSubject = {
  gameId: GAME,
  strategy: "model-edge",
  marketTicker: HOME,
  purpose: "entry",
  exitType: null,
  phase: "live",
  side: "bid",
  price: priceMicros(500_000),
  limitPrice: priceMicros(500_000),
  count: countCenti(1_000),
  isReduceOnly: false,
  edgeMicros: 20_000,
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

/** Nothing held, nothing ordered, a fresh quote: every rule is held. */
export const clear: RiskSnapshot = {
  at: AT,
  killLevel: null,
  subject: entry,
  quote: { bid: priceMicros(490_000), ask: priceMicros(500_000), receivedAt: AT },
  holdings: [],
  openOrders: [],
  tally: {
    strategyEntries: 0,
    gameEntries: 0,
    pregameAttempts: 0,
    lockAttempts: 0,
    hasExited: false,
  },
};

/** 10 contracts of home, bought at 50 cents. */
export function holding(change: Partial<Holding> = {}): Holding {
  return {
    gameId: GAME,
    strategy: "model-edge",
    marketTicker: HOME,
    count: countCenti(1_000),
    cost: usdMicros(5_000_000),
    fees: usdMicros(175_000),
    ...change,
  };
}

/** An entry like `entry` that may still fill. */
export function openOrder(change: Partial<OpenReservation> = {}): OpenReservation {
  return {
    clientOrderId: "o",
    gameId: GAME,
    strategy: "model-edge",
    marketTicker: HOME,
    purpose: "entry",
    side: "bid",
    remaining: countCenti(1_000),
    reserved: usdMicros(5_175_000),
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
