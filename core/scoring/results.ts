import { assert } from "../domain/assert.ts";
import type { TradingDate } from "../domain/time.ts";
import { clusterBootstrap, clusterSums, type Resampling } from "./inference/bootstrap.ts";
import type { Estimate } from "./inference/estimate.ts";

/** What one position brought from its entry to its end, by exit or settlement. Micro-dollars. */
export interface Result {
  /** What may be taken as independent of others: a game, a night, an hour. */
  readonly cluster: string;
  /** Profit before fees, signed. */
  readonly gross: number;
  /** Fees of entry and exit; negative when the venue paid more than it took. */
  readonly fees: number;
}

/** A result with the US Eastern day on which the position ended. */
export interface DatedResult extends Result {
  readonly date: TradingDate;
}

/** Gross profit less fees, micro-dollars. */
export function netOf({ gross, fees }: Result): number {
  return gross - fees;
}

/** Mean profit of a position after fees, micro-dollars, with an interval over clusters. */
export function meanNet(results: readonly Result[], resampling: Resampling): Estimate {
  const sample = clusterSums(results, clusterOf, [netOf, one]);
  return clusterBootstrap(sample, ([net = 0, n = 0]) => net / n, resampling);
}

/**
 * Profit factor: what winning positions brought over what losing ones cost, both after fees.
 *
 * Unit: a ratio, 0 upwards; 1 breaks even. The value is lacking (`undefined_value`) when nothing
 * was lost: no loss is no evidence that there are none. Its interval may be unbounded above.
 */
export function profitFactor(results: readonly Result[], resampling: Resampling): Estimate {
  const won = (result: Result): number => Math.max(0, netOf(result));
  const lost = (result: Result): number => Math.max(0, -netOf(result));
  const sample = clusterSums(results, clusterOf, [won, lost]);
  return clusterBootstrap(sample, ([gains = 0, losses = 0]) => gains / losses, resampling);
}

/**
 * Fee drag: all fees over the profit before fees.
 *
 * Unit: a share; 0.15 says that fees took 15 % of what was earned, above 1 that they took more than
 * all of it. The value is lacking (`undefined_value`) when nothing was earned before fees; such
 * resamples count as infinite, so that the interval may be unbounded above.
 */
export function feeDrag(results: readonly Result[], resampling: Resampling): Estimate {
  const sample = clusterSums(results, clusterOf, [({ fees }) => fees, ({ gross }) => gross]);
  return clusterBootstrap(
    sample,
    ([fees = 0, gross = 0]) => (gross > 0 ? fees / gross : Infinity),
    resampling,
  );
}

/**
 * Win rate: the share of positions that brought more than nothing after fees. Exactly nothing is
 * no win.
 */
export function winRate(results: readonly Result[], resampling: Resampling): Estimate {
  const isWon = (result: Result): number => (netOf(result) > 0 ? 1 : 0);
  const sample = clusterSums(results, clusterOf, [isWon, one]);
  return clusterBootstrap(sample, ([wins = 0, n = 0]) => wins / n, resampling);
}

/** The position that lost most, or earned least. */
export interface WorstResult {
  readonly n: number;
  /** After fees, micro-dollars, negative for a loss; null for an empty sample. */
  readonly net: number | null;
  /** `net` over the capital; null for an empty sample. */
  readonly share: number | null;
}

/**
 * The worst single result after fees, against a capital in micro-dollars. An extreme of what was
 * seen has no interval: worse is possible.
 *
 * @throws InvariantError unless the capital is positive.
 */
export function worstResult(results: readonly Result[], capital: number): WorstResult {
  assert(capital > 0, "capital > 0");
  const n = results.length;
  if (n === 0) return { n, net: null, share: null };
  const net = results.reduce((worst, result) => Math.min(worst, netOf(result)), Infinity);
  return { n, net, share: net / capital };
}

function clusterOf({ cluster }: Result): string {
  return cluster;
}

function one(): number {
  return 1;
}
