import type { Instant } from "../domain/units.ts";

/** The instants at which forecasts are scored, as table `scores` names them. */
const SCORED_INSTANTS = ["tip", "q1", "q2", "q3", "q4", "five-minutes-left"] as const;
/** One of the instants at which forecasts are scored. */
type ScoredInstant = (typeof SCORED_INSTANTS)[number];

/** What was seen of a game at one moment; probabilities that home wins, null when absent. */
export interface GameObservation {
  readonly observedAt: Instant;
  readonly clockState: "pre" | "in" | "post" | null;
  readonly period: number | null;
  readonly clockSeconds: number | null;
  readonly model: number | null;
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
 * Scores one game at tip, at the end of each quarter and five minutes before the end of regulation.
 *
 * Tip is the first moment the clock is seen running; where no running clock was ever seen, the
 * scheduled tip. A quarter has ended when its clock shows zero, a later period is seen, or the
 * game is over. An instant that was never seen (five minutes left, where scores are known by
 * quarter only) has no row. Values are the last known at the instant, at most a minute old; they
 * are never taken from after it.
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
  switch (name) {
    case "tip": {
      const running = observations.find((seen) => seen.clockState === "in");
      return running?.observedAt ?? (observations.length > 0 ? scheduledTipAt : null);
    }
    case "q1":
    case "q2":
    case "q3":
    case "q4": {
      const quarter = Number(name.slice(1));
      return observations.find((seen) => hasEnded(quarter, seen))?.observedAt ?? null;
    }
    case "five-minutes-left":
      return observations.find(isInLastFiveMinutes)?.observedAt ?? null;
  }
}

function hasEnded(quarter: number, seen: GameObservation): boolean {
  // A game of which only the final is known shows no quarters: they cannot be scored.
  if (seen.period === null || seen.clockState === null || seen.clockState === "pre") return false;
  if (seen.clockState === "post") return quarter === 4 && seen.period === 4;
  return seen.period > quarter || (seen.period === quarter && seen.clockSeconds === 0);
}

function isInLastFiveMinutes(seen: GameObservation): boolean {
  const { clockState, period, clockSeconds } = seen;
  if (clockState !== "in" || period !== 4 || clockSeconds === null) return false;
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
