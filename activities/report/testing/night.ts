import type { DecisionInput, DecisionOutput } from "../../../core/domain/decision.ts";
import { marketTicker } from "../../../core/domain/ids.ts";
import type { OrderIntent } from "../../../core/domain/order.ts";
import { countCenti, instant, priceMicros } from "../../../core/domain/units.ts";
import type {
  CandidateRow,
  FillRow,
  GameRow,
  IntentRow,
  OrderRow,
} from "../../../schema/queries/report-rows.ts";

/** 2026-11-20 19:00 Eastern, when the hand-made night's first game is due. */
export const TIP = Date.UTC(2026, 10, 21, 0, 0);
export const MINUTE = 60_000;

export const NYK = gameOf("BOS", "NYK");
export const LAL = gameOf("DEN", "LAL");

/** Names of one hand-made game. */
export interface NamedGame {
  readonly event: string;
  readonly gameId: string;
  readonly home: string;
  readonly away: string;
  readonly homeMarket: string;
  readonly awayMarket: string;
}

function gameOf(away: string, home: string): NamedGame {
  const event = `KXNBAGAME-26NOV20${away}${home}`;
  return {
    event,
    gameId: `game/paper/${event}`,
    home,
    away,
    homeMarket: marketTicker(event, home),
    awayMarket: marketTicker(event, away),
  };
}

export function gameRow(game: NamedGame, over: Partial<GameRow> = {}): GameRow {
  return {
    gameId: game.gameId,
    eventTicker: game.event,
    home: game.home,
    away: game.away,
    tipAt: TIP,
    matchConfidence: 1,
    phase: "scored",
    result: "home",
    homeScore: 111,
    awayScore: 104,
    reconstructed: "[]",
    workflowRunId: "4f0c",
    decisions: 12,
    ...over,
  };
}

export function terms(over: Partial<OrderIntent> = {}): OrderIntent {
  return {
    strategy: "pregame-anchored",
    purpose: "entry",
    exitType: null,
    phase: "pregame",
    marketTicker: NYK.homeMarket,
    eventTicker: NYK.event,
    exchangeIndex: 0,
    side: "bid",
    count: countCenti(1_000),
    isReduceOnly: false,
    limitPrice: priceMicros(560_000),
    fairValue: priceMicros(600_000),
    edgeMicros: 40_000,
    plan: {
      price: priceMicros(550_000),
      timeInForce: "good_till_canceled",
      isPostOnly: true,
      expectedFillProbability: 0.8,
      expectedPrice: priceMicros(550_000),
    },
    mayTakeFallback: true,
    ...over,
  };
}

export function intentRow(no: number, over: Partial<IntentRow> = {}): IntentRow {
  const id = orderId(no);
  return {
    clientOrderId: id,
    parentId: null,
    intentKey: `${NYK.gameId}/${no}`,
    decisionId: `${NYK.gameId}#${no}`,
    gameId: NYK.gameId,
    strategy: "pregame-anchored",
    purpose: "entry",
    exitType: null,
    phase: "pregame",
    terms: JSON.stringify(terms()),
    refusalCode: null,
    proposedAt: TIP - 20 * MINUTE,
    ...over,
  };
}

export function orderRow(no: number, over: Partial<OrderRow> = {}): OrderRow {
  return {
    clientOrderId: orderId(no),
    parentId: null,
    gameId: NYK.gameId,
    strategy: "pregame-anchored",
    purpose: "entry",
    exitType: null,
    phase: "pregame",
    marketTicker: NYK.homeMarket,
    side: "bid",
    price: 550_000,
    count: 1_000,
    filled: 1_000,
    status: "filled",
    rejectCode: null,
    venueOrderId: `venue-${no}`,
    expectedFillProbability: 0.8,
    expectedPrice: 550_000,
    quoteReceivedWallMs: 1_000,
    sentWallMs: 1_020,
    intendedAt: TIP - 20 * MINUTE,
    closedAt: TIP - 19 * MINUTE,
    ...over,
  };
}

export function fillRow(no: number, over: Partial<FillRow> = {}): FillRow {
  return {
    fillId: `fill-${no}`,
    clientOrderId: orderId(no),
    marketTicker: NYK.homeMarket,
    side: "bid",
    price: 550_000,
    count: 1_000,
    fee: 43_400,
    liquidity: "maker",
    filledAt: TIP - 19 * MINUTE,
    ...over,
  };
}

export function orderId(no: number): string {
  return `00000000-0000-4000-8000-${String(no).padStart(12, "0")}`;
}

const SOURCE = { weight: 1, ageMs: 0, version: "elo/1", absentBecause: null };

/** A stored decision in which home's YES was offered at 0.62 and forecast at 0.66. */
export function candidateRow(over: Partial<CandidateRow> = {}): CandidateRow {
  const quote = (ticker: string, bid: number, ask: number) => ({
    marketTicker: ticker,
    bid: priceMicros(bid),
    bidSize: countCenti(10_000),
    ask: priceMicros(ask),
    askSize: countCenti(10_000),
    quotedAt: instant(TIP),
    receivedAt: instant(TIP),
  });
  const input: Pick<DecisionInput, "markets" | "fees"> = {
    fees: { kind: "quadratic", multiplierMilli: 1_000 },
    markets: [
      marketInput("home", NYK.homeMarket, quote(NYK.homeMarket, 610_000, 620_000)),
      marketInput("away", NYK.awayMarket, quote(NYK.awayMarket, 380_000, 390_000)),
    ],
  };
  const output: DecisionOutput = {
    schemaVersion: 1,
    forecast: {
      homeProbability: 0.66,
      sources: [
        { ...SOURCE, source: "elo", value: 0.66 },
        { ...SOURCE, source: "espn", value: null, absentBecause: "not_in_recording" },
      ],
      knownAt: instant(TIP),
      modelVersion: "blend/1",
    },
    verdicts: [
      {
        strategy: "model-edge",
        code: "edge_below_threshold",
        edgeMicros: 23_500,
        numbers: { threshold: 30_000 },
        detail: null,
        intent: null,
        exitType: null,
      },
    ],
  };
  return {
    gameId: NYK.gameId,
    strategy: "model-edge",
    code: "edge_below_threshold",
    edge: 23_500,
    decidedAt: TIP + 30 * MINUTE,
    refusedMarket: null,
    refusedTerms: null,
    input: JSON.stringify(input),
    output: JSON.stringify(output),
    bestHomeBidAfter: 990_000,
    bestAwayBidAfter: 400_000,
    ...over,
  };
}

function marketInput(
  team: "home" | "away",
  ticker: string,
  quote: DecisionInput["markets"][number]["quote"],
): DecisionInput["markets"][number] {
  return {
    team,
    ticker,
    quote,
    exchangeIndex: 0,
    status: "active",
    grid: [],
    isDerived: false,
    recentVolume: null,
    recentRange: null,
    staleBecause: null,
  };
}
