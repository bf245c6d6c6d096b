import type { Mode } from "../core/domain/decision.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import { parseEventTicker } from "../core/domain/ids.ts";
import { type Db, toInstant } from "../schema/database.ts";
import { findGame, marketsOfGame } from "../schema/queries/games.ts";

/** The game behind a position, as its workflow knows it. @throws Error when there is none of this id. */
export async function gameOf(db: Db, gameId: string, mode: Mode): Promise<GameRef> {
  const [game, markets] = await Promise.all([findGame(db, gameId), marketsOfGame(db, gameId)]);
  if (game === null) throw new Error(`no game ${gameId} behind a position`);
  return {
    gameId: game.game_id,
    runId: game.run_id,
    mode,
    eventTicker: game.event_ticker,
    home: game.home,
    away: game.away,
    tradingDate: parseEventTicker(game.event_ticker)?.date ?? "",
    tipAt: toInstant(game.tip_at),
    espnEventId: game.espn_event_id,
    nbaGameId: game.nba_game_id,
    markets: markets.map(({ market_ticker, team, exchange_index }) => ({
      ticker: market_ticker,
      team,
      exchangeIndex: exchange_index,
    })),
  };
}
