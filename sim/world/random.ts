import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { required } from "../../core/domain/assert.ts";

/** FNV-1a over the text, 32 bits: turns a seed and a label into the seed of a stream of its own. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value ^= text.charCodeAt(index);
    value = Math.imul(value, 0x01000193);
  }
  return value | 0;
}

/**
 * A seeded stream of chance. Streams of different labels are independent, so that one part of a
 * world can draw more or less without moving any other part.
 */
export class Random {
  readonly #generator: ReturnType<typeof xoroshiro128plus>;

  constructor(seed: number, label: string) {
    this.#generator = xoroshiro128plus(hash(`${seed}/${label}`));
    // The first outputs of a generator seeded with a small number are not yet mixed.
    for (let skipped = 0; skipped < 8; skipped++) this.#generator.next();
  }

  /** A number in [0, 1), 32 bits fine. */
  uniform(): number {
    return (this.#generator.next() + 0x8000_0000) / 0x1_0000_0000;
  }

  /** A number in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low + 1));
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    return this.uniform() < p;
  }

  /** A draw from the normal distribution (Box and Muller, one of the pair). */
  normal(mean: number, deviation: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A waiting time of the given mean. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform());
  }

  /** One of the items, which must not be none. */
  pick<T>(items: readonly T[]): T {
    return required(items[this.integer(0, items.length - 1)], "an item to pick");
  }

  /** The items in a new, random sequence. */
  shuffled<T>(items: readonly T[]): T[] {
    const rest = [...items];
    const out: T[] = [];
    while (rest.length > 0) out.push(...rest.splice(this.integer(0, rest.length - 1), 1));
    return out;
  }
}
