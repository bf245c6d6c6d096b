import { sleep } from "@temporalio/activity";
import type { Logger } from "pino";
import { STRATEGIES } from "../core/domain/order.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import type { Market } from "../core/domain/market.ts";
import { settlementValue } from "../core/domain/settlement.ts";
import type { RunClock } from "../core/domain/time.ts";
import { ONE_USD_MICROS } from "../core/domain/units.ts";
import type { Venue } from "../core/domain/venue.ts";
import { failure } from "../runtime/failure.ts";
import type { Db } from "../schema/database.ts";
import { setMarket, setResult } from "../schema/queries/games.ts";
import { openOrders } from "../schema/queries/orders.ts";
import { positionsOfGame } from "../schema/queries/positions.ts";
import { settleMarket } from "../schema/queries/settlements.ts";
import type { ScoreFeeds } from "./ports.ts";

/** How a look at a game's settlement ended. */
export interface SettleOutcome {
  readonly at: number;
  readonly isDetermined: boolean;
  /** Who won, once every market of the game is settled in the ledger; null before. */
  readonly result: "home" | "away" | "void" | null;
}

export interface SettleDeps {
  readonly db: Db;
  readonly feeds: ScoreFeeds;
  readonly venue: Venue;
  readonly clock: RunClock;
  readonly log: Logger;
}

/** Run time and least wall time between two looks. */
const LOOK_MS = 10_000;
const LOOK_FLOOR_WALL_MS = 250;
const CHUNK_WALL_MS = 50_000;

/** Waits for the venue's final word and books it. Exactly once per game, market and strategy. */
export const createSettleActivities = (deps: SettleDeps) => ({
  /** Looks until the markets are final or the chunk is over. */
  async awaitSettlement(request: { readonly game: GameRef }): Promise<SettleOutcome> {
    const startedWall = performance.now();
    for (;;) {
      const markets = await readMarkets(deps, request.game);
      const outcome = await settle(deps, request.game, markets);
      if (outcome.result !== null || outcome.isDetermined) return outcome;
      if (performance.now() - startedWall > CHUNK_WALL_MS) return outcome;
      await sleep(Math.max(LOOK_FLOOR_WALL_MS, LOOK_MS / deps.clock.speed));
    }
  },
});
export type SettleActivities = ReturnType<typeof createSettleActivities>;

async function readMarkets(deps: SettleDeps, game: GameRef): Promise<readonly Market[]> {
  const markets: Market[] = [];
  for (const { ticker } of game.markets) {
    const market = await deps.venue.market(ticker);
    if (market === null) continue;
    markets.push(market);
    await setMarket(deps.db, game.gameId, ticker, market);
  }
  return markets;
}

async function settle(
  deps: SettleDeps,
  game: GameRef,
  markets: readonly Market[],
): Promise<SettleOutcome> {
  const at = deps.clock.now();
  const isWhole = markets.length === game.markets.length && markets.length > 0;
  const isDetermined =
    isWhole && markets.every(({ status }) => status === "determined" || status === "finalized");
  const isFinal = isWhole && markets.every(({ status }) => status === "finalized");
  if (!isFinal) {
    // Determined is said once: the workflow asks again, and waits for the final word.
    if (isDetermined) await sleep(Math.max(LOOK_FLOOR_WALL_MS, LOOK_MS / deps.clock.speed));
    return { at, isDetermined, result: null };
  }
  await requireNothingOpen(deps, game);
  for (const market of markets) await settleOne(deps, game, market);
  const result = winner(game, markets);
  await setResult(deps.db, game.gameId, { result, ...(await finalScore(deps, game)), at });
  deps.log.info({ gameId: game.gameId, result }, "game settled");
  return { at, isDetermined: true, result };
}

async function settleOne(deps: SettleDeps, game: GameRef, market: Market): Promise<void> {
  if (market.result === null) throw new Error(`${market.ticker} is finalized without a result`);
  const value = settlementValue(market.result, market.settlementValue);
  const held = await positionsOfGame(deps.db, game.gameId);
  for (const strategy of STRATEGIES) {
    const holds = held.some(
      (one) => one.market_ticker === market.ticker && one.strategy === strategy,
    );
    if (!holds) continue;
    const outcome = await settleMarket(deps.db, {
      gameId: game.gameId,
      marketTicker: market.ticker,
      strategy,
      result: market.result,
      value,
      at: deps.clock.now(),
    });
    if (outcome.kind === "orders-open") {
      throw failure("VENUE_UNAVAILABLE", { open: outcome.clientOrderIds, ticker: market.ticker });
    }
  }
}

/** A fill that is still to come belongs into the settlement: reconciliation follows such orders to their end. */
async function requireNothingOpen(deps: SettleDeps, game: GameRef): Promise<void> {
  const open = (await openOrders(deps.db, game.mode)).filter((row) => row.game_id === game.gameId);
  if (open.length === 0) return;
  throw failure("VENUE_UNAVAILABLE", { open: open.map((row) => row.client_order_id) });
}

/** The final score as a feed shows it; money needs the venue's word only, so a missing feed costs nothing. */
async function finalScore(
  deps: SettleDeps,
  game: GameRef,
): Promise<{ readonly homeScore: number | null; readonly awayScore: number | null }> {
  const asks = [
    () => deps.feeds.nbaScoreboard(),
    () => deps.feeds.espnScoreboard(game.tradingDate),
  ];
  for (const ask of asks) {
    try {
      const { games } = (await ask()).value;
      const found = games.find(
        (one) => one.isFinal && one.home === game.home && one.away === game.away,
      );
      if (found !== undefined) return { homeScore: found.homeScore, awayScore: found.awayScore };
    } catch (error) {
      deps.log.warn({ gameId: game.gameId, error: String(error) }, "final score not read");
    }
  }
  return { homeScore: null, awayScore: null };
}

/** Home or away by the value a YES contract paid; anything between is void: nobody won. */
function winner(game: GameRef, markets: readonly Market[]): "home" | "away" | "void" {
  for (const market of markets) {
    if (market.result === null || market.result === "scalar") return "void";
    const value = settlementValue(market.result, market.settlementValue);
    const team = game.markets.find(({ ticker }) => ticker === market.ticker)?.team;
    if (team === undefined) continue;
    const paid = value === ONE_USD_MICROS;
    return paid === (team === "home") ? "home" : "away";
  }
  return "void";
}
