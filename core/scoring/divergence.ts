/** Two probabilities that home wins, read at one instant; null when that source had none. */
export interface ProbabilityPair {
  readonly espn: number | null;
  readonly market: number | null;
}

/** How far ESPN's win probability and the market's mid lay apart. Probabilities, 0 to 1. */
export interface Divergence {
  /** Instants at which both were there. */
  readonly n: number;
  readonly meanAbsolute: number | null;
  /** Positive when ESPN was the more confident in home. */
  readonly meanSigned: number | null;
  readonly largest: number | null;
  /** Share of the instants with more than five points between the two. */
  readonly shareAboveFivePoints: number | null;
}

/**
 * Compares ESPN's win probability with the market's mid over instants at which both were known.
 *
 * Feed it equally spaced instants, so that a busy minute does not count for more than a quiet one.
 */
export function espnDivergence(pairs: readonly ProbabilityPair[]): Divergence {
  const differences = pairs.flatMap(({ espn, market }) =>
    espn === null || market === null ? [] : [espn - market],
  );
  const n = differences.length;
  if (n === 0) {
    return {
      n,
      meanAbsolute: null,
      meanSigned: null,
      largest: null,
      shareAboveFivePoints: null,
    };
  }
  const absolute = differences.map(Math.abs);
  return {
    n,
    meanAbsolute: sum(absolute) / n,
    meanSigned: sum(differences) / n,
    largest: absolute.reduce((most, value) => Math.max(most, value), 0),
    shareAboveFivePoints: absolute.filter((value) => value > 0.05).length / n,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
