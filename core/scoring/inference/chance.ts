import { assert } from "../../domain/assert.ts";
import { normalQuantile } from "../../domain/normal.ts";

/** 2^-32, exact: to multiply by it is faster than to divide. */
const WORD = 1 / 0x1_0000_0000;

/** A seeded stream of chance: the same seed gives the same draws on every machine. */
export interface Chance {
  /** A whole number from 0 to n - 1, for n up to 2^21. */
  readonly below: (n: number) => number;
  /** A number in the open interval (0, 1), 32 bits fine. */
  readonly uniform: () => number;
  /** A draw from the standard normal distribution, by inversion of one uniform number. */
  readonly normal: () => number;
}

/**
 * Makes a stream of chance from a seed.
 *
 * Source: xoshiro128** 1.1 of Blackman and Vigna (2018), "Scrambled linear pseudorandom number
 * generators"; its four words are filled by SplitMix (Steele, Lea and Flood 2014) with the 32-bit
 * finaliser of MurmurHash3. Core may import no package, and this is all it needs of one.
 *
 * @throws InvariantError unless the seed is an integer from 0 to 2^32 - 1.
 */
export function seededChance(seed: number): Chance {
  assert(seed >>> 0 === seed, "a seed is an integer, 0 <= seed < 2^32");
  const next = xoshiro128(seed);
  const uniform = (): number => (next() + 0.5) * WORD;
  return {
    // Multiply and shift: the bias is at most n / 2^32, far below what resampling can see.
    below: (n) => Math.floor(next() * n * WORD),
    uniform,
    normal: () => normalQuantile(uniform()),
  };
}

/** The generator: 32 unsigned bits a call. */
function xoshiro128(seed: number): () => number {
  let counter = seed | 0;
  const fill = (): number => {
    counter = (counter + 0x9e3779b9) | 0;
    let mixed = Math.imul(counter ^ (counter >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return mixed ^ (mixed >>> 16);
  };
  let a = fill();
  let b = fill();
  let c = fill();
  let d = fill();
  return () => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result >>> 0;
  };
}
