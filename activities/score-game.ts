import type { Instant } from "../core/domain/units.ts";
import { type GameObservation, scoreGame } from "../core/scoring/game-instants.ts";
import { type Db, toDate, toInstant } from "../schema/database.ts";
import { findGame, setPhase } from "../schema/queries/games.ts";
import { observationsOfGame } from "../schema/queries/observations.ts";
import { forgetScores, storeScores } from "../schema/queries/scores.ts";

/** How a game came out. */
type GameResult = "home" | "away" | "void";

/** Scores a game's forecasts by what was observed of it. Again, it replaces what is there. */
export async function storeGameScores(db: Db, gameId: string, homeWon: boolean): Promise<void> {
  const game = await findGame(db, gameId);
  if (game === null) return;
  const observations: readonly GameObservation[] = await observationsOfGame(db, gameId);
  const scheduledTipAt = toInstant(game.tip_at);
  const scores = scoreGame(observations, { scheduledTipAt, homeWon });
  await storeScores(
    db,
    gameId,
    scores.map((one) => ({
      game_id: gameId,
      instant_name: one.instantName,
      scored_at: toDate(one.scoredAt),
      model_probability: one.model,
      market_probability: one.market,
      home_won: one.homeWon,
    })),
  );
}

/** Closes a game by its result: its scores, none when nobody won, and its phase. */
export async function closeGame(
  db: Db,
  gameId: string,
  result: GameResult,
  at: Instant,
): Promise<void> {
  if (result === "void") await forgetScores(db, gameId);
  else await storeGameScores(db, gameId, result === "home");
  await setPhase(db, gameId, result === "void" ? "void" : "scored", at);
}

/** Closes a game anew that was closed by another result. One that was not has its workflow to do it. */
export async function closeGameAnew(
  db: Db,
  gameId: string,
  result: GameResult,
  at: Instant,
): Promise<void> {
  const phase = (await findGame(db, gameId))?.phase;
  if (phase === "scored" || phase === "void") await closeGame(db, gameId, result, at);
}
