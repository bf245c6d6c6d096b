import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { expectReference, readReferences } from "../../../test/references/read.ts";
import { clusterBootstrap, clusterSums, resampleClusters, type SumStatistic } from "./bootstrap.ts";
import { type Chance, seededChance } from "./chance.ts";
import { CLUSTERS_MIN } from "./estimate.ts";
import { basicEnds, bcaEnds, expandedTail, percentileEnds } from "./intervals.ts";

interface Observation {
  readonly cluster: string;
  readonly value: number;
}

const ratio: SumStatistic = ([sum = 0, n = 0]) => sum / n;
const clusterOf = ({ cluster }: Observation): string => cluster;
const COLUMNS = [({ value }: Observation) => value, () => 1];

describe("the cluster bootstrap", () => {
  const vector = z.array(z.number());
  const ends = z.tuple([z.number(), z.number()]);
  const reference = readReferences(
    "bootstrap",
    z.object({
      numerators: vector,
      denominators: vector,
      seed: z.number(),
      level: z.number(),
      distribution: vector,
      observed: z.number(),
      jackknife: vector,
      percentile: ends,
      basic: ends,
      bca: ends,
      expandedTail: z.number(),
      expandedBca: ends,
    }),
  );
  const sample = {
    n: 32,
    clusters: 32,
    columns: [Float64Array.from(reference.numerators), Float64Array.from(reference.denominators)],
  };

  it("draws the resamples that the same generator draws elsewhere", () => {
    const drawn = resampleClusters(sample, ratio, 400, seededChance(reference.seed));
    expect(drawn).toHaveLength(400);
    drawn.forEach((value, i) => {
      expectReference(value, reference.distribution[i] ?? Number.NaN);
    });
  });

  it("has scipy's intervals over the same resamples", () => {
    const ascending = Float64Array.from(reference.distribution).sort();
    const { observed, level } = reference;
    const jackknife = Float64Array.from(reference.jackknife);
    const tail = (1 - level) / 2;
    const expanded = expandedTail(level, 32);
    expectReference(expanded, reference.expandedTail);
    const found = [
      [percentileEnds(ascending, tail), reference.percentile],
      [basicEnds(ascending, tail, observed), reference.basic],
      [bcaEnds(ascending, tail, observed, jackknife), reference.bca],
      [bcaEnds(ascending, expanded, observed, jackknife), reference.expandedBca],
    ] as const;
    for (const [{ low, high }, [lowest, highest]] of found) {
      expectReference(low, lowest);
      expectReference(high, highest);
    }
  });

  it("puts it together: value and interval of scipy from seed and sample alone", () => {
    const chance = seededChance(reference.seed);
    const estimate = clusterBootstrap(sample, ratio, { chance, resamples: 400 });
    expectReference(estimate.value, reference.observed);
    expectReference(estimate.interval?.low ?? null, reference.expandedBca[0]);
    expectReference(estimate.interval?.high ?? null, reference.expandedBca[1]);
  });

  it("takes whole clusters: repeating every observation of a cluster narrows nothing", () => {
    const chance = seededChance(1);
    const once = Array.from({ length: 40 }, (_, i) => ({
      cluster: `game ${i}`,
      value: chance.normal(),
    }));
    const fourfold = [...once, ...once, ...once, ...once];
    const of = (rows: readonly Observation[]): unknown =>
      clusterBootstrap(clusterSums(rows, clusterOf, COLUMNS), ratio, { chance: seededChance(2) })
        .interval;
    expect(of(fourfold)).toEqual(of(once));
  });

  it("does not depend on the sequence of the observations", () => {
    const rows = Array.from({ length: 120 }, (_, i) => ({
      cluster: `game ${i % 35}`,
      value: (i * 37) % 11,
    }));
    const estimate = (sequence: readonly Observation[]): unknown => {
      const sums = clusterSums(sequence, clusterOf, COLUMNS);
      return clusterBootstrap(sums, ratio, { chance: seededChance(3), resamples: 500 });
    };
    const positions = fc.shuffledSubarray(rows, { minLength: rows.length });
    fc.assert(
      fc.property(positions, (shuffled) => {
        expect(estimate(shuffled)).toEqual(estimate(rows));
      }),
      { numRuns: 10 },
    );
  });
});

describe("an estimate says what is lacking", () => {
  const estimateOf = (rows: readonly Observation[], statistic: SumStatistic = ratio): unknown =>
    clusterBootstrap(clusterSums(rows, clusterOf, COLUMNS), statistic, { chance: seededChance(4) });
  const rowsOf = (clusters: number): readonly Observation[] =>
    Array.from({ length: clusters }, (_, i) => ({ cluster: `game ${i}`, value: i % 5 }));

  it("no value without observations", () => {
    const none = { value: null, n: 0, clusters: 0, interval: null, lack: "empty_sample" };
    expect(estimateOf([])).toEqual(none);
  });

  it("no interval below thirty clusters, one from there on", () => {
    const few = { n: 29, interval: null, lack: "too_few_clusters" };
    expect(estimateOf(rowsOf(CLUSTERS_MIN - 1))).toMatchObject(few);
    const many = { n: 30, interval: { level: 0.95 }, lack: null };
    expect(estimateOf(rowsOf(CLUSTERS_MIN))).toMatchObject(many);
  });

  it("no interval when all clusters agree", () => {
    const alike = rowsOf(40).map((row) => ({ ...row, value: 2 }));
    expect(estimateOf(alike)).toMatchObject({ value: 2, interval: null, lack: "no_variation" });
  });

  it("no value where the statistic has none, no interval where resamples have none", () => {
    const undefinedValue = { value: null, interval: null, lack: "undefined_value" };
    expect(estimateOf(rowsOf(40), () => Number.NaN)).toMatchObject(undefinedValue);
    let calls = 0;
    const shaky: SumStatistic = (sums) => (calls++ % 50 === 1 ? Number.NaN : ratio(sums));
    expect(estimateOf(rowsOf(40), shaky)).toMatchObject({ interval: null, lack: "unstable" });
  });

  it("an end that is infinite is told as null", () => {
    // One cluster in forty has a loss: a third of the resamples have none, and divide by zero.
    const rows = rowsOf(40).map((row, i) => ({ ...row, value: i === 0 ? 1 : 0 }));
    const estimate = estimateOf(rows, ([losses = 0, n = 0]) => n / losses);
    expect(estimate).toMatchObject({ value: 40, interval: { high: null } });
  });
});

describe("a 95 % interval covers the truth in 92 to 98 % of 1,000 samples", () => {
  /** Clusters of 1 to 5 results that share the luck of their game. */
  const worlds: Record<string, { truth: number; draw: (chance: Chance, luck: number) => number }> =
    {
      "normal results": { truth: 0.1, draw: (chance, luck) => 0.1 + 0.5 * luck + chance.normal() },
      "contracts bought at 30 cents that win 3 in 10": {
        truth: 0.3 * 0.68 - 0.7 * 0.32,
        draw: (chance) => (chance.uniform() < 0.3 ? 0.68 : -0.32),
      },
      "contracts bought at 10 cents that win 1 in 8": {
        truth: 0.125 * 0.89 - 0.875 * 0.11,
        draw: (chance) => (chance.uniform() < 0.125 ? 0.89 : -0.11),
      },
    };

  it.each([
    { clusters: 30, name: "normal results" },
    { clusters: 30, name: "contracts bought at 30 cents that win 3 in 10" },
    { clusters: 30, name: "contracts bought at 10 cents that win 1 in 8" },
    { clusters: 50, name: "contracts bought at 10 cents that win 1 in 8" },
  ])(
    "with $clusters clusters of $name",
    ({ clusters, name }) => {
      const world = worlds[name];
      const chance = seededChance(1_000 + clusters);
      const resampling = seededChance(2_000 + clusters);
      let covered = 0;
      for (let sample = 0; sample < 1_000; sample += 1) {
        // Sums of clusters at once: grouping by name is tested above, and takes its time.
        const columns = [new Float64Array(clusters), new Float64Array(clusters)] as const;
        for (let cluster = 0; cluster < clusters; cluster += 1) {
          const luck = chance.normal();
          const size = 1 + chance.below(5);
          columns[1][cluster] = size;
          for (let i = 0; i < size; i += 1) {
            columns[0][cluster] = (columns[0][cluster] ?? 0) + (world?.draw(chance, luck) ?? 0);
          }
        }
        const n = columns[1].reduce((sum, size) => sum + size, 0);
        const { interval } = clusterBootstrap({ n, clusters, columns }, ratio, {
          chance: resampling,
          resamples: 500,
        });
        const low = interval?.low ?? Infinity;
        const high = interval?.high ?? -Infinity;
        if (low <= (world?.truth ?? 0) && (world?.truth ?? 0) <= high) covered += 1;
      }
      expect(covered / 1_000).toBeGreaterThanOrEqual(0.92);
      expect(covered / 1_000).toBeLessThanOrEqual(0.98);
    },
    120_000,
  );
});
