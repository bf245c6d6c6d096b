import type { TradingDate } from "../core/domain/time.ts";
import { brierDifference } from "../core/scoring/forecast-comparison.ts";
import { seededChance } from "../core/scoring/inference/chance.ts";
import type { Estimate } from "../core/scoring/inference/estimate.ts";
import { type Scores, scoresOf } from "./calibration-walk.ts";

/** A game, and home's chance as somebody gave it before tip. */
export interface GameChance {
  readonly date: TradingDate;
  readonly home: string;
  readonly away: string;
  /** Probability that home wins, 0 to 1. */
  readonly probability: number;
}

/** What a rating gave a game, and what came of it. */
export interface RatedChance extends GameChance {
  readonly season: number;
  readonly outcome: 0 | 1;
}

/** Elo and the market on the same games. */
interface Comparison {
  readonly n: number;
  readonly elo: Scores;
  readonly market: Scores;
  /** Brier score of Elo less that of the market, with an interval over nights; above zero the market is better. */
  readonly difference: Estimate;
}

/** The same for a season; null for all of them together. */
export interface SeasonComparison extends Comparison {
  readonly season: number | null;
}

/**
 * Compares Elo with a market, season by season and on the whole, on the games that both have. A
 * market that has home and away the other way round, as on neutral ground, is turned.
 */
export function compareWithMarket(
  rated: readonly RatedChance[],
  market: readonly GameChance[],
): readonly SeasonComparison[] {
  const byPair = new Map(market.map((game) => [pairOf(game), game]));
  const both = rated.flatMap((game) => {
    const other = byPair.get(pairOf(game));
    if (!other) return [];
    const price = other.home === game.home ? other.probability : 1 - other.probability;
    return [{ game, price }];
  });
  const seasons = [...new Set(both.map(({ game }) => game.season))].sort((a, b) => a - b);
  const of = (season: number | null): SeasonComparison => {
    const games = both.filter(({ game }) => season === null || game.season === season);
    const compared = games.map(({ game, price }) => ({
      ...{ cluster: game.date, game: pairOf(game) },
      ...{ model: game.probability, baseline: price, outcome: game.outcome },
    }));
    return {
      season,
      n: games.length,
      elo: scoresOf(games.map(({ game }) => game)),
      market: scoresOf(games.map(({ game, price }) => ({ ...game, probability: price }))),
      difference: brierDifference(compared, { chance: seededChance(7), resamples: 2_000 }),
    };
  };
  return seasons.length === 1 ? seasons.map(of) : [...seasons.map(of), of(null)];
}

/** The teams of a game in one sequence, whoever is at home. */
function pairOf({ date, home, away }: GameChance): string {
  return home < away ? `${date} ${home} ${away}` : `${date} ${away} ${home}`;
}
