import { sleep } from "@temporalio/activity";
import { netOf } from "../core/domain/account-comparison.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import { type Occasion, occasionOfGame } from "../core/domain/occasion.ts";
import type { Market } from "../core/domain/market.ts";
import {
  isSilent,
  isVoid,
  readWord,
  type SettlementWord,
  settlementValue,
  VOID,
} from "../core/domain/settlement.ts";
import { instant, ONE_USD_MICROS, type UsdMicros } from "../core/domain/units.ts";
import { failure } from "../runtime/failure.ts";
import { toInstant } from "../schema/database.ts";
import { settleDecisions } from "../schema/queries/btc-orders.ts";
import { setMarket, setResult } from "../schema/queries/games.ts";
import { openOrders, ordersOfOccasion } from "../schema/queries/orders.ts";
import { positionsOfOccasion } from "../schema/queries/positions.ts";
import { settleMarket } from "../schema/queries/settlements.ts";
import { heldAtVenue } from "./absence.ts";
import { type AccountDeps, takeInFills } from "./account.ts";
import { gameOf } from "./game-of.ts";
import type { ScoreFeeds } from "./ports.ts";
import { ownReturn } from "./void-return.ts";

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

/** Run time and least wall time between two looks; once a market is determined, a chunk of waiting is one look. */
export const SETTLE_LOOK_MS = 10_000;
const LOOK_FLOOR_WALL_MS = 250;
const CHUNK_WALL_MS = 50_000;
/** Clocks of ours and the venue's may differ. Run time. */
const SETTLED_SINCE_MS = 120_000;

/** Waits for the venue's final word and books it. Exactly once per occasion, market and strategy. */
export const createSettleActivities = (deps: SettleDeps) => ({
  /** Looks until the markets are final or the chunk is over. */
  async awaitSettlement(request: { readonly game: GameRef }): Promise<SettleOutcome> {
    const startedWall = performance.now();
    for (;;) {
      const markets = await readMarkets(deps, occasionOfGame(request.game));
      const outcome = await settle(deps, request.game, markets);
      if (outcome.result !== null || outcome.isDetermined) return outcome;
      if (performance.now() - startedWall > CHUNK_WALL_MS) return outcome;
      await sleep(Math.max(LOOK_FLOOR_WALL_MS, SETTLE_LOOK_MS / deps.clock.speed));
    }
  },
});
export type SettleActivities = ReturnType<typeof createSettleActivities>;

async function readMarkets(deps: SettleDeps, occasion: Occasion): Promise<readonly Market[]> {
  const markets: Market[] = [];
  for (const { ticker } of occasion.markets) {
    const market = await readMarket(deps, occasion, ticker);
    if (market !== null) markets.push(market);
  }
  return markets;
}

/** Reads a market; what the venue says of a game's is kept beside the game. */
async function readMarket(
  deps: SettleDeps,
  { occasionId, domain }: Occasion,
  ticker: string,
): Promise<Market | null> {
  const market = await deps.venue.market(ticker);
  if (market !== null && domain === "nba") await setMarket(deps.db, occasionId, ticker, market);
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
    if (isDetermined) await sleep(Math.max(LOOK_FLOOR_WALL_MS, SETTLE_LOOK_MS / deps.clock.speed));
    return { at, isDetermined, result: null };
  }
  deps.step?.("settle.1-final-word");
  const occasion = occasionOfGame(game);
  for (const market of markets) await requireNothingOpen(deps, occasion, market.ticker);
  for (const market of markets) await completeFills(deps, occasion, market.ticker);
  deps.step?.("settle.2-fills-complete");
  for (const market of markets) await settleOne(deps, occasion, market);
  await deps.breakers.changed("losses");
  const result = await writeResult(deps, game, markets);
  return { at, isDetermined: true, result };
}

/**
 * Books what the venue has said its final word on, market by market, for an occasion that nobody waits for
 * any more. One market that cannot be booked yet does not hold up another. The same bookings as a game's
 * own, so whoever comes second finds them. Only a game has a winner to be written down.
 *
 * @returns the markets that are booked, by now or before.
 */
export async function settleFinished(
  deps: SettleDeps,
  occasion: Occasion,
): Promise<readonly Market[]> {
  const { occasionId, domain, mode } = occasion;
  const booked: Market[] = [];
  for (const { ticker } of occasion.markets) {
    try {
      const market = await readMarket(deps, occasion, ticker);
      if (market?.status !== "finalized") continue;
      await requireNothingOpen(deps, occasion, ticker);
      await completeFills(deps, occasion, ticker);
      await settleOne(deps, occasion, market);
      booked.push(market);
    } catch (error) {
      const details = { occasionId, ticker, error: String(error) };
      deps.log.error(details, "a market cannot be settled yet");
    }
  }
  if (booked.length > 0) await deps.breakers.changed("losses");
  if (domain === "btc" && booked.length > 0) {
    // The contract's end may have been in the tables before these fills were in the ledger.
    const tickers = booked.map(({ ticker }) => ticker);
    await settleDecisions(deps.db, mode, tickers);
  }
  if (domain === "nba" && booked.length === occasion.markets.length) {
    await writeResult(deps, await gameOf(deps.db, occasionId, mode), booked);
  }
  return booked;
}

/** Writes down who won, with the final score where a feed shows it. */
export async function writeResult(
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

async function settleOne(
  deps: SettleDeps,
  { occasionId }: Occasion,
  market: Market,
): Promise<void> {
  const held = (await positionsOfOccasion(deps.db, occasionId)).filter(
    (one) => one.market_ticker === market.ticker,
  );
  const isHeld = held.some((one) => one.position_centi !== 0);
  const paid = await wordOf(deps, { occasionId, market, isHeld });
  const owners = held.map((one) => one.strategy);
  for (const strategy of new Set(owners)) {
    const settlement = {
      occasionId,
      marketTicker: market.ticker,
      strategy,
      ...paid,
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
 * What a market that is final says. Its silence is no money: where something is held the account must show
 * that the cost came back, and how much of it was ours.
 *
 * @throws FEED_INVALID when that is no word, or not yet one.
 */
async function wordOf(
  deps: SettleDeps,
  {
    occasionId,
    market,
    isHeld,
  }: { readonly occasionId: string; readonly market: Market; readonly isHeld: boolean },
): Promise<SettlementWord & { readonly returned: UsdMicros | null }> {
  const { ticker } = market;
  if (isSilent(market)) {
    const paid = await deps.venue.settlements(market.openAt);
    const row = paid.find(({ marketTicker }) => marketTicker === ticker);
    if (row?.result === "void") {
      return { ...VOID, returned: await ownReturn(deps, occasionId, row) };
    }
    if (!isHeld && isVoid(market, deps.clock.now())) return { ...VOID, returned: null };
  }
  const word = readWord(market);
  if (!("field" in word)) return { ...word, returned: null };
  throw failure("FEED_INVALID", { source: "kalshi", ...word, externalId: ticker });
}

/**
 * Takes in what the venue shows late of our orders: a fill that it tells after its order's end, or
 * after the cancel, is part of what it settles. Fills that do not add up to what it settled are not
 * all of them: then this waits.
 */
async function completeFills(
  deps: SettleDeps,
  { occasionId }: Occasion,
  marketTicker: string,
): Promise<void> {
  const ours = (await ordersOfOccasion(deps.db, occasionId)).filter(
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
  { occasionId, mode }: Occasion,
  marketTicker: string,
): Promise<void> {
  const open = (await openOrders(deps.db, mode)).filter(
    (row) => row.occasion_id === occasionId && row.market_ticker === marketTicker,
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
