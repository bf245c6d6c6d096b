import { randomUUID } from "node:crypto";
import type { FeeSchedule } from "../../core/domain/market.ts";
import type {
  BookSide,
  ClientOrderId,
  Fill,
  OrderIntent,
  StrategyName,
} from "../../core/domain/order.ts";
import type { RiskLimits } from "../../core/domain/risk.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../../core/domain/units.ts";
import { checkRisk } from "../../core/risk/check.ts";
import type { Db } from "../../schema/database.ts";
import { upsertGame } from "../../schema/queries/games.ts";
import { type IntentOutcome, recordIntent } from "../../schema/queries/intents.ts";
import type { NewIntent } from "../../schema/queries/new-intent.ts";
import type { OrderRow } from "../../schema/queries/orders.ts";
import { startRun } from "../../schema/queries/runs.ts";

/** Run time of the hand-made night. */
export const NOW = instant(Date.parse("2026-11-21T01:00:00Z"));
export const RUN_ID = "trading-day/paper/2026-11-20";
export const FEES: FeeSchedule = { kind: "quadratic_with_maker_fees", multiplierMilli: 1000 };

/** Wide enough that only what a test narrows can refuse. */
export const LIMITS: RiskLimits = {
  maxTotalCapital: usdMicros(1_000_000_000_000),
  maxStrategyCapital: {
    "pregame-anchored": usdMicros(1_000_000_000_000),
    "model-edge": usdMicros(1_000_000_000_000),
    "mean-reversion": usdMicros(1_000_000_000_000),
  },
  maxMarketLoss: usdMicros(1_000_000_000_000),
  maxOpenPositions: 1_000,
  minEdgeMicros: 10_000,
  maxSpreadMicros: 50_000,
  maxQuoteAgeMs: 5_000,
  maxLockAttempts: 2,
  maxEntriesPerGame: 1_000,
  positionScope: "strategy",
};

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
export function intentOf(gameId: string, change: Partial<OrderIntent> = {}): OrderIntent {
  const eventTicker = gameId.split("/")[2] ?? "";
  const price = change.limitPrice ?? priceMicros(500_000);
  return {
    strategy: "model-edge",
    purpose: "entry",
    exitType: null,
    phase: "live",
    marketTicker: `${eventTicker}-NYK`,
    eventTicker,
    exchangeIndex: 0,
    side: "bid",
    count: countCenti(1_000),
    isReduceOnly: false,
    limitPrice: price,
    fairValue: priceMicros(600_000),
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
export function saleOf(gameId: string, strategy: StrategyName, count: number): OrderIntent {
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

/** Wraps an intent as the sender does. */
export function proposalOf(
  gameId: string,
  intent: OrderIntent,
  change: Partial<NewIntent> = {},
): NewIntent {
  const clientOrderId = randomUUID() as ClientOrderId; // Test boundary: any uuid will do.
  return {
    clientOrderId,
    intentKey: `${gameId}/${clientOrderId}`,
    decisionId: `${gameId}#1`,
    runId: RUN_ID,
    mode: "paper",
    gameId,
    parentId: null,
    intent,
    fees: FEES,
    quote: { bid: priceMicros(490_000), ask: priceMicros(500_000), receivedAt: NOW },
    proposedAt: NOW,
    at: NOW,
    quoteReceivedAt: NOW,
    quoteReceivedWallMs: 0,
    ...change,
  };
}

/** Records a proposal under some limits. */
export async function record(
  db: Db,
  proposal: NewIntent,
  limits: Partial<RiskLimits> = {},
): Promise<IntentOutcome> {
  return recordIntent(db, proposal, (snapshot) => checkRisk(snapshot, { ...LIMITS, ...limits }));
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
