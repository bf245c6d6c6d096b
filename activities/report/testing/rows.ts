import type {
  ChangeRow,
  MarketRow,
  PriceRow,
  ReportRows,
  ScoreRow,
} from "../../../schema/queries/report-rows.ts";
import type { ReportInputs, VenueAccount } from "../inputs.ts";
import {
  candidateRow,
  fillRow,
  gameRow,
  intentRow,
  LAL,
  MINUTE,
  type NamedGame,
  NYK,
  orderRow,
  terms,
  TIP,
} from "./night.ts";

/*
 * A night of two games, by hand.
 * NYK (home) beats BOS. Pregame-anchored buys 10 NYK at 0.55, maker fee 0.0434, and holds: +4.50.
 * Model-edge buys 20 NYK at 0.60 in two fills (fees 0.20 + 0.14), sells 15 at 0.70 (take-profit,
 * fee 0.2205) and settles 5: 15 * 0.10 + 5 * 0.40 = +3.50.
 * LAL (home) loses to DEN. Pregame-anchored buys 10 LAL at 0.50, fee 0.0438: -5.00.
 * Mean reversion never trades; one model-edge entry in LAL is refused.
 * Gross 3.00, fees 0.0434 + 0.34 + 0.2205 + 0.0438 = 0.6477, net 2.3523; cash 10,000 -> 10,002.3523.
 */
const NET_MICROS = 2_352_300;
const START_MICROS = 10_000_000_000;

const ALARM: ReportRows["alarms"][number] = {
  gameId: LAL.gameId,
  severity: "warning",
  code: "feed_invalid",
  field: "competitions[0].status",
  message: "espn answered <html>",
  raisedAt: TIP + 5 * MINUTE,
  count: 3,
  clearedAt: TIP + 6 * MINUTE,
};

/** The rows of the hand-made night. */
export function nightRows(over: Partial<ReportRows> = {}): ReportRows {
  return {
    run: {
      runId: "trading-day/paper/2026-11-20",
      mode: "paper",
      tradingDay: "2026-11-20",
      source: "world:7",
      seed: 7,
      speed: 60,
      commit: "4c2d81b",
      configHash: "c0ffee",
      config: JSON.stringify({ decision: { strategies: {} } }),
      manifest: JSON.stringify({ isDerivedBook: false, lacks: [] }),
      startedAt: TIP - 60 * MINUTE,
      endedAt: TIP + 180 * MINUTE,
    },
    games: [gameRow(NYK), gameRow(LAL, { result: "away", homeScore: 98, awayScore: 102 })],
    markets: [...markets(NYK, true), ...markets(LAL, false)],
    ...trades(),
    settlements: [
      settlement(NYK, "pregame-anchored", 1_000, 1_000_000),
      settlement(NYK, "model-edge", 500, 1_000_000),
      settlement(LAL, "pregame-anchored", 1_000, 0),
    ],
    openPositions: [],
    scores: [...scores(NYK, true), ...scores(LAL, false)],
    breakers: [],
    alarms: [ALARM],
    cycles: [NYK, LAL].map((game) => ({
      gameId: game.gameId,
      evaluations: 300,
      candidates: 20,
      proposed: 2,
      approved: game === NYK ? 1 : 0,
      traded: game === NYK ? 1 : 0,
      skipped: JSON.stringify({
        "mean-reversion": { range_too_small: 250, warming_up: 50 },
        "model-edge": { edge_below_threshold: 280 },
      }),
      edges: JSON.stringify({ "model-edge": { "-2": 200, "0": 60, "3": 20 } }),
    })),
    verdictCounts: [NYK, LAL].flatMap(({ gameId }) => [
      { gameId, strategy: "model-edge", code: "edge_below_threshold", isLive: true, count: 140 },
      { gameId, strategy: "mean-reversion", code: "range_too_small", isLive: true, count: 140 },
    ]),
    candidates: [candidateRow()],
    prices: [NYK, LAL].flatMap((game, i) => prices(game, i === 0)),
    changes: [NYK, LAL].flatMap(changes),
    consistency: {
      decisions: 24,
      verdicts: 72,
      decisionsUnparsable: 0,
      decisionsOfOtherConfig: 0,
      intentsWithoutDecision: 0,
      ordersWithOtherFills: 0,
      ordersWithOtherUpdates: 0,
      ledgerUnbalanced: 0,
    },
    cash: {
      start: START_MICROS,
      end: START_MICROS + NET_MICROS,
      account: START_MICROS + NET_MICROS,
      beside: 0,
      foreign: 0,
    },
    foreign: [],
    ...over,
  };
}

/** The hand-made night with everything a report is made of. */
export function nightInputs(over: Partial<ReportInputs> = {}): ReportInputs {
  const rows = over.rows ?? nightRows();
  return {
    rows,
    isStopped: false,
    router: "off: never judged",
    venue: {
      cash: rows.cash.account as VenueAccount["cash"], // Test boundary.
      orders: [],
      positions: [],
    },
    workflows: rows.games.map(({ gameId }) => ({
      gameId,
      runId: "4f0c",
      historyEvents: 2_100,
      actions: 1_200,
    })),
    spreadPnl: [],
    logs: { lines: 900, unparsable: 0 },
    ...over,
  };
}

function trades(): Pick<ReportRows, "intents" | "orders" | "fills"> {
  const live = { strategy: "model-edge", phase: "live" } as const;
  const sell = { purpose: "exit", exitType: "take-profit" } as const;
  const lal = { gameId: LAL.gameId, intentKey: `${LAL.gameId}/1` };
  const liveTerms = terms({ strategy: "model-edge", phase: "live" });
  return {
    intents: [
      intentRow(1),
      intentRow(2, { ...live, terms: JSON.stringify(liveTerms), proposedAt: TIP + 20 * MINUTE }),
      intentRow(3, { ...live, ...sell, proposedAt: TIP + 60 * MINUTE }),
      intentRow(4, { ...lal, terms: JSON.stringify(terms({ marketTicker: LAL.homeMarket })) }),
      intentRow(5, {
        ...live,
        ...lal,
        intentKey: `${LAL.gameId}/2`,
        refusalCode: "spread_above_max",
      }),
    ],
    orders: [
      orderRow(1),
      orderRow(2, {
        ...live,
        price: 600_000,
        expectedPrice: 595_000,
        count: 2_500,
        filled: 2_000,
        status: "canceled",
        sentWallMs: 1_030,
        intendedAt: TIP + 19 * MINUTE,
        closedAt: TIP + 22 * MINUTE,
      }),
      orderRow(3, {
        ...live,
        ...sell,
        side: "ask",
        price: 700_000,
        expectedPrice: 700_000,
        count: 1_500,
        filled: 1_500,
        sentWallMs: 1_040,
        intendedAt: TIP + 60 * MINUTE,
        closedAt: TIP + 60 * MINUTE,
      }),
      orderRow(4, { gameId: LAL.gameId, marketTicker: LAL.homeMarket, price: 500_000 }),
    ],
    fills: [
      fillRow(1),
      fillRow(2, { price: 600_000, count: 1_200, fee: 200_000, filledAt: TIP + 20 * MINUTE }),
      fillRow(2, {
        fillId: "fill-2b",
        price: 600_000,
        count: 800,
        fee: 140_000,
        filledAt: TIP + 21 * MINUTE,
      }),
      fillRow(3, {
        side: "ask",
        price: 700_000,
        count: 1_500,
        fee: 220_500,
        liquidity: "taker",
        filledAt: TIP + 60 * MINUTE,
      }),
      fillRow(4, { marketTicker: LAL.homeMarket, price: 500_000, fee: 43_800 }),
    ],
  };
}

function settlement(
  game: NamedGame,
  strategy: string,
  count: number,
  value: number,
): ReportRows["settlements"][number] {
  return {
    gameId: game.gameId,
    marketTicker: game.homeMarket,
    strategy,
    value,
    count,
    revenue: (value * count) / 100,
    corrections: 0,
    settledAt: TIP + 170 * MINUTE,
  };
}

function markets(game: NamedGame, homeWon: boolean): readonly MarketRow[] {
  return (["home", "away"] as const).map((team) => ({
    gameId: game.gameId,
    marketTicker: team === "home" ? game.homeMarket : game.awayMarket,
    team,
    status: "finalized",
    settlementValue: (team === "home") === homeWon ? 1_000_000 : 0,
  }));
}

/** Forecast 0.6, market 0.5 at tip; 0.8 and 0.7 at half-time. */
function scores(game: NamedGame, homeWon: boolean): readonly ScoreRow[] {
  return [
    { instantName: "tip", model: 0.6, market: 0.5, scoredAt: TIP + 8 * MINUTE },
    { instantName: "q2", model: 0.8, market: 0.7, scoredAt: TIP + 70 * MINUTE },
    { instantName: "five-minutes-left", model: null, market: 0.9, scoredAt: TIP + 140 * MINUTE },
  ].map((row) => ({ ...row, gameId: game.gameId, homeWon }));
}

/** Three and a half hours, a point each minute: a smooth drift with the game's swings on it. */
function prices(game: NamedGame, homeWon: boolean): readonly PriceRow[] {
  return Array.from({ length: 210 }, (_, minute) => {
    const progress = Math.max(0, (minute - 40) / 140);
    const swing = 90_000 * Math.sin(minute / 9) * Math.sin(Math.PI * Math.min(1, progress));
    const drift = (homeWon ? 1 : -1) * 430_000 * Math.min(1, progress) ** 2;
    const mid = Math.round(550_000 + drift + swing);
    return {
      gameId: game.gameId,
      at: TIP + (minute - 30) * MINUTE,
      homeBid: mid - 10_000,
      homeAsk: mid + 10_000,
      awayBid: 1_000_000 - mid - 10_000,
      awayAsk: 1_000_000 - mid + 10_000,
      mid,
      model: (mid + 30_000 * Math.cos(minute / 7)) / 1_000_000,
      espn: minute < 38 ? null : (mid - 40_000 * Math.cos(minute / 5)) / 1_000_000,
    };
  });
}

function changes(game: NamedGame): readonly ChangeRow[] {
  const row = (minute: number, clockState: string, period: number, points: number): ChangeRow => ({
    gameId: game.gameId,
    at: TIP + minute * MINUTE,
    clockState,
    period,
    homeScore: points,
    awayScore: Math.max(0, points - 2),
  });
  const played = Array.from({ length: 48 }, (_, i) =>
    row(8 + i * 3, "in", 1 + Math.floor(i / 12), i * 2),
  );
  return [row(-30, "pre", 0, 0), ...played, row(152, "post", 4, 98)];
}
