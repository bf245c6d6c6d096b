import { clusterBootstrap, clusterSums } from "../core/scoring/inference/bootstrap.ts";
import { seededChance } from "../core/scoring/inference/chance.ts";
import { profitFactor, type Result } from "../core/scoring/results.ts";
import { handSample } from "../core/scoring/validation/testing/hand-sample.ts";
import { validate } from "../core/scoring/validation/validate.ts";
import type { BenchResult } from "./result.ts";

const SEED = 11;
const POSITIONS = 1_000;
const RUNS = 5;

/** What a bootstrap interval costs: clusters of four positions, and the worst case of one each. */
export function statistics(): Promise<BenchResult> {
  const byGame = resultsOf(POSITIONS / 4);
  const alone = resultsOf(POSITIONS);
  return Promise.resolve({
    name: "statistics",
    definition:
      `a 95 % interval from 10,000 resamples of ${POSITIONS} positions, grouping and jackknife included; ` +
      `the slowest of ${RUNS} runs, the first one among them`,
    seed: SEED,
    figures: [
      figure("bootstrap, 250 games", () => profitFactor(byGame, { chance: seededChance(SEED) })),
      figure("bootstrap, 1,000 games", () => profitFactor(alone, { chance: seededChance(SEED) })),
      figure("bootstrap of a mean, 1,000 games", () =>
        clusterBootstrap(
          clusterSums(alone, ({ cluster }) => cluster, [({ gross }) => gross, () => 1]),
          ([sum = 0, n = 0]) => sum / n,
          { chance: seededChance(SEED) },
        ),
      ),
      { ...figure("whole validation, 400 games", validateSeason, 1), target: null },
    ],
  });
}

/** Every figure, each with its interval of 10,000 resamples. */
function validateSeason(): unknown {
  const sample = handSample({ games: 400, edge: 500_000 });
  const losses = { dailyLoss: 2e7, weeklyLoss: 5e7, singleTradeLoss: 1e7, consecutiveLosses: 8 };
  const terms = { stage: "paper", capital: 1e9, drawdownShare: 0.1, ...losses };
  return validate(sample, { stages: [terms], tried: [], others: [] });
}

function figure(name: string, run: () => unknown, runs = RUNS): BenchResult["figures"][number] {
  let slowest = 0;
  for (let count = 0; count < runs; count += 1) {
    const start = performance.now();
    run();
    slowest = Math.max(slowest, performance.now() - start);
  }
  return { name, value: Math.round(slowest) / 1_000, unit: "s", target: { atMost: 1 } };
}

function resultsOf(clusters: number): readonly Result[] {
  const chance = seededChance(SEED);
  return Array.from({ length: POSITIONS }, (_, i) => ({
    cluster: `game ${i % clusters}`,
    gross: Math.round(1_000_000 * (0.1 + chance.normal())),
    fees: 20_000,
  }));
}
