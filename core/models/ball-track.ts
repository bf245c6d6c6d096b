import type { GameClock } from "../domain/decision.ts";
import { gameTime } from "../domain/game-clock.ts";
import { SHOT_CLOCK_SECONDS } from "./win-probability.ts";

type Side = "home" | "away";
type Score = Pick<GameClock, "homeScore" | "awayScore">;

/** Who alone has scored between two states; null when both or neither have, or points were taken back. */
export function scorerOf(before: Score, after: Score): Side | null {
  const home = after.homeScore - before.homeScore;
  const away = after.awayScore - before.awayScore;
  if (home > 0 && away === 0) return "home";
  return away > 0 && home === 0 ? "away" : null;
}

/**
 * Who has the ball, as far as a scoreboard tells it: after a basket the other team, until a shot clock has run
 * down or the period has ended. A fold of the believed clocks of one game, in sequence.
 */
export class BallTrack {
  #last: Score | null = null;
  #basket: {
    readonly by: Side | null;
    readonly elapsed: number;
    readonly period: number;
  } | null = null;

  /** Takes in the next believed clock. Before the first score that was seen nobody knows who scored when. */
  observe(clock: GameClock): void {
    const { homeScore, awayScore } = clock;
    const before = this.#last;
    if (before?.homeScore === homeScore && before.awayScore === awayScore) return;
    this.#last = { homeScore, awayScore };
    if (before === null) return;
    const elapsed = gameTime(clock).elapsedSeconds;
    this.#basket = { by: scorerOf(before, clock), elapsed, period: clock.period };
  }

  /** Who has the ball at this clock, the last that was observed; null where that says nothing. */
  possession(clock: GameClock): Side | null {
    if (!this.#basket?.by) return null;
    const { by, elapsed, period } = this.#basket;
    const isOver = clock.state !== "in" || clock.period !== period || clock.clockSeconds === 0;
    if (isOver || gameTime(clock).elapsedSeconds - elapsed > SHOT_CLOCK_SECONDS) return null;
    return by === "home" ? "away" : "home";
  }
}
