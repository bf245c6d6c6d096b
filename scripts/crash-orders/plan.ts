import type { MarketResult } from "../../core/domain/market.ts";
import { STEPS, type Step } from "../../core/domain/steps.ts";
import { Random } from "../../sim/world/random.ts";

/** One death to be died: where, how often, and in which market. */
export interface CrashCase {
  readonly step: Step;
  readonly seed: number;
  /** The process dies when it comes to the step for the n-th time. */
  readonly occurrence: number;
  /** So many processes die there at most, one after the other. */
  readonly deaths: number;
  readonly market: CrashMarket;
}

/** The market of a case, drawn from the seed. Prices in cents, sizes in whole contracts. */
export interface CrashMarket {
  /** Contracts of the first entry, which rests. */
  readonly count: number;
  /** So many of them fill before it is canceled. */
  readonly filledBefore: number;
  /** What is offered, best first: the takers' fills. */
  readonly offers: readonly { readonly cents: number; readonly size: number }[];
  readonly result: MarketResult;
  /** What a YES contract pays when the result is scalar, cents. */
  readonly scalarCents: number;
}

/** Operations whose steps are passed more than once: by which of the times the seeds differ. */
const REPEATED = /^(place|fill|settle\.[3-6])/;

/** Every step once with each seed. */
export function planCrashes(seeds: readonly number[]): readonly CrashCase[] {
  return seeds.flatMap((seed) => STEPS.map((step) => planOne(step, seed)));
}

function planOne(step: Step, seed: number): CrashCase {
  const random = new Random(seed, `crash-orders/${step}`);
  const count = random.integer(20, 60);
  const first = random.integer(5, 12);
  const second = random.integer(5, 12);
  return {
    step,
    seed,
    occurrence: REPEATED.test(step) ? random.integer(1, 2) : 1,
    deaths: random.chance(0.3) ? 2 : 1,
    market: {
      count,
      filledBefore: random.integer(1, 10),
      offers: [
        { cents: 60, size: first },
        { cents: 61, size: second },
        { cents: 62, size: 200 },
      ],
      result: random.pick<MarketResult>(["yes", "no", "scalar"]),
      scalarCents: random.integer(1, 99),
    },
  };
}

/** Steps that only a workflow's worker passes. */
export function isCarry(step: Step): boolean {
  return step.startsWith("carry.");
}
