import { assert } from "../domain/assert.ts";
import { probability, type Probability } from "../domain/units.ts";

/** How ratings are made. The published figures are `FIVE_THIRTY_EIGHT`. */
export interface EloConfig {
  /** Points at stake in a game. */
  readonly k: number;
  /** Points the home team is given; none on neutral ground. */
  readonly homeAdvantage: number;
  /** Share of the way to the mean that a rating goes back between seasons, 0 to 1. */
  readonly regression: number;
  /** Where a rating starts, and what it goes back to. */
  readonly mean: number;
}

/** FiveThirtyEight's published parameters of its NBA Elo ("How We Calculate NBA Elo Ratings", 2015). */
export const FIVE_THIRTY_EIGHT: EloConfig = {
  k: 20,
  homeAdvantage: 100,
  regression: 0.25,
  mean: 1505,
};

/** A finished game, as ratings need it. */
export interface RatedGame {
  readonly season: number;
  readonly home: string;
  readonly away: string;
  readonly homePoints: number;
  readonly awayPoints: number;
  readonly isNeutral: boolean;
}

/** Ratings by team, after the last game they were built from. */
export type Ratings = ReadonlyMap<string, number>;

/** Home's rating lead in points, home advantage included. */
export function eloLead(home: number, away: number, isNeutral: boolean, config: EloConfig): number {
  return home - away + (isNeutral ? 0 : config.homeAdvantage);
}

/** Probability that a team with this rating lead wins: the logistic curve in base 10 over 400 points. */
export function eloProbability(lead: number): Probability {
  return probability(1 / (1 + 10 ** (-lead / 400)));
}

/**
 * What home gains and away loses by one result.
 *
 * Margin multiplier `(margin + 3)^0.8 / (7.5 + 0.006 * winner's lead)`, by FiveThirtyEight, 2015:
 * blowouts count more, and less when the winner was expected to win.
 *
 * @throws InvariantError when the game is tied.
 */
export function eloShift(
  home: number,
  away: number,
  game: Pick<RatedGame, "homePoints" | "awayPoints" | "isNeutral">,
  config: EloConfig,
): number {
  const margin = game.homePoints - game.awayPoints;
  assert(margin !== 0, "a finished game has a winner");
  const lead = eloLead(home, away, game.isNeutral, config);
  const winnersLead = margin > 0 ? lead : -lead;
  const multiplier = (Math.abs(margin) + 3) ** 0.8 / (7.5 + 0.006 * winnersLead);
  return config.k * multiplier * ((margin > 0 ? 1 : 0) - eloProbability(lead));
}

/**
 * Ratings after these games, oldest first, from given ones or none. Between seasons each rating
 * goes back towards the mean.
 *
 * @throws InvariantError when seasons run backwards or a game is tied.
 */
export function buildRatings(
  games: Iterable<RatedGame>,
  config: EloConfig,
  start: Ratings = new Map(),
): Ratings {
  const ratings = new Map(start);
  let season: number | null = null;
  for (const game of games) {
    assert(season === null || game.season >= season, "past games come oldest first");
    if (season !== null && game.season > season) regress(ratings, config);
    season = game.season;
    const home = ratings.get(game.home) ?? config.mean;
    const away = ratings.get(game.away) ?? config.mean;
    const shift = eloShift(home, away, game, config);
    ratings.set(game.home, home + shift);
    ratings.set(game.away, away - shift);
  }
  return ratings;
}

/**
 * Ratings as they stand in `season`: gone back once more when the last game was of an earlier one.
 */
export function ratingsForSeason(
  games: readonly RatedGame[],
  season: number,
  config: EloConfig,
): Ratings {
  const ratings = new Map(buildRatings(games, config));
  const last = games.at(-1);
  if (last && last.season < season) regress(ratings, config);
  return ratings;
}

/** Probability that home wins by these ratings; a team never seen is average. */
export function eloForecast(
  ratings: Ratings,
  game: Pick<RatedGame, "home" | "away" | "isNeutral">,
  config: EloConfig,
): Probability {
  const home = ratings.get(game.home) ?? config.mean;
  const away = ratings.get(game.away) ?? config.mean;
  return eloProbability(eloLead(home, away, game.isNeutral, config));
}

function regress(ratings: Map<string, number>, config: EloConfig): void {
  for (const [team, rating] of ratings) {
    ratings.set(team, rating + config.regression * (config.mean - rating));
  }
}
