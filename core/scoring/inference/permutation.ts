import { type ClusterSample, type Resampling, rowsOf } from "./bootstrap.ts";
import type { Chance } from "./chance.ts";
import { CLUSTERS_MIN, type Estimate, type Lack } from "./estimate.ts";
import { total } from "./moments.ts";

/** Permutations that lie beyond each end of an interval, at least: with fewer an end is one draw's luck. */
const BEYOND = 5;

/**
 * Mean of the first sample less that of the second, with the interval of the studentised permutation
 * test. It leaves out 0 as seldom as its level says where both are of one kind, however skewed they
 * are, however seldom something happens and however high the level; and about so where only their
 * means agree, since each difference is told in standard errors of its own.
 *
 * Clusters are dealt anew to the two samples, as many to each as it has; a cluster that both have
 * counts as two. There are as many permutations as `resampling` says, and more where the level asks for them.
 *
 * Source: Chung and Romano (2013), "Exact and asymptotically robust permutation tests", Annals of
 * Statistics 41(2); the errors are those of `clusterTest`.
 *
 * @param first two columns: what is averaged, and how many observations; as of `second`.
 * @returns `empty_sample` without any observation, `undefined_value` while one sample is empty.
 */
export function permutedDifference(
  first: ClusterSample,
  second: ClusterSample,
  resampling: Resampling,
): Estimate {
  const { chance, resamples = 10_000, level = 0.95 } = resampling;
  const [n, clusters] = [first.n + second.n, first.clusters + second.clusters];
  const lacking = (value: number | null, lack: Lack): Estimate => {
    return { value, n, clusters, interval: null, lack };
  };
  if (n === 0) return lacking(null, "empty_sample");
  if (first.n === 0 || second.n === 0) return lacking(null, "undefined_value");
  const cards = cardsOf(first, second);
  const { value, error } = differenceOf(cards, first.clusters);
  if (Math.min(first.clusters, second.clusters) < CLUSTERS_MIN) {
    return lacking(value, "too_few_clusters");
  }
  if (!(error > 0)) return lacking(value, "no_variation");
  const tail = (1 - level) / 2;
  const draws = Math.max(resamples, Math.ceil(BEYOND / tail));
  const told = Float64Array.from({ length: draws }, () => {
    deal(cards, first.clusters, chance);
    const dealt = differenceOf(cards, first.clusters);
    return dealt.value === 0 ? 0 : dealt.value / dealt.error;
  }).sort();
  // What was seen counts as a permutation too: no more than `tail` of them lies beyond either end.
  const beyond = Math.floor((draws + 1) * tail) - 1;
  const [least = -Infinity, most = Infinity] = [told[beyond], told[draws - 1 - beyond]];
  const [low, high] = [value - most * error, value - least * error];
  return {
    ...{ value, n, clusters, lack: null },
    interval: {
      level,
      low: Number.isFinite(low) ? low : null,
      high: Number.isFinite(high) ? high : null,
    },
  };
}

/** Sum, size, and the products that an error is made of: a card a cluster, those of the first sample in front. */
const WIDTH = 5;

interface Cards {
  readonly rows: Float64Array;
  /** Of all cards. */
  readonly sums: Float64Array;
  readonly count: number;
}

function cardsOf(first: ClusterSample, second: ClusterSample): Cards {
  const column = (index: number): Float64Array =>
    Float64Array.from([...(first.columns[index] ?? []), ...(second.columns[index] ?? [])]);
  const sizes = column(1);
  const centre = total(column(0)) / total(sizes);
  // About their mean: squares of what is far from 0 would lose their digits.
  const values = column(0).map((sum, card) => sum - centre * (sizes[card] ?? 0));
  const columns = [
    values,
    sizes,
    values.map((sum) => sum ** 2),
    values.map((sum, card) => sum * (sizes[card] ?? 0)),
    sizes.map((size) => size ** 2),
  ];
  const rows = rowsOf(columns, sizes.length);
  return { rows, sums: Float64Array.from(columns, total), count: sizes.length };
}

/** Draws so many cards to the front, each with the same chance. */
function deal({ rows, count }: Cards, hand: number, chance: Chance): void {
  for (let card = 0; card < hand; card += 1) {
    const [to, from] = [card * WIDTH, (card + chance.below(count - card)) * WIDTH];
    for (let column = 0; column < WIDTH; column += 1) {
      const kept = rows[to + column] ?? 0;
      rows[to + column] = rows[from + column] ?? 0;
      rows[from + column] = kept;
    }
  }
}

/** The mean of the cards in front less that of the others, with its standard error. */
function differenceOf(
  { rows, sums, count }: Cards,
  hand: number,
): { readonly value: number; readonly error: number } {
  const front = new Float64Array(WIDTH);
  for (let from = 0; from < hand * WIDTH; from += WIDTH) {
    for (let column = 0; column < WIDTH; column += 1) {
      front[column] = (front[column] ?? 0) + (rows[from + column] ?? 0);
    }
  }
  const one = momentsOf(front, hand);
  for (let column = 0; column < WIDTH; column += 1) {
    front[column] = (sums[column] ?? 0) - (front[column] ?? 0);
  }
  const other = momentsOf(front, count - hand);
  return { value: one.mean - other.mean, error: Math.sqrt(one.variance + other.variance) };
}

/** Mean of an observation, and the variance of this mean from cluster to cluster. */
function momentsOf(
  sums: Float64Array,
  clusters: number,
): { readonly mean: number; readonly variance: number } {
  const [sum, size, squares] = [sums[0] ?? 0, sums[1] ?? 0, sums[2] ?? 0];
  const [products, sizes] = [sums[3] ?? 0, sums[4] ?? 0];
  const mean = sum / size;
  const spread = Math.max(0, squares - 2 * mean * products + mean ** 2 * sizes);
  return { mean, variance: (spread * clusters) / (clusters - 1) / size ** 2 };
}
