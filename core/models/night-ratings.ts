import type { ForecastReading } from "../domain/decision.ts";
import type { GameRef } from "../domain/game-ref.ts";
import { easternInstant, seasonOf, type TradingDate } from "../domain/time.ts";
import type { Instant } from "../domain/units.ts";
import {
  ELO_VERSION,
  type EloConfig,
  type RatedGame,
  type Ratings,
  ratingsForSeason,
} from "./elo.ts";
import { eloReading, noEloReading } from "./readings.ts";

/** What a night's ratings are, or why there are none. */
export type NightRatings =
  | {
      readonly kind: "rated";
      readonly ratings: Ratings;
      readonly version: string;
      /** Built from results before the night's date: known since that day began. */
      readonly knownAt: Instant;
      /** Up to when results are in them; absent where they hold all results before the night's date. */
      readonly resultsTo?: Instant;
    }
  | { readonly kind: "stale"; readonly code: string; readonly reason: string };

/**
 * The ratings of a night from past results, oldest first.
 *
 * @throws InvariantError when seasons run backwards, a game is of a later season, or one is tied.
 */
export function ratedByResults(
  pastGames: Iterable<RatedGame>,
  config: EloConfig,
  date: TradingDate,
): NightRatings {
  const ratings = ratingsForSeason(pastGames, seasonOf(date), config);
  return { kind: "rated", ratings, version: ELO_VERSION, knownAt: easternInstant(date, 0, 0) };
}

/**
 * Elo's reading for a game of the night; of ratings that may not be used it says why.
 *
 * @returns `null` without any past result.
 */
export function nightEloReading(
  rated: NightRatings,
  game: Pick<GameRef, "home" | "away" | "isNeutral">,
  config: EloConfig,
): ForecastReading | null {
  if (rated.kind === "stale") return noEloReading(rated.code);
  const { ratings, version, knownAt: at, resultsTo } = rated;
  const { home, away, isNeutral = false } = game;
  return eloReading(
    ratings,
    { home, away, isNeutral },
    { at, version, ...(resultsTo !== undefined && { resultsTo }) },
    config,
  );
}
