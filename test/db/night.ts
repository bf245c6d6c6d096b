import { randomUUID } from "node:crypto";
import type { FeeSchedule } from "../../core/domain/market.ts";
import type {
  BookSide,
  ClientOrderId,
  Fill,
  OrderIntent,
  OrderOwner,
  OwnedIntent,
  StrategyName,
} from "../../core/domain/order.ts";
import { required } from "../../core/domain/assert.ts";
import type {
  DecisionBasis,
  RiskInputs,
  RiskLimits,
  RiskSnapshot,
} from "../../core/domain/risk.ts";
import {
  countCenti,
  type Instant,
  instant,
  priceMicros,
  usdMicros,
} from "../../core/domain/units.ts";
import { snapshotOf as snapshotBy } from "../../core/risk/fold.ts";
import type { Db } from "../../schema/database.ts";
import { upsertGame } from "../../schema/queries/games.ts";
import { type IntentOutcome, recordIntent } from "../../schema/queries/intents.ts";
import { deposit } from "../../schema/queries/ledger.ts";
import type { NewIntent } from "../../schema/queries/new-intent.ts";
import type { OrderRow } from "../../schema/queries/orders.ts";
import { readRiskSnapshot } from "../../schema/queries/risk-snapshot.ts";
import { startRun } from "../../schema/queries/runs.ts";
import { type MarketMark, marksAt } from "../../core/domain/marking.ts";

/** Run time of the hand-made night. */
export const NOW = instant(Date.parse("2026-11-21T01:00:00Z"));
export const RUN_ID = "trading-day/paper/2026-11-20";
export const FEES: FeeSchedule = { kind: "quadratic_with_maker_fees", multiplierMilli: 1000 };

/** Wide enough that only what a test narrows can refuse. */
export const LIMITS: RiskLimits = {
  maxTotalCapital: usdMicros(1_000_000_000_000),
  bankrollSlice: 1,
  exposureCap: usdMicros(1_000_000_000_000),
  maxPositionSize: usdMicros(1_000_000_000_000),
  maxLossPerMarket: usdMicros(1_000_000_000_000),
  maxLossPerGame: usdMicros(1_000_000_000_000),
  maxLossPerSlate: usdMicros(1_000_000_000_000),
  maxLossPerBitcoinHour: usdMicros(1_000_000_000_000),
  maxNotionalPerCycle: usdMicros(1_000_000_000_000),
  maxDailyLoss: usdMicros(1_000_000_000_000),
  maxWeeklyLoss: usdMicros(1_000_000_000_000),
  maxSingleTradeLoss: usdMicros(1_000_000_000_000),
  consecutiveLossesHalt: 1_000,
  drawdownHaltPct: 100,
  maxTradesPerDay: 100_000,
  maxTradesPerHour: 100_000,
  minBetweenTradesMs: 0,
  minConfidence: 0,
  minLiquidity: countCenti(0),
  maxPriceGapMicros: 990_000,
  maxExecutionDriftMicros: 990_000,
  maxInjuryFeedAgeMs: 86_400_000,
  maxModelAgeMs: 86_400_000,
  maxTreesAgeMs: 86_400_000,
  maxVenueSilenceMs: 60_000,
  maxClockDisagreementSeconds: 60,
  maxStrategyCapital: {
    "pregame-anchored": usdMicros(1_000_000_000_000),
    "model-edge": usdMicros(1_000_000_000_000),
    "mean-reversion": usdMicros(1_000_000_000_000),
    "btc-edge": usdMicros(1_000_000_000_000),
  },
  maxOpenPositions: 1_000,
  minEdgeMicros: 10_000,
  maxSpreadMicros: 50_000,
  maxQuoteAgeMs: 5_000,
  maxLockAttempts: 2,
  maxEntriesPerGame: 1_000,
  positionScope: "strategy",
  isReentryAllowed: false,
};

/** They as they are in force for whoever follows an order. */
export const IN_FORCE = { ofRun: () => Promise.resolve({ hash: "test", limits: LIMITS }) };

/** Starts the run and one game of it. @returns the game's id; its markets end in `-NYK` and `-BOS`. */
export async function addGame(db: Db, eventTicker = "KXNBAGAME-26NOV20BOSNYK"): Promise<string> {
  await startRun(db, {
    runId: RUN_ID,
    mode: "paper",
    tradingDate: "2026-11-20",
    source: "world:7",
    seed: 7,
    speed: 60,
    codeCommit: "test",
    configHash: "test",
    config: "{}",
    manifest: "{}",
    startedAt: NOW,
  });
  await deposit(db, {
    mode: "paper",
    depositId: "opening-balance",
    amount: usdMicros(1_000_000_000_000),
    runId: RUN_ID,
    at: NOW,
  });
  marksOf(eventTicker);
  const gameId = `game/paper/${eventTicker}`;
  await upsertGame(db, {
    game: {
      gameId,
      runId: RUN_ID,
      mode: "paper",
      eventTicker,
      home: "NYK",
      away: "BOS",
      tradingDate: "2026-11-20",
      tipAt: NOW,
      espnEventId: null,
      nbaGameId: null,
      markets: [
        { ticker: `${eventTicker}-NYK`, team: "home", exchangeIndex: 0 },
        { ticker: `${eventTicker}-BOS`, team: "away", exchangeIndex: 0 },
      ],
    },
    matchConfidence: 1,
    matchReasons: ["by hand"],
    reconstructed: [],
    phase: "live",
    at: NOW,
  });
  return gameId;
}

/** An entry of 10 contracts at 50 cents, changed as a test needs. */
export function intentOf<Owner extends OrderOwner = StrategyName>(
  gameId: string,
  change: Partial<OrderIntent<Owner>> = {},
): OrderIntent<Owner | StrategyName> {
  const eventTicker = gameId.split("/")[2] ?? "";
  const price = change.limitPrice ?? priceMicros(500_000);
  const side = change.side ?? "bid";
  // Ten cents on the side where it gains: the edge that it says is there, fee included.
  const worth = side === "bid" ? price + 100_000 : price - 100_000;
  return {
    strategy: "model-edge",
    purpose: "entry",
    exitType: null,
    phase: "live",
    marketTicker: `${eventTicker}-NYK`,
    eventTicker,
    exchangeIndex: 0,
    side,
    count: countCenti(1_000),
    isReduceOnly: false,
    limitPrice: price,
    fairValue: priceMicros(Math.min(999_999, Math.max(1, worth))),
    edgeMicros: 60_000,
    plan: {
      price,
      timeInForce: "immediate_or_cancel",
      isPostOnly: false,
      expectedFillProbability: 0.9,
      expectedPrice: price,
    },
    mayTakeFallback: false,
    ...change,
  };
}

/** A sale of what `strategy` holds. */
export function saleOf(gameId: string, strategy: OrderOwner, count: number): OwnedIntent {
  return intentOf(gameId, {
    strategy,
    purpose: "exit",
    exitType: "take-profit",
    side: "ask",
    isReduceOnly: true,
    count: countCenti(count),
    edgeMicros: 0,
  });
}

/** A sound decision of now. */
export const BASIS: DecisionBasis = {
  decidedAt: NOW,
  mid: 495_000,
  modelVersion: "blend-1",
  homeProbability: 0.6,
  forecastKnownAt: NOW,
  modelKnownAt: NOW,
  confidence: 1,
  clockDisagreementSeconds: null,
};

/** Fresh feeds, an open venue with plenty of cash, and books at 49 to 50 in both markets of the game. */
export function inputsOf(
  { eventTicker }: Pick<OrderIntent, "eventTicker">,
  change: Partial<RiskInputs> = {},
): RiskInputs {
  const size = countCenti(10_000_000);
  const [bid, ask] = [priceMicros(490_000), priceMicros(500_000)];
  return {
    quote: { bid, bidSize: size, ask, askSize: size, receivedAt: NOW },
    otherMid: 495_000,
    lastTrade: null,
    marks: marksOf(eventTicker),
    isTrading: true,
    shardCash: usdMicros(1_000_000_000_000),
    venueSilentMs: 0,
    injuriesAt: NOW,
    isDecisionKept: true,
    lacks: [],
    ...change,
  };
}

/** The same as of an instant, with a mark of every market that was ever asked for. */
export function inputsAt(intent: OwnedIntent, at: Instant): RiskInputs {
  marked[intent.marketTicker] = AT_49;
  const inputs = inputsOf(intent);
  const quote = inputs.quote && { ...inputs.quote, receivedAt: at };
  return { ...inputs, quote, injuriesAt: at };
}

/** Every market that `addGame` made: what is held in other games must have a bid too. */
const marked: Record<string, MarketMark> = {};
const AT_49 = marksAt({ bid: 490_000, ask: 500_000 });

function marksOf(eventTicker: string): RiskInputs["marks"] {
  for (const team of ["NYK", "BOS"]) marked[`${eventTicker}-${team}`] = AT_49;
  return marked;
}

/** Wraps an intent as the sender does. */
export function proposalOf(
  gameId: string,
  intent: OwnedIntent,
  change: Partial<NewIntent> = {},
): NewIntent {
  const clientOrderId = randomUUID() as ClientOrderId; // Test boundary: any uuid will do.
  return {
    clientOrderId,
    intentKey: `${gameId}/${clientOrderId}`,
    decisionId: `${gameId}#${clientOrderId}`,
    runId: RUN_ID,
    mode: "paper",
    occasionId: gameId,
    domain: "nba",
    parentId: null,
    intent,
    fees: FEES,
    basis: BASIS,
    inputs: inputsOf(intent),
    proposedAt: NOW,
    at: NOW,
    quoteReceivedAt: NOW,
    quoteReceivedWallMs: 0,
    ...change,
  };
}

/** What a proposal would be judged by at this moment. */
export async function snapshotOf(db: Db, proposal: NewIntent): Promise<RiskSnapshot> {
  const { group, members } = await readRiskSnapshot(db, [proposal]);
  return snapshotBy(group, required(members[0], "its own facts").own);
}

/** Records a proposal under some limits. */
export async function record(
  db: Db,
  proposal: NewIntent,
  limits: Partial<RiskLimits> = {},
): Promise<IntentOutcome> {
  return recordIntent(db, proposal, () => Promise.resolve({ ...LIMITS, ...limits }));
}

/** Records a proposal that must be approved. */
export async function approve(db: Db, proposal: NewIntent): Promise<OrderRow> {
  const outcome = await record(db, proposal);
  if (outcome.kind !== "approved") throw new Error(`not approved: ${JSON.stringify(outcome)}`);
  return outcome.order;
}

/** A fill of an order, at its price, as a taker with the fee of 17.5 cents per 10 contracts at 50. */
export function fillOf(order: OrderRow, fillId: string, count: number, fee: number): Fill {
  return {
    fillId,
    venueOrderId: `v-${order.client_order_id}`,
    clientOrderId: order.client_order_id,
    marketTicker: order.market_ticker,
    side: order.side satisfies BookSide,
    price: order.price_micros,
    count: countCenti(count),
    fee: usdMicros(fee),
    liquidity: "taker",
    at: NOW,
  };
}

/** What makes an order rest at a price, micros, where nobody offers. */
export const restingAt = (price: number) => ({
  limitPrice: priceMicros(price),
  plan: {
    price: priceMicros(price),
    timeInForce: "good_till_canceled" as const,
    isPostOnly: true,
    expectedFillProbability: 0.1,
    expectedPrice: priceMicros(price),
  },
});
