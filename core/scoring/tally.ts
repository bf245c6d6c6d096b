/** Counts by name, such as reasons not to trade, or cents of edge. */
export type Tally = Readonly<Record<string, number>>;

/** Adds tallies by name. The sum of counts is kept, and no name is lost. */
export function mergeTallies(tallies: readonly Tally[]): Tally {
  const merged = new Map<string, number>();
  for (const tally of tallies) {
    for (const [name, count] of Object.entries(tally)) {
      merged.set(name, (merged.get(name) ?? 0) + count);
    }
  }
  return Object.fromEntries(merged);
}

/** Counts how often each name occurs. */
export function tallyOf(names: readonly string[]): Tally {
  return mergeTallies(names.map((name) => ({ [name]: 1 })));
}

/** The names of a tally, the most frequent first; ties by name, so that a report is stable. */
export function ranked(tally: Tally): readonly { readonly name: string; readonly count: number }[] {
  return Object.entries(tally)
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

/** The distribution of one strategy's edges over a night. Cents per contract, net of fees. */
export interface EdgeDistribution {
  readonly n: number;
  readonly positive: number;
  readonly meanCents: number | null;
  /** Counts by whole cents, floored, in ascending sequence. */
  readonly bins: readonly { readonly cents: number; readonly count: number }[];
}

/** Reads a tally whose names are whole cents (floored) as a distribution. */
export function edgeDistribution(tally: Tally): EdgeDistribution {
  const bins = Object.entries(tally)
    .map(([cents, count]) => ({ cents: Number(cents), count }))
    .sort((a, b) => a.cents - b.cents);
  const n = bins.reduce((total, bin) => total + bin.count, 0);
  // Half a cent puts the floored value back into the middle of its bin.
  const total = bins.reduce((sum, bin) => sum + (bin.cents + 0.5) * bin.count, 0);
  return {
    n,
    positive: bins.filter((bin) => bin.cents >= 0).reduce((sum, bin) => sum + bin.count, 0),
    meanCents: n === 0 ? null : total / n,
    bins,
  };
}
