import { assert } from "../../domain/assert.ts";

/**
 * Probability that a variable of Student's t distribution with `df` degrees of freedom is at
 * most `t`.
 *
 * Source: Abramowitz and Stegun 26.7.1, by the incomplete beta function.
 *
 * @throws InvariantError unless df > 0.
 */
export function studentCdf(t: number, df: number): number {
  assert(df > 0, "degrees of freedom are positive");
  const squared = t * t;
  if (squared < df) {
    const half = 0.5 * incompleteBeta(squared / (df + squared), 0.5, df / 2);
    return t > 0 ? 0.5 + half : 0.5 - half;
  }
  const tail = 0.5 * incompleteBeta(df / (df + squared), df / 2, 0.5);
  return t > 0 ? 1 - tail : tail;
}

/**
 * The value below which a variable of Student's t distribution lies with probability `p`:
 * bisection of `studentCdf` down to the last bits.
 *
 * @throws InvariantError unless 0 < p < 1 and df > 0.
 */
export function studentQuantile(p: number, df: number): number {
  assert(p > 0 && p < 1, "0 < p < 1");
  if (p > 0.5) return -studentQuantile(1 - p, df);
  if (p === 0.5) return 0;
  let low = -1;
  while (studentCdf(low, df) > p) low *= 2;
  let high = 0;
  for (let step = 0; step < 100 && low < high; step += 1) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (studentCdf(middle, df) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Regularised incomplete beta function by its continued fraction (Numerical Recipes 6.4, Lentz). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = logGamma(a + b) - logGamma(a) - logGamma(b);
  const scale = Math.exp(front + a * Math.log(x) + b * Math.log1p(-x)) / a;
  const guard = (value: number): number => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 1_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return scale * fraction;
}

const LANCZOS: readonly number[] = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
];

/** Logarithm of the gamma function of x > 0 (Lanczos, g = 7, n = 9); relative error near 1e-15. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const shifted = x - 1;
  const series = LANCZOS.reduce((sum, g, i) => (i === 0 ? g : sum + g / (shifted + i)), 0);
  const t = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(series);
}
