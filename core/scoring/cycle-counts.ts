import type { Verdict } from "../domain/decision.ts";
import type { Instant } from "../domain/units.ts";

/** What one chunk of watching evaluated: every evaluation counts, whether or not it left a row. */
export interface CycleCounts {
  readonly startedAt: Instant;
  evaluations: number;
  candidates: number;
  proposed: number;
  /** By strategy and code. */
  readonly skipped: Map<string, Map<string, number>>;
  /** Edges by strategy, in whole cents a contract, rounded down. */
  readonly edges: Map<string, Map<number, number>>;
}

/** Counts of a stretch that begins at `startedAt`. */
export function newCycleCounts(startedAt: Instant): CycleCounts {
  return {
    startedAt,
    evaluations: 0,
    candidates: 0,
    proposed: 0,
    skipped: new Map(),
    edges: new Map(),
  };
}

/** Counts one evaluation. A candidate is a strategy that got as far as an edge. */
export function countEvaluation(
  counts: CycleCounts,
  verdicts: readonly Verdict[],
  proposed: readonly Verdict[],
): void {
  counts.evaluations += 1;
  counts.proposed += proposed.length;
  for (const verdict of verdicts) {
    if (verdict.edgeMicros !== null) {
      counts.candidates += 1;
      add(counts.edges, verdict.strategy, Math.floor(verdict.edgeMicros / 10_000));
    }
    if (verdict.intent === null) add(counts.skipped, verdict.strategy, verdict.code);
  }
}

/** Nested counts as the JSON that the `cycles` table keeps. */
export function countsJson(counts: Map<string, Map<string | number, number>>): string {
  const plain = [...counts].map(([key, inner]) => [key, Object.fromEntries(inner)]);
  return JSON.stringify(Object.fromEntries(plain));
}

function add<K>(counts: Map<string, Map<K, number>>, outer: string, inner: K): void {
  const row = counts.get(outer) ?? new Map<K, number>();
  row.set(inner, (row.get(inner) ?? 0) + 1);
  counts.set(outer, row);
}
