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
  /** What ratings go back to. */
  readonly mean: number;
  /** Rating of a team before its first game. A league that begins with it begins level. */
  readonly newTeam: number;
  /**
   * How a margin counts: `(margin + offset)^exponent / (base + slope * winner's lead)`, the margin
   * in points, the lead in rating points.
   */
  readonly margin: {
    readonly offset: number;
    readonly exponent: number;
    readonly base: number;
    readonly slope: number;
  };
}

/** Version of the formula; stored with each forecast and each file of ratings. */
export const ELO_VERSION = "elo-2";

/** FiveThirtyEight's published parameters of its NBA Elo ("How We Calculate NBA Elo Ratings", 2015). */
export const FIVE_THIRTY_EIGHT: EloConfig = {
  k: 20,
  homeAdvantage: 100,
  regression: 0.25,
  mean: 1505,
  newTeam: 1300,
  margin: { offset: 3, exponent: 0.8, base: 7.5, slope: 0.006 },
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
 * What home gains and away loses by one result, in rating points.
 *
 * FiveThirtyEight, 2015: blowouts count more, and less when the winner was expected to win.
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
  const { offset, exponent, base, slope } = config.margin;
  // A favourite so large that the divisor would vanish is no rating that any result could give.
  const divisor = base + slope * winnersLead;
  assert(divisor > 0, "the margin multiplier's divisor is positive");
  const multiplier = (Math.abs(margin) + offset) ** exponent / divisor;
  return config.k * multiplier * ((margin > 0 ? 1 : 0) - eloProbability(lead));
}

/** A rated game: both ratings before and after it, and the chance that home was given. */
export interface Matchup<Game extends RatedGame = RatedGame> {
  readonly game: Game;
  readonly homePre: number;
  readonly awayPre: number;
  readonly homeProbability: Probability;
  readonly homePost: number;
  readonly awayPost: number;
}

/**
 * Rates games one by one, oldest first. Between seasons each rating goes back towards the mean.
 *
 * @param ratings where teams stand before the first game; changed in place.
 * @param openingOf rating of a team before its first game, where it is not the config's.
 * @throws InvariantError when seasons run backwards or a game is tied.
 */
export function* rateGames<Game extends RatedGame>(
  games: Iterable<Game>,
  config: EloConfig,
  ratings: Map<string, number>,
  openingOf: (team: string, season: number) => number | null = () => null,
): Generator<Matchup<Game>> {
  let season: number | null = null;
  for (const game of games) {
    assert(season === null || game.season >= season, "past games come oldest first");
    if (season !== null && game.season > season) regress(ratings, config);
    season = game.season;
    const before = (team: string): number =>
      ratings.get(team) ?? openingOf(team, game.season) ?? config.newTeam;
    const [homePre, awayPre] = [before(game.home), before(game.away)];
    const shift = eloShift(homePre, awayPre, game, config);
    const homePost = homePre + shift;
    const awayPost = awayPre - shift;
    ratings.set(game.home, homePost).set(game.away, awayPost);
    const lead = eloLead(homePre, awayPre, game.isNeutral, config);
    yield { game, homePre, awayPre, homeProbability: eloProbability(lead), homePost, awayPost };
  }
}

/**
 * Ratings as they stand in `season` after these games, oldest first: gone back once more when the
 * last game was of an earlier one.
 *
 * @throws InvariantError when seasons run backwards, a game is of a later season, or one is tied.
 */
export function ratingsForSeason(
  games: Iterable<RatedGame>,
  season: number,
  config: EloConfig,
): Ratings {
  const ratings = new Map<string, number>();
  let last: number | null = null;
  for (const { game } of rateGames(games, config, ratings)) last = game.season;
  return last === null ? ratings : carriedTo(season, last, ratings, config);
}

/** Ratings of one season carried to another: unchanged in the same, gone back once in a later one. */
export function carriedTo(
  season: number,
  ratedIn: number,
  ratings: Ratings,
  config: EloConfig,
): Ratings {
  assert(ratedIn <= season, "ratings are not of a later season");
  const carried = new Map(ratings);
  if (ratedIn < season) regress(carried, config);
  return carried;
}

/** Probability that home wins by these ratings; a team never seen stands where new teams do. */
export function eloForecast(
  ratings: Ratings,
  game: Pick<RatedGame, "home" | "away" | "isNeutral">,
  config: EloConfig,
): Probability {
  const home = ratings.get(game.home) ?? config.newTeam;
  const away = ratings.get(game.away) ?? config.newTeam;
  return eloProbability(eloLead(home, away, game.isNeutral, config));
}

function regress(ratings: Map<string, number>, config: EloConfig): void {
  for (const [team, rating] of ratings) {
    ratings.set(team, rating + config.regression * (config.mean - rating));
  }
}
