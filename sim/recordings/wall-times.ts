import { type Instant, instant } from "../../core/domain/units.ts";

/*
 * When a reconstructed game was where. No recording may know a score before it happened, so every
 * estimate here is on the late side: a game that is decided early stops printing long before its
 * buzzer, so the last price ends a game only where it is later than the length of a long one.
 */
const MINUTE_MS = 60_000;

/** Tip is 8 to 12 minutes after the scheduled time. */
export const TIP_DELAY_MS = 12 * MINUTE_MS;

/**
 * Tip to end of a long game. Of 328 games of autumn 2025 at most one in twenty still printed after
 * it; those that were close to the end, and so printed up to it, took 150 minutes in the middle.
 */
const LONG_GAME_MS = 170 * MINUTE_MS;
/** What overtime adds: none of the 17 of those games that had one printed later than that. */
const OVERTIME_MS = 40 * MINUTE_MS;

/**
 * Where the quarters end within regulation, as shares of it: later than each of five games of
 * 2024-25 with wall-clock play-by-play (after at most 21 %, 44 % and 80 %).
 */
const QUARTER_SHARES = [0.23, 0.46, 0.82, 1] as const;
/** What an overtime adds to the length of regulation, at least: a small addition ends quarters later. */
const OVERTIME_SHARE = 0.12;

/** From a scheduled tip to the last price, at most so long in all but 8 of 328 games of autumn 2025. */
const TIP_TO_LAST_PRICE_MS = 160 * MINUTE_MS;
const HALF_HOUR_MS = 30 * MINUTE_MS;

/**
 * The scheduled tip of a game of which only the end of trading is known, epoch milliseconds. Games are
 * scheduled on the half hour. Of those 328 it is right for 107, half an hour early for 209, an hour early
 * for 4 and late for 8: rather early, so that what is done before tip is not done in play.
 */
export function tipFromEnd(lastPricedMs: number): number {
  return Math.floor((lastPricedMs - TIP_TO_LAST_PRICE_MS) / HALF_HOUR_MS) * HALF_HOUR_MS;
}

/**
 * Prices are of their game from the listing of its market to its end. Kalshi lists days before: five for a
 * game of the 2026 Finals, two weeks at most in other leagues. Of 402 games of 2025 none had a price later
 * than 3.6 hours after its tip, and a clock that is wrong by a time zone or a date is further off than this.
 */
const LISTED_BEFORE_TIP_DAYS = 14;
const PRICED_AFTER_TIP_HOURS = 6;

/** Why a price cannot be of a game by its scheduled tip; null when it can. */
export function farFromTip(pricedAt: Instant, tipAt: Instant): string | null {
  const hours = (pricedAt - tipAt) / (60 * MINUTE_MS);
  const isEarly = hours < -24 * LISTED_BEFORE_TIP_DAYS;
  if (!isEarly && hours <= PRICED_AFTER_TIP_HOURS) return null;
  const bound = isEarly
    ? `${LISTED_BEFORE_TIP_DAYS} days before`
    : `${PRICED_AFTER_TIP_HOURS} hours after`;
  const [is, tip] = [pricedAt, tipAt].map((at) => new Date(at).toISOString());
  return `${is} is more than ${bound} the game's scheduled tip, ${tip}`;
}

/** When a reconstructed game has certainly ended: after a long game, or with its last price if that is later. */
export function estimatedEnd(
  realTipAt: Instant,
  lastPricedAt: Instant | null,
  hasOvertime: boolean,
): Instant {
  const longEndAt = realTipAt + LONG_GAME_MS + (hasOvertime ? OVERTIME_MS : 0);
  return instant(Math.max(longEndAt, lastPricedAt ?? longEndAt));
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
