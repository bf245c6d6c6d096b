import { assert } from "../domain/assert.ts";

/** Blocks of days that are recombined unless stated: 12,870 splits. */
const BLOCKS = 16;
/** Days below which that many blocks say nothing: two a block. */
export const SEARCH_DAYS_MIN = 2 * BLOCKS;

/** Whether choosing the best of several configurations on past days chooses well for other days. */
export interface Overfitting {
  readonly days: number;
  readonly configurations: number;
  /** Ways of splitting the days in two halves that were tried. */
  readonly splits: number;
  /**
   * Probability of backtest overfitting: share of the splits in which the configuration that was
   * best in one half is no better than the median in the other. 0.5 is what chance does.
   */
  readonly probability: number | null;
  /** Share of the splits in which it lost money in the other half. */
  readonly lossProbability: number | null;
}

/**
 * Probability of backtest overfitting by combinatorially symmetric cross-validation: the days are
 * cut into blocks, every half of the blocks is trained on once and the other half judges.
 *
 * Source: Bailey, Borwein, López de Prado and Zhu (2017), "The probability of backtest
 * overfitting", Journal of Computational Finance 20(4). Performance is the Sharpe ratio; days that
 * fill no whole block are left out at the end; equal performances share their rank.
 *
 * @param returns daily returns, one array for each configuration, of the same days.
 * @param blocks an even number; 16 (12,870 splits) unless stated.
 * @returns nulls with fewer than two configurations or fewer than two days a block.
 * @throws InvariantError when the arrays differ in length or blocks are odd or above 20.
 */
export function overfitting(returns: readonly (readonly number[])[], blocks = BLOCKS): Overfitting {
  assert(blocks >= 2 && blocks <= 20 && blocks % 2 === 0, "an even number of blocks, 2 to 20");
  const configurations = returns.length;
  const days = returns[0]?.length ?? 0;
  assert(
    returns.every((own) => own.length === days),
    "all configurations have the same days",
  );
  const blockDays = Math.floor(days / blocks);
  if (configurations < 2 || blockDays < 2) {
    return { days, configurations, splits: 0, probability: null, lossProbability: null };
  }
  const sums = returns.map((own) => blockSums(own, blocks, blockDays));
  const halves = halvesOf(blocks);
  const half = (blockDays * blocks) / 2;
  let overfitted = 0;
  let losses = 0;
  for (const chosen of halves) {
    const inside = sums.map((own) => performance(own, chosen, half));
    const best = indexOfLargest(inside.map(({ sharpe }) => sharpe));
    const outside = sums.map((own) => performance(own, ~chosen, half));
    const judged = outside[best] ?? { sharpe: Number.NaN, sum: 0 };
    const below = outside.filter(({ sharpe }) => sharpe < judged.sharpe).length;
    const equal = outside.filter(({ sharpe }) => sharpe === judged.sharpe).length;
    // Rank 1 to N over N + 1; its logit is at most 0 where the rank is at most the median.
    const rank = (below + (equal + 1) / 2) / (configurations + 1);
    if (rank <= 0.5) overfitted += 1;
    if (judged.sum < 0) losses += 1;
  }
  return {
    days,
    configurations,
    splits: halves.length,
    probability: overfitted / halves.length,
    lossProbability: losses / halves.length,
  };
}

interface BlockSum {
  readonly sum: number;
  readonly squares: number;
}

function blockSums(own: readonly number[], blocks: number, blockDays: number): readonly BlockSum[] {
  return Array.from({ length: blocks }, (_, block) => {
    const days = own.slice(block * blockDays, (block + 1) * blockDays);
    return {
      sum: days.reduce((sum, day) => sum + day, 0),
      squares: days.reduce((sum, day) => sum + day * day, 0),
    };
  });
}

/** All ways to choose half of the blocks, as bit masks. */
function halvesOf(blocks: number): readonly number[] {
  const masks: number[] = [];
  for (let mask = 0; mask < 2 ** blocks; mask += 1) {
    let chosen = 0;
    for (let rest = mask; rest > 0; rest &= rest - 1) chosen += 1;
    if (chosen === blocks / 2) masks.push(mask);
  }
  return masks;
}

/** Sharpe ratio (a day) and sum over the blocks of a mask; days that do not vary have ratio 0. */
function performance(
  own: readonly BlockSum[],
  mask: number,
  days: number,
): { readonly sharpe: number; readonly sum: number } {
  let sum = 0;
  let squares = 0;
  own.forEach((block, index) => {
    if (((mask >> index) & 1) === 0) return;
    sum += block.sum;
    squares += block.squares;
  });
  const variance = (squares - sum ** 2 / days) / (days - 1);
  return { sharpe: variance > 0 ? sum / days / Math.sqrt(variance) : 0, sum };
}

function indexOfLargest(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value > (values[best] ?? value) ? index : best), 0);
}
