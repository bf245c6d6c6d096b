import { type Instant, instant } from "../../core/domain/units.ts";

/*
 * When a reconstructed game was where. No recording may know a score before it happened, so every
 * estimate here is on the late side: later than each of five games of 2024-25 with wall-clock
 * play-by-play (their quarters ended after at most 21 %, 44 % and 80 % of the game).
 */
const MINUTE_MS = 60_000;

/** Tip is 8 to 12 minutes after the scheduled time. */
export const TIP_DELAY_MS = 12 * MINUTE_MS;

/** Where the quarters end within regulation, as shares of it. */
const QUARTER_SHARES = [0.23, 0.46, 0.82, 1] as const;
/** What an overtime adds to the length of regulation, at least: a small addition ends quarters later. */
const OVERTIME_SHARE = 0.12;

/** No game is shorter, tip to end: prices that stop earlier do not end it. */
const SHORTEST_GAME_MS = 115 * MINUTE_MS;
/** Where nothing else tells the end: nine games of ten are over by then, an overtime adds the second. */
const LONG_GAME_MS = 160 * MINUTE_MS;
const OVERTIME_MS = 25 * MINUTE_MS;

/**
 * When a reconstructed game ended: with the last priced moment of its markets, which trade until
 * the winner is known, else after a long game.
 */
export function estimatedEnd(
  realTipAt: Instant,
  lastPricedAt: Instant | null,
  hasOvertime: boolean,
): Instant {
  if (lastPricedAt !== null) return instant(Math.max(lastPricedAt, realTipAt + SHORTEST_GAME_MS));
  return instant(realTipAt + LONG_GAME_MS + (hasOvertime ? OVERTIME_MS : 0));
}

/** When the four quarters of a game from `realTipAt` to `endAt` have ended; the last at the end, unless overtime follows. */
export function quarterEnds(
  realTipAt: Instant,
  endAt: Instant,
  hasOvertime: boolean,
): readonly Instant[] {
  const regulation = (endAt - realTipAt) / (1 + (hasOvertime ? OVERTIME_SHARE : 0));
  return QUARTER_SHARES.map((share) => instant(Math.ceil(realTipAt + regulation * share)));
}
