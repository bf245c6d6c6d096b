import { sleep } from "@temporalio/activity";
import { netOf } from "../core/domain/account-comparison.ts";
import { ORDER_OWNERS } from "../core/domain/order.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import type { Market } from "../core/domain/market.ts";
import { settlementValue } from "../core/domain/settlement.ts";
import { instant, ONE_USD_MICROS } from "../core/domain/units.ts";
import { failure } from "../runtime/failure.ts";
import { toInstant } from "../schema/database.ts";
import { setMarket, setResult } from "../schema/queries/games.ts";
import { openOrders, ordersOfGame } from "../schema/queries/orders.ts";
import { positionsOfGame } from "../schema/queries/positions.ts";
import { settleMarket } from "../schema/queries/settlements.ts";
import { heldAtVenue } from "./absence.ts";
import { type AccountDeps, takeInFills } from "./account.ts";
import type { ScoreFeeds } from "./ports.ts";

/** How a look at a game's settlement ended. */
export interface SettleOutcome {
  readonly at: number;
  readonly isDetermined: boolean;
  /** Who won, once every market of the game is settled in the ledger; null before. */
  readonly result: "home" | "away" | "void" | null;
}

export interface SettleDeps extends AccountDeps {
  readonly feeds: ScoreFeeds;
}

/** Run time and least wall time between two looks. */
const LOOK_MS = 10_000;
const LOOK_FLOOR_WALL_MS = 250;
const CHUNK_WALL_MS = 50_000;
/** Clocks of ours and the venue's may differ. Run time. */
const SETTLED_SINCE_MS = 120_000;

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
    const market = await readMarket(deps, game, ticker);
    if (market !== null) markets.push(market);
  }
  return markets;
}

async function readMarket(deps: SettleDeps, game: GameRef, ticker: string): Promise<Market | null> {
  const market = await deps.venue.market(ticker);
  if (market !== null) await setMarket(deps.db, game.gameId, ticker, market);
  return market;
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
  deps.step?.("settle.1-final-word");
  for (const market of markets) await requireNothingOpen(deps, game, market.ticker);
  for (const market of markets) await completeFills(deps, game, market.ticker);
  deps.step?.("settle.2-fills-complete");
  for (const market of markets) await settleOne(deps, game, market);
  await deps.breakers.changed("losses");
  const result = await writeResult(deps, game, markets);
  return { at, isDetermined: true, result };
}

/**
 * Books what the venue has said its final word on, market by market, for a game that nobody waits for any
 * more. One market that cannot be booked yet does not hold up the other. The same bookings as the game's
 * own, so whoever comes second finds them.
 */
export async function settleFinished(deps: SettleDeps, game: GameRef): Promise<void> {
  const booked: Market[] = [];
  for (const { ticker } of game.markets) {
    try {
      const market = await readMarket(deps, game, ticker);
      if (market?.status !== "finalized") continue;
      await requireNothingOpen(deps, game, ticker);
      await completeFills(deps, game, ticker);
      await settleOne(deps, game, market);
      booked.push(market);
    } catch (error) {
      const { gameId } = game;
      deps.log.error({ gameId, ticker, error: String(error) }, "a market cannot be settled yet");
    }
  }
  if (booked.length > 0) await deps.breakers.changed("losses");
  if (booked.length === game.markets.length) await writeResult(deps, game, booked);
}

async function writeResult(
  deps: SettleDeps,
  game: GameRef,
  markets: readonly Market[],
): Promise<"home" | "away" | "void"> {
  const result = winner(game, markets);
  const score = await finalScore(deps, game);
  await setResult(deps.db, game.gameId, { result, ...score, at: deps.clock.now() });
  deps.step?.("settle.7-result-written");
  deps.log.info({ gameId: game.gameId, result }, "game settled");
  return result;
}

async function settleOne(deps: SettleDeps, game: GameRef, market: Market): Promise<void> {
  if (market.result === null) throw new Error(`${market.ticker} is finalized without a result`);
  const value = settlementValue(market.result, market.settlementValue);
  const held = await positionsOfGame(deps.db, game.gameId);
  for (const strategy of ORDER_OWNERS) {
    const holds = held.some(
      (one) => one.market_ticker === market.ticker && one.strategy === strategy,
    );
    if (!holds) continue;
    const settlement = {
      gameId: game.gameId,
      marketTicker: market.ticker,
      strategy,
      result: market.result,
      value,
      at: deps.clock.now(),
    };
    const outcome = await settleMarket(deps.db, settlement, deps.step);
    deps.step?.("settle.6-committed");
    if (outcome.kind === "orders-open") {
      throw failure("VENUE_UNAVAILABLE", { open: outcome.clientOrderIds, ticker: market.ticker });
    }
  }
}

/**
 * Takes in what the venue shows late of our orders: a fill that it tells after its order's end, or
 * after the cancel, is part of what it settles. Fills that do not add up to what it settled are not
 * all of them: then this waits.
 */
async function completeFills(deps: SettleDeps, game: GameRef, marketTicker: string): Promise<void> {
  const ours = (await ordersOfGame(deps.db, game.gameId)).filter(
    (row) => row.market_ticker === marketTicker && row.venue_order_id !== null,
  );
  const [first] = ours;
  if (first === undefined) return;
  const since = instant(toInstant(first.intended_at) - SETTLED_SINCE_MS);
  const held = await heldAtVenue(deps.venue, marketTicker, since);
  const fills = await deps.venue.fills({ marketTicker, isProof: true });
  if (netOf(fills) !== held) {
    throw failure("VENUE_UNAVAILABLE", { marketTicker, settled: held, fills: netOf(fills) });
  }
  for (const row of ours) {
    const own = fills.filter((fill) => fill.venueOrderId === row.venue_order_id);
    const count = own.reduce((total, fill) => total + fill.count, 0);
    if (count > row.filled_centi) await takeInFills(deps, row, own);
  }
}

/** A fill that is still to come belongs into the settlement: reconciliation follows such orders to their end. */
async function requireNothingOpen(
  deps: SettleDeps,
  game: GameRef,
  marketTicker: string,
): Promise<void> {
  const open = (await openOrders(deps.db, game.mode)).filter(
    (row) => row.game_id === game.gameId && row.market_ticker === marketTicker,
  );
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
