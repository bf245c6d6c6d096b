import type { NightOutcome } from "../../backtest/job.ts";
import type { GameResult, NightOrder, NightResult } from "../../backtest/result.ts";
import type { GameStrategy, OrderIntent } from "../../core/domain/order.ts";
import type { SlateGame } from "../../sim/facts.ts";
import type {
  CandidateRow,
  CashRow,
  GameRow,
  IntentRow,
  MarketRow,
  OrderRow,
  ReportRows,
} from "../../schema/queries/report-rows.ts";

/** What the rows say of the run beside its nights. */
export interface RunWords {
  readonly commit: string;
  readonly configHash: string;
  readonly startingCash: number;
  readonly isRouted: boolean;
  /** The strategies that the settings let play. */
  readonly active: readonly GameStrategy[];
  /** Whether a picture of each game is drawn: too many would make a page that nothing opens. */
  readonly hasPictures: boolean;
}

/** One game of a night, with what its slate says of it. */
interface PlayedGame {
  readonly slate: SlateGame;
  readonly game: GameResult;
  /** Unique over all nights: worlds of other seeds may have the same event. */
  readonly gameId: string;
}

/** A bid that was seen after a candidate, by team. */
const NO_BIDS = { home: null, away: null } as const;

/** Nights of a backtest as the rows of one run, so that their report is made as a night's is. */
export function reportRowsOf(outcomes: readonly NightOutcome[], words: RunWords): ReportRows {
  const played = outcomes.flatMap(playedGames);
  const each = <Row>(read: (one: PlayedGame) => readonly Row[]): readonly Row[] =>
    played.flatMap((one) => read(one));
  const orders = each(ordersOf);
  return {
    run: runRow(outcomes, words),
    games: played.map(gameRow),
    markets: each(marketsOf),
    intents: each(intentsOf),
    orders,
    fills: each(({ game, gameId }) =>
      game.fills.map((fill, index) => ({
        fillId: `${gameId}/f${String(index)}`,
        clientOrderId: `${gameId} ${fill.orderId}`,
        ...{ marketTicker: fill.marketTicker, side: fill.side, price: fill.price },
        ...{ count: fill.count, fee: fill.fee, liquidity: fill.liquidity, filledAt: fill.at },
      })),
    ),
    settlements: each(({ game, gameId }) =>
      game.settlements.map(({ at, marketTicker, strategy, value, count, revenue }) => ({
        ...{ gameId, marketTicker, strategy, value, count, revenue, settledAt: at },
        corrections: 0,
      })),
    ),
    openPositions: each(({ game, gameId }) => game.unsettled.map((one) => ({ gameId, ...one }))),
    scores: each(({ game, gameId }) =>
      (game.log?.scores ?? []).map((score) => ({ gameId, ...score })),
    ),
    breakers: outcomes
      .flatMap(({ result }) => result.breakers)
      .map((one, index) => ({
        breakerId: index + 1,
        ...{ breaker: one.breaker, cause: one.cause, numbers: JSON.stringify(one.numbers) },
        ...{ level: one.level, trippedAt: one.trippedAt },
        ...{ releasedAt: null, releasedBy: null, releaseReason: null },
      })),
    alarms: outcomes.flatMap(alarmsOf),
    cycles: each(cyclesOf),
    verdictCounts: each(({ game, gameId }) =>
      (game.log?.verdictCounts ?? []).map((one) => ({ gameId, ...one })),
    ),
    candidates: each(candidatesOf),
    prices: words.hasPictures
      ? each(({ game, gameId }) => (game.log?.prices ?? []).map((one) => ({ gameId, ...one })))
      : [],
    changes: words.hasPictures
      ? each(({ game, gameId }) => (game.log?.changes ?? []).map((one) => ({ gameId, ...one })))
      : [],
    consistency: {
      decisions: outcomes.reduce((sum, { result }) => sum + result.decisions, 0),
      verdicts: each(({ game }) => game.log?.verdictCounts ?? []).reduce(
        (sum, { count }) => sum + count,
        0,
      ),
      ...{ decisionsUnparsable: 0, decisionsOfOtherConfig: 0, intentsWithoutDecision: 0 },
      ordersWithOtherFills: orders.filter((order) => !isFilledAsTold(order, played)).length,
      ...{ ordersWithOtherUpdates: 0, ledgerUnbalanced: 0 },
    },
    cash: cashRow(outcomes, words),
    foreign: [],
  };
}

/** Of what a night went without, that which is an alarm of a live night too. */
function alarmsOf({ manifest, without }: NightOutcome): ReportRows["alarms"] {
  return without
    .filter(({ what }) => what === "ratings")
    .map(({ reason }) => ({
      ...{ gameId: null, severity: "critical", code: "ratings_stale", field: null },
      ...{ message: reason, raisedAt: manifest.startAt, count: 1, clearedAt: null },
    }));
}

function playedGames({ manifest, result }: NightOutcome): readonly PlayedGame[] {
  return result.games.flatMap((game) => {
    const slate = manifest.games.find(({ eventTicker }) => eventTicker === game.eventTicker);
    return slate ? [{ slate, game, gameId: `game/${manifest.name}/${game.eventTicker}` }] : [];
  });
}

function runRow(outcomes: readonly NightOutcome[], words: RunWords): ReportRows["run"] {
  const manifests = outcomes.map(({ manifest }) => manifest);
  const [first] = manifests;
  const dates = manifests.map(({ date }) => date).sort();
  return {
    runId: "backtest",
    mode: "backtest",
    tradingDay: dates.at(-1) ?? "",
    source:
      manifests.length === 1
        ? (first?.name ?? "")
        : `backtest of ${String(manifests.length)} nights`,
    seed: manifests.length === 1 ? (first?.seed ?? null) : null,
    speed: 1,
    commit: words.commit,
    configHash: words.configHash,
    config: JSON.stringify({ decision: { strategies: { active: words.active } } }),
    manifest: JSON.stringify({
      isDerivedBook: manifests.some(({ isDerivedBook }) => isDerivedBook),
      lacks: [...new Set(manifests.flatMap(({ lacks }) => lacks))],
      games: manifests.flatMap(({ games }) => games),
    }),
    startedAt: Math.min(...manifests.map(({ startAt }) => startAt)),
    endedAt: Math.max(...manifests.map(({ endAt }) => endAt)),
  };
}

function gameRow({ slate, game, gameId }: PlayedGame): GameRow {
  const { eventTicker, home, away, tipAt } = slate;
  const { homeWon, finalScore } = game;
  return {
    ...{ gameId, eventTicker, home, away, tipAt, matchConfidence: 1 },
    phase: homeWon === null ? "void" : "scored",
    result: homeWon === null ? "void" : homeWon ? "home" : "away",
    homeScore: finalScore?.home ?? null,
    awayScore: finalScore?.away ?? null,
    reconstructed: JSON.stringify(slate.reconstructed),
    workflowRunId: null,
    decisions: game.decisions,
  };
}

function marketsOf({ slate, game, gameId }: PlayedGame): readonly MarketRow[] {
  return slate.marketTickers.map((marketTicker) => {
    const team = marketTicker.endsWith(`-${slate.home}`) ? "home" : "away";
    const isWon = game.homeWon === null ? null : game.homeWon === (team === "home");
    const paid = game.settlements.find((one) => one.marketTicker === marketTicker)?.value ?? null;
    const settlementValue = isWon === null ? paid : isWon ? 1_000_000 : 0;
    return { gameId, marketTicker, team, status: "finalized", settlementValue };
  });
}

function intentsOf({ game, gameId }: PlayedGame): readonly IntentRow[] {
  return game.intents.map((one) => ({
    clientOrderId: `${gameId} ${one.clientOrderId}`,
    parentId: one.parentId === null ? null : `${gameId} ${one.parentId}`,
    intentKey: one.clientOrderId,
    decisionId: one.decisionId,
    gameId,
    ...termsOf(one.intent),
    terms: JSON.stringify(one.intent),
    refusalCode: one.refusalCode,
    proposedAt: one.proposedAt,
  }));
}

function ordersOf({ game, gameId }: PlayedGame): readonly OrderRow[] {
  return game.intents
    .filter(({ refusalCode }) => refusalCode === null)
    .map((one): OrderRow => {
      const { plan, marketTicker, side, count } = one.intent;
      return {
        clientOrderId: `${gameId} ${one.clientOrderId}`,
        parentId: one.parentId === null ? null : `${gameId} ${one.parentId}`,
        gameId,
        ...termsOf(one.intent),
        ...{ marketTicker, side, count, price: plan.price, filled: one.filled },
        status: one.status,
        // All are sent: nothing here keeps an order back.
        rejectCode: null,
        venueOrderId: one.clientOrderId,
        expectedFillProbability: plan.expectedFillProbability,
        expectedPrice: plan.expectedPrice,
        ...{ quoteReceivedWallMs: null, sentWallMs: null },
        intendedAt: one.proposedAt,
        closedAt: one.closedAt,
      };
    });
}

function termsOf({ strategy, purpose, exitType, phase }: OrderIntent) {
  return { strategy, purpose, exitType, phase };
}

function isFilledAsTold(order: OrderRow, played: readonly PlayedGame[]): boolean {
  const game = played.find(({ gameId }) => gameId === order.gameId);
  const fills = game?.game.fills.filter(({ orderId }) => orderId === order.venueOrderId) ?? [];
  return fills.reduce((sum, { count }) => sum + count, 0) === order.filled;
}

function cyclesOf({ game, gameId }: PlayedGame): ReportRows["cycles"] {
  if (game.log === null) return [];
  const { evaluations, candidates, proposed, skipped, edges } = game.log;
  const first = game.intents.filter(
    ({ parentId, refusalCode }) => parentId === null && refusalCode === null,
  );
  const filled = new Set(game.intents.filter((one) => one.filled > 0).map(({ rootId }) => rootId));
  return [
    {
      ...{ gameId, evaluations, candidates, proposed, skipped, edges },
      approved: first.length,
      traded: first.filter(({ rootId }) => filled.has(rootId)).length,
    },
  ];
}

function candidatesOf(played: PlayedGame): readonly CandidateRow[] {
  const { game, gameId } = played;
  const skipped = (game.log?.missed ?? []).map((one): CandidateRow => {
    const bids = bestBidsAfter(game, one.at);
    return {
      ...{ gameId, strategy: one.strategy, code: one.code, edge: one.edge, decidedAt: one.at },
      ...{ refusedMarket: null, refusedTerms: null, input: one.input, output: one.output },
      ...{ bestHomeBidAfter: bids.home, bestAwayBidAfter: bids.away },
    };
  });
  const decisions = new Map((game.log?.decisions ?? []).map((one) => [one.decisionId, one]));
  const refused = firstRefusals(game.intents).map((one): CandidateRow => {
    const decision = decisions.get(one.decisionId);
    const bids = bestBidsAfter(game, one.proposedAt);
    return {
      ...{ gameId, strategy: one.intent.strategy, code: one.refusalCode ?? "" },
      ...{ edge: Math.round(one.intent.edgeMicros), decidedAt: one.proposedAt },
      refusedMarket: one.intent.marketTicker,
      refusedTerms: JSON.stringify(one.intent),
      ...{ input: decision?.input ?? null, output: decision?.output ?? null },
      ...{ bestHomeBidAfter: bids.home, bestAwayBidAfter: bids.away },
    };
  });
  return [...skipped, ...refused];
}

/** The first refused entry by strategy, market and rule. */
function firstRefusals(intents: readonly NightOrder[]): readonly NightOrder[] {
  const first = new Map<string, NightOrder>();
  for (const one of intents) {
    if (one.refusalCode === null || one.parentId !== null || one.intent.purpose !== "entry") {
      continue;
    }
    const key = `${one.intent.strategy} ${one.intent.marketTicker} ${one.refusalCode}`;
    if (!first.has(key)) first.set(key, one);
  }
  return [...first.values()];
}

function bestBidsAfter(
  { log }: GameResult,
  at: number,
): { readonly home: number | null; readonly away: number | null } {
  if (log === null) return NO_BIDS;
  let [home, away]: [number | null, number | null] = [null, null];
  for (const price of log.prices) {
    if (price.at <= at) continue;
    if (price.homeBid !== null) home = Math.max(home ?? 0, price.homeBid);
    if (price.awayBid !== null) away = Math.max(away ?? 0, price.awayBid);
  }
  return { home, away };
}

/** Every night has the starting cash for itself: their sum begins with all of it. */
function cashRow(outcomes: readonly NightOutcome[], { startingCash }: RunWords): CashRow {
  const start = startingCash * outcomes.length;
  const end = outcomes.reduce(
    (sum, { result }: { readonly result: NightResult }) => sum + result.cash,
    0,
  );
  return { start, end, account: end, beside: 0, foreign: 0 };
}
