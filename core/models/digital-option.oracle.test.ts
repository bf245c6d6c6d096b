import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { describe, expect, it } from "vitest";
import {
  AVERAGE_TICKS,
  probabilityWithin,
  type SettlementInput,
  settlementForecast,
} from "./digital-option.ts";

const SEED = 20_261_129;
const CASES = 200;
const PATHS = 5_000;

/** Draws that both the cases and their paths are made of. */
class Draws {
  readonly #source = xoroshiro128plus(SEED);
  #spare: number | null = null;

  uniform(low = 0, high = 1): number {
    return low + (high - low) * (((this.#source.next() >>> 0) + 0.5) / 0x1_0000_0000);
  }

  /** Box and Muller. */
  normal(): number {
    if (this.#spare !== null) {
      const kept = this.#spare;
      this.#spare = null;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Events of a Poisson process of that mean: exponential waits. */
  poisson(mean: number): number {
    let count = 0;
    for (let waited = -Math.log(this.uniform()); waited < mean; count += 1) {
      waited -= Math.log(this.uniform());
    }
    return count;
  }
}

/** One settlement average of the process that the formula stands for, tick by tick. */
function simulate(input: SettlementInput, draws: Draws): number {
  const { volatility, jumpRate, jumpDeviation, secondsToClose, seenTicks } = input;
  const error = 1 + input.basisDeviation * draws.normal();
  let index = input.spot / (1 + input.basis);
  let sum = seenTicks * input.seenMean;
  const unseen = AVERAGE_TICKS - seenTicks;
  for (let tick = unseen; tick > 0; tick -= 1) {
    // The last tick is that of the close; ticks that are due already stand at the present price.
    const since = tick === unseen ? secondsToClose - (unseen - 1) : 1;
    const seconds = Math.max(0, since < 0 ? 0 : since);
    const jumps = draws.poisson(jumpRate * seconds);
    const variance = volatility ** 2 * seconds + jumps * jumpDeviation ** 2;
    if (variance > 0) index *= Math.exp(Math.sqrt(variance) * draws.normal() - variance / 2);
    sum += index;
  }
  return (sum / AVERAGE_TICKS) * error;
}

/** A contract as any of the three series may have it, now or inside its last minute. */
function drawCase(draws: Draws): { input: SettlementInput; low: number; high: number } {
  const isInside = draws.uniform() < 0.4;
  const secondsToClose = isInside ? Math.ceil(draws.uniform(0, 59)) : draws.uniform(60, 7_200);
  const hasJumps = draws.uniform() < 0.3;
  const volatility = 10 ** draws.uniform(-5, -3.3);
  const spot = draws.uniform(20_000, 150_000);
  const input: SettlementInput = {
    spot,
    basis: draws.uniform(-3e-4, 3e-4),
    basisDeviation: draws.uniform() < 0.5 ? 0 : draws.uniform(0, 2e-4),
    volatility,
    jumpRate: hasJumps ? draws.uniform(0, 1e-3) : 0,
    jumpDeviation: volatility * draws.uniform(5, 15),
    secondsToClose,
    seenTicks: isInside ? AVERAGE_TICKS - secondsToClose : 0,
    seenMean: spot * (1 + draws.uniform(-1, 1) * volatility * 10),
  };
  const { mean, deviation } = settlementForecast(input);
  const low = mean * (1 + draws.uniform(-2, 2) * deviation);
  const kind = draws.uniform();
  if (kind < 0.4) return { input, low, high: Infinity };
  if (kind < 0.6) return { input, low: -Infinity, high: low };
  return { input, low, high: low * (1 + draws.uniform(0.2, 3) * deviation) };
}

describe("fair value against a simulation of the process", () => {
  it(`lies within three standard errors of ${PATHS} paths in ${CASES} random cases`, () => {
    const draws = new Draws();
    let squares = 0;
    for (let index = 0; index < CASES; index += 1) {
      const { input, low, high } = drawCase(draws);
      const p = probabilityWithin(settlementForecast(input), low, high);
      let hits = 0;
      for (let path = 0; path < PATHS; path += 1) {
        const average = simulate(input, draws);
        if (average >= low && average < high) hits += 1;
      }
      const error = Math.sqrt((p * (1 - p)) / PATHS);
      const distance = (hits / PATHS - p) / error;
      squares += distance ** 2;
      expect(Math.abs(distance), JSON.stringify({ input, low, high, p })).toBeLessThanOrEqual(3);
    }
    // The distances are standard normal: their mean square is 1, give or take sqrt(2 / 200) = 0.1.
    expect(squares / CASES).toBeGreaterThan(0.7);
    expect(squares / CASES).toBeLessThan(1.3);
  });
});
