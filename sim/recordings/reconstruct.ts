import { type Instant, instant } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import type { GameStory, PeriodPoints, RecordedGame } from "./game.ts";
import { finalState, liveState } from "./states.ts";
import { estimatedEnd, quarterEnds, TIP_DELAY_MS } from "./wall-times.ts";

const QUARTER_SECONDS = 720;

/**
 * Tells a game of which only the points by quarter are known: each quarter's score when it has
 * ended, nothing in between. `lastPricedAt` is when its markets last had a price.
 */
export function storyFromQuarters(
  game: RecordedGame,
  periods: PeriodPoints,
  lastPricedAt: Instant | null,
): GameStory {
  const hasOvertime = periods.home.length > 4;
  const realTipAt = instant(game.tipAt + TIP_DELAY_MS);
  const endAt = estimatedEnd(realTipAt, lastPricedAt, hasOvertime);
  const ends = quarterEnds(realTipAt, endAt, hasOvertime);
  const quarters = ends.map((at, index): Fact => {
    const known = upTo(periods, index + 1);
    const score = { at, period: index + 1, clockSeconds: 0, ...totals(known) };
    return liveState(game.eventTicker, score, known, true);
  });
  return {
    facts: [tip(game, realTipAt), ...quarters, final(game, endAt, periods)],
    endAt,
    reconstructed: [
      "score from quarter scores, each known when its quarter has ended",
      "times of tip, quarters and end, estimated late",
    ],
  };
}

/** Tells a game of which only the final score is known, when it has ended. */
export function storyFromFinal(game: RecordedGame, lastPricedAt: Instant | null): GameStory {
  const realTipAt = instant(game.tipAt + TIP_DELAY_MS);
  const endAt = estimatedEnd(realTipAt, lastPricedAt, false);
  return {
    facts: [tip(game, realTipAt), final(game, endAt, { home: [], away: [] })],
    endAt,
    reconstructed: [
      "score from the final score alone, known when the game has ended",
      "times of tip and end, estimated late",
    ],
  };
}

function tip({ eventTicker }: RecordedGame, at: Instant): Fact {
  const score = { at, period: 1, clockSeconds: QUARTER_SECONDS, home: 0, away: 0 };
  return liveState(eventTicker, score, { home: [0], away: [0] }, true);
}

function final(
  { eventTicker, finalScore }: RecordedGame,
  at: Instant,
  periods: PeriodPoints,
): Fact {
  const period = Math.max(4, periods.home.length);
  return finalState(eventTicker, { at, period, clockSeconds: 0, ...finalScore }, periods, true);
}

function upTo({ home, away }: PeriodPoints, period: number): PeriodPoints {
  return { home: home.slice(0, period), away: away.slice(0, period) };
}

function totals({ home, away }: PeriodPoints): { home: number; away: number } {
  const sum = (points: readonly number[]): number => points.reduce((all, one) => all + one, 0);
  return { home: sum(home), away: sum(away) };
}
