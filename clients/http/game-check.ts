import type { FeedGame } from "../../core/domain/feeds.ts";

const REGULATION_PERIODS = 4;
const REGULATION_SECONDS = 720;
const OVERTIME_SECONDS = 300;
/** No game has come near either: beyond them a number is of something else. */
const PERIODS_MAX = 14;
const SCORE_MAX = 300;

/**
 * What cannot be true of a game whose fields all read well, whichever feed shows it.
 *
 * @returns the field and the reason, or null when nothing speaks against it.
 */
export function gameContradiction(game: FeedGame): { field: string; reason: string } | null {
  const { state, period, clockSeconds, homeScore, awayScore } = game;
  const periodSeconds = period <= REGULATION_PERIODS ? REGULATION_SECONDS : OVERTIME_SECONDS;
  if (game.home === game.away) return { field: "team", reason: "one team on both sides" };
  if (period > PERIODS_MAX) return { field: "period", reason: `period ${period}` };
  if (clockSeconds > periodSeconds) {
    return { field: "clock", reason: `${clockSeconds} s left of ${periodSeconds}` };
  }
  if (Math.max(homeScore, awayScore) > SCORE_MAX) {
    return { field: "score", reason: `${awayScore} at ${homeScore}` };
  }
  if (state === "in" && period === 0) {
    return { field: "period", reason: "in play without a period" };
  }
  const isSaidFinal = state === "post" && game.statusName.startsWith("STATUS_FINAL");
  if (isSaidFinal && homeScore === awayScore) {
    return { field: "score", reason: `final without a winner, ${awayScore} at ${homeScore}` };
  }
  return null;
}
