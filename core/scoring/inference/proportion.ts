import { assert } from "../../domain/assert.ts";
import { normalQuantile } from "../../domain/normal.ts";
import type { Interval } from "./estimate.ts";

/**
 * Interval for the probability behind `successes` of `n` independent trials.
 *
 * Source: Wilson (1927), "Probable inference, the law of succession, and statistical inference",
 * JASA 22(158). Trials that hang together (orders of one game) need the cluster bootstrap instead.
 *
 * @returns null without trials.
 * @throws InvariantError unless 0 <= successes <= n and 0 < level < 1.
 */
export function wilsonInterval(successes: number, n: number, level = 0.95): Interval | null {
  assert(successes >= 0 && successes <= n && level > 0 && level < 1, "0 <= successes <= n");
  if (n === 0) return null;
  const z = normalQuantile((1 + level) / 2);
  const share = successes / n;
  const centre = share + z ** 2 / (2 * n);
  const spread = z * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2));
  const scale = 1 + z ** 2 / n;
  return {
    level,
    low: Math.max(0, (centre - spread) / scale),
    high: Math.min(1, (centre + spread) / scale),
  };
}
