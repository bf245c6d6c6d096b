import { assert } from "../../domain/assert.ts";

/**
 * P-values corrected for having tested them all: the chance of even one false discovery stays at
 * the level. In the sequence given.
 *
 * Source: Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian
 * Journal of Statistics 6(2).
 *
 * @throws InvariantError when one is no probability.
 */
export function holm(pValues: readonly number[]): readonly number[] {
  const n = pValues.length;
  let most = 0;
  return inSequence(pValues, "ascending", (p, position) => {
    most = Math.max(most, Math.min(1, p * (n - position)));
    return most;
  });
}

/**
 * P-values corrected for having tested them all: the expected share of false discoveries among
 * those called significant stays at the level. In the sequence given.
 *
 * Source: Benjamini and Hochberg (1995), "Controlling the false discovery rate", Journal of the
 * Royal Statistical Society B 57(1).
 *
 * @throws InvariantError when one is no probability.
 */
export function benjaminiHochberg(pValues: readonly number[]): readonly number[] {
  const n = pValues.length;
  let least = 1;
  return inSequence(pValues, "descending", (p, position) => {
    least = Math.min(least, p * (n / (n - position)));
    return least;
  });
}

/** Corrects from the smallest or from the largest on; answers in the sequence given. */
function inSequence(
  pValues: readonly number[],
  direction: "ascending" | "descending",
  correct: (p: number, position: number) => number,
): readonly number[] {
  const sign = direction === "ascending" ? 1 : -1;
  const corrected = pValues.map(() => 0);
  const sorted = pValues.map((p, index) => ({ p, index })).sort((a, b) => sign * (a.p - b.p));
  sorted.forEach(({ p, index }, position) => {
    assert(p >= 0 && p <= 1, "0 <= p <= 1");
    corrected[index] = correct(p, position);
  });
  return corrected;
}
