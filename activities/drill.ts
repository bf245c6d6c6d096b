import type { Mode } from "../core/domain/decision.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import { type Occasion, occasionOfGame } from "../core/domain/occasion.ts";
import { DRILL, type OrderIntent } from "../core/domain/order.ts";
import { snap } from "../core/domain/price-grid.ts";
import type { RunClock } from "../core/domain/time.ts";
import { countCenti, ONE_CONTRACT_CENTI } from "../core/domain/units.ts";
import type { Venue } from "../core/domain/venue.ts";
import { DRILL_DISTANCE_MICROS } from "../core/risk/rules/order.ts";
import { wallNow } from "../runtime/wall.ts";
import type { Db } from "../schema/database.ts";
import { gamesOfRun } from "../schema/queries/games.ts";
import { playedRun } from "../schema/queries/runs.ts";
import { gameOf } from "./game-of.ts";
import { askQuote } from "./kill-market.ts";
import type { QuoteMarks } from "./risk-inputs.ts";

/** A bid that a drill would rest: what placing it needs beside its key. */
export interface DrillBid {
  readonly occasion: Occasion;
  readonly intent: OrderIntent<typeof DRILL>;
  readonly quote: QuoteMarks;
}

interface DrillDeps {
  readonly db: Db;
  readonly venue: Venue;
  readonly clock: RunClock;
}

/** Enough for a kill to be measured by. */
const WANTED = 5;

/** What a drill needs before its kill. */
export const createDrillActivities = (deps: DrillDeps) => ({
  /**
   * Plans a few bids of one contract at the lowest price, in markets of the night whose best bid is far above
   * it: none when no night is played, or no market is such.
   */
  async planDrill({ mode }: { readonly mode: Mode }): Promise<readonly DrillBid[]> {
    const run = await playedRun(deps.db, mode);
    if (run === null) return [];
    const bids: DrillBid[] = [];
    for (const { game_id } of await gamesOfRun(deps.db, run.run_id)) {
      const game = await gameOf(deps.db, game_id, mode);
      for (const { ticker } of game.markets) {
        const bid = await planBid(deps, game, ticker);
        if (bid !== null) bids.push(bid);
        if (bids.length >= WANTED) return bids;
      }
    }
    return bids;
  },
});
export type DrillActivities = ReturnType<typeof createDrillActivities>;

async function planBid(
  { venue, clock }: DrillDeps,
  game: GameRef,
  ticker: string,
): Promise<DrillBid | null> {
  const market = await venue.market(ticker);
  if (market?.status !== "active") return null;
  const { bid, ask, receivedAt } = await askQuote({ venue, clock }, ticker);
  const price = snap(0, market.grid, "up");
  if (price === null || bid === null || price > bid - DRILL_DISTANCE_MICROS) return null;
  return {
    occasion: occasionOfGame(game),
    quote: { bidMicros: bid, askMicros: ask, receivedAt, receivedWallMs: wallNow() },
    intent: {
      strategy: DRILL,
      purpose: "entry",
      exitType: null,
      phase: game.tipAt > clock.now() ? "pregame" : "live",
      marketTicker: ticker,
      eventTicker: game.eventTicker,
      exchangeIndex: market.exchangeIndex,
      side: "bid",
      count: countCenti(ONE_CONTRACT_CENTI),
      isReduceOnly: false,
      limitPrice: price,
      // No forecast stands behind it: it is worth what it bids, and no edge is claimed.
      fairValue: price,
      edgeMicros: 0,
      plan: {
        price,
        timeInForce: "good_till_canceled",
        isPostOnly: true,
        expectedFillProbability: 0,
        expectedPrice: price,
      },
      mayTakeFallback: false,
    },
  };
}
