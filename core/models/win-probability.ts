import { assert } from "../domain/assert.ts";
import { REGULATION_SECONDS } from "../domain/game-clock.ts";
import { quickNormalCdf, quickNormalQuantile } from "../domain/normal.ts";
import { probability, type Probability } from "../domain/units.ts";

/** Constants of the in-game model. */
export interface InGameConfig {
  /** Standard deviation of the final margin around what was expected, points. */
  readonly sigmaPoints: number;
  /** Standard deviation that remains at the last whistle, points: the last possession is never half played. */
  readonly lastPossessionPoints: number;
  /** What having the ball is worth over an even chance of having it, points of the final margin. */
  readonly possessionPoints: number;
}

/** A possession lasts this long at most, seconds: with less left the ball is worth its share of that. */
export const SHOT_CLOCK_SECONDS = 24;

/** Where the game stands. */
export interface InGameState {
  /** Home's points minus away's. */
  readonly lead: number;
  /** Seconds of game clock left. */
  readonly secsToGameEnd: number;
  readonly hasEnded: boolean;
  /** Who has the ball; null where nothing says it. */
  readonly possession: "home" | "away" | null;
  /** Probability before tip that home wins: carries the strengths into the game. */
  readonly pregame: number;
}

/**
 * Probability that home wins, from the lead, the time left and the strengths.
 *
 * The margin is a Brownian motion with drift (Stern, "A Brownian Motion Model for the Progress of
 * Sports Scores", JASA 1994): with share t of the game left, home's final margin is normal around
 * `lead + t * mu` with variance `t * sigma^2`, and mu is what makes the pregame probability come
 * out at tip. A floor on the variance keeps the last seconds honest. The ball moves the margin by
 * what it is worth.
 *
 * @returns 0 or 1 only when the game has ended.
 * @throws InvariantError unless 0 < pregame < 1 and the numbers are finite.
 */
export function inGameProbability(state: InGameState, config: InGameConfig): Probability {
  assert(state.pregame > 0 && state.pregame < 1, "0 < pregame probability < 1");
  assert(Number.isFinite(state.lead), "a lead is a finite number of points");
  assert(state.secsToGameEnd >= 0, "no less than nothing is left");
  if (state.hasEnded && state.lead !== 0) return probability(state.lead > 0 ? 1 : 0);
  const left = Math.min(1, state.secsToGameEnd / REGULATION_SECONDS);
  const floor = config.lastPossessionPoints ** 2;
  const mu = quickNormalQuantile(state.pregame) * Math.sqrt(config.sigmaPoints ** 2 + floor);
  const deviation = Math.sqrt(left * config.sigmaPoints ** 2 + floor);
  const lead = state.lead + ballPoints(state, config);
  return probability(quickNormalCdf((lead + left * mu) / deviation));
}

function ballPoints({ possession, secsToGameEnd }: InGameState, config: InGameConfig): number {
  if (possession === null) return 0;
  const share = Math.min(1, secsToGameEnd / SHOT_CLOCK_SECONDS);
  return (possession === "home" ? 1 : -1) * share * config.possessionPoints;
}
