import { clusterBootstrap, clusterSums, type Resampling } from "./inference/bootstrap.ts";
import { clusterTest } from "./inference/cluster-test.ts";
import type { Estimate } from "./inference/estimate.ts";
import { ascendingQuantile } from "./inference/moments.ts";
import { benjaminiHochberg, holm } from "./inference/multiplicity.ts";
import { groupBy } from "./group.ts";
import { netOf, type Result } from "./results.ts";

/** What results are told apart by. */
const REGIMES = ["volatility", "liquidity", "spread", "weekday", "favourite"] as const;
/** One way of telling them apart. */
export type RegimeKind = (typeof REGIMES)[number];

/** A result with the regime it was entered in, of each kind; null where it is not known. */
export interface RegimeResult extends Result {
  readonly regimes: Readonly<Record<RegimeKind, string | null>>;
}

/** How one regime did. */
export interface RegimeScore {
  readonly kind: RegimeKind;
  readonly regime: string;
  /** Mean after fees, micro-dollars a position. */
  readonly net: Estimate;
  /** Two-sided probability of such a mean if the truth were 0; null below thirty clusters. */
  readonly p: number | null;
  /** `p` corrected by Holm for all regimes that were tested; null where `p` is. */
  readonly corrected: number | null;
  /** The same by Benjamini and Hochberg: the share of false ones among such discoveries. */
  readonly discovery: number | null;
}

/**
 * Scores results by regime, and says of each whether it earned or lost more than chance does, once
 * for having looked at all of them: all regimes of all kinds are one family of tests.
 *
 * @returns regimes in the sequence of `REGIMES`, then by name; unknown regimes are left out.
 */
export function regimeScores(
  results: readonly RegimeResult[],
  resampling: () => Resampling,
): readonly RegimeScore[] {
  const scores = REGIMES.flatMap((kind) =>
    [...groupBy(results, ({ regimes }) => regimes[kind])]
      .flatMap(([regime, own]) => (regime === null ? [] : [{ kind, regime, own }]))
      .sort((a, b) => (a.regime < b.regime ? -1 : 1)),
  ).map(({ kind, regime, own }) => {
    const sample = clusterSums(own, ({ cluster }) => cluster, [netOf, () => 1]);
    const net = clusterBootstrap(sample, ([sum = 0, n = 0]) => sum / n, resampling());
    return { kind, regime, net, p: clusterTest(sample).p };
  });
  const tested = scores.flatMap(({ p }) => p ?? []);
  const [strict, mild] = [holm(tested), benjaminiHochberg(tested)];
  let next = 0;
  return scores.map((score) => {
    const index = score.p === null ? null : next++;
    const at = (values: readonly number[]): number | null =>
      index === null ? null : (values[index] ?? null);
    return { ...score, corrected: at(strict), discovery: at(mild) };
  });
}

/**
 * Names the third of a sample that each of its values lies in. Values on a bound are of the lower.
 *
 * @returns a namer; it answers null to null, and to everything while fewer than three are known.
 */
export function thirdsOf(
  sample: readonly (number | null)[],
): (value: number | null) => "low" | "middle" | "high" | null {
  const known = Float64Array.from(sample.flatMap((value) => value ?? [])).sort();
  if (known.length < 3) return () => null;
  const [low, high] = [ascendingQuantile(known, 1 / 3), ascendingQuantile(known, 2 / 3)];
  return (value) => {
    if (value === null) return null;
    return value <= low ? "low" : value <= high ? "middle" : "high";
  };
}
