import type { Instant } from "../domain/units.ts";

/** The instants at which forecasts are scored, as table `scores` names them. */
const SCORED_INSTANTS = ["tip", "q1", "q2", "q3", "q4", "five-minutes-left"] as const;
/** One of the instants at which forecasts are scored. */
type ScoredInstant = (typeof SCORED_INSTANTS)[number];

/** The definition of the instants, for whoever lists them. */
export const OPEN_INSTANTS =
  "A game is scored at tip, at the end of each quarter and five minutes before the end, as far as its result is " +
  "open: at the end of the fourth quarter only where overtime is played.";

/** What was seen of a game at one moment; probabilities that home wins, null when absent. */
export interface GameObservation {
  readonly observedAt: Instant;
  readonly clockState: "pre" | "in" | "post" | null;
  readonly period: number | null;
  readonly clockSeconds: number | null;
  readonly homeScore: number | null;
  readonly awayScore: number | null;
  readonly model: number | null;
  /** Null also where its books were not believed; see `believedHomeMid`. */
  readonly market: number | null;
}

/** Our forecast and the market's mid at the same instant, with what came. */
export interface GameScore {
  readonly instantName: ScoredInstant;
  readonly scoredAt: Instant;
  readonly model: number | null;
  readonly market: number | null;
  readonly homeWon: boolean;
}

/** A value older than this is not "at the instant": it scores null. */
export const SCORE_AGE_MAX_MS = 60_000;

/** Score and clock stop here in the fourth quarter for `five-minutes-left`. */
const FIVE_MINUTES_SECONDS = 300;

/**
 * Scores one game at tip, at the end of each quarter and five minutes before the end of regulation,
 * as far as its result was open then: what is said of a decided game is no forecast.
 *
 * Tip is the first moment the clock is seen running; where no running clock was ever seen, the
 * scheduled tip. A quarter has ended when its clock shows zero or a later period is seen. The ends of
 * the third and fourth are scored only where the next period is then seen being played, that of the
 * fourth so only before an overtime: else the game is over at the fourth, and may be at a third that
 * is told late, as reconstructed quarters are. An instant that was never seen, such as five minutes
 * left where scores are known by quarter only, has no row. Values are the last known at the instant,
 * at most a minute old; they are never taken from after it. Of the market only a mid that was believed
 * when it was seen is one: without one of that minute the instant has no market, and nothing of ours is compared there.
 *
 * @param observations in sequence of `observedAt`.
 */
export function scoreGame(
  observations: readonly GameObservation[],
  game: { readonly scheduledTipAt: Instant; readonly homeWon: boolean },
): readonly GameScore[] {
  return SCORED_INSTANTS.flatMap((instantName) => {
    const at = instantOf(instantName, observations, game.scheduledTipAt);
    if (at === null) return [];
    return {
      instantName,
      scoredAt: at,
      model: lastKnown(observations, at, (seen) => seen.model),
      market: lastKnown(observations, at, (seen) => seen.market),
      homeWon: game.homeWon,
    };
  });
}

function instantOf(
  name: ScoredInstant,
  observations: readonly GameObservation[],
  scheduledTipAt: Instant,
): Instant | null {
  const first = (is: (seen: GameObservation) => boolean): Instant | null =>
    observations.find((seen) => isOpenInPlay(seen) && is(seen))?.observedAt ?? null;
  switch (name) {
    case "tip":
      return first(() => true) ?? (observations.length > 0 ? scheduledTipAt : null);
    case "q1":
    case "q2":
    case "q3":
    case "q4": {
      const quarter = Number(name.slice(1));
      const isToldInTime = quarter < 3 || observations.some((seen) => isPlayedAfter(quarter, seen));
      return isToldInTime ? first((seen) => hasEnded(quarter, seen)) : null;
    }
    case "five-minutes-left":
      return first(isInLastFiveMinutes);
  }
}

/** In play, and not at the end of a last period: there only a tie is open. */
function isOpenInPlay(seen: GameObservation): boolean {
  if (seen.clockState !== "in") return false;
  if (seen.clockSeconds !== 0 || seen.period === null || seen.period < 4) return true;
  return seen.homeScore !== null && seen.homeScore === seen.awayScore;
}

function isPlayedAfter(
  quarter: number,
  { clockState, period, clockSeconds }: GameObservation,
): boolean {
  return clockState === "in" && period !== null && period > quarter && clockSeconds !== 0;
}

function hasEnded(quarter: number, { period, clockSeconds }: GameObservation): boolean {
  if (period === null) return false;
  return period > quarter || (period === quarter && clockSeconds === 0);
}

function isInLastFiveMinutes(seen: GameObservation): boolean {
  const { period, clockSeconds } = seen;
  if (period !== 4 || clockSeconds === null) return false;
  // The quarter's very end is not five minutes before it.
  return clockSeconds <= FIVE_MINUTES_SECONDS && clockSeconds > 0;
}

function lastKnown(
  observations: readonly GameObservation[],
  at: Instant,
  read: (seen: GameObservation) => number | null,
): number | null {
  let known: number | null = null;
  for (const seen of observations) {
    if (seen.observedAt > at) break;
    if (at - seen.observedAt <= SCORE_AGE_MAX_MS) known = read(seen) ?? known;
  }
  return known;
}
