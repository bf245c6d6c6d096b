import { describe, expect, it } from "vitest";
import { seededChance } from "./chance.ts";
import { studentQuantile } from "./distributions.ts";
import { permutedDifference } from "./permutation.ts";

const few = () => ({ chance: seededChance(1), resamples: 400 });

describe("a permuted difference", () => {
  const normal = (clusters: number, shift: number, chance = seededChance(clusters)) => ({
    n: clusters,
    clusters,
    columns: [
      Float64Array.from({ length: clusters }, () => shift + chance.normal()),
      new Float64Array(clusters).fill(1),
    ],
  });

  it("has the interval of Welch's t where samples are normal", () => {
    const [first, second] = [normal(60, 1), normal(90, 0)];
    const { value, interval } = permutedDifference(first, second, { chance: seededChance(1) });
    const varianceOf = ({ columns: [values = new Float64Array()] }: typeof first): number => {
      const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
      const squares = values.reduce((sum, one) => sum + (one - mean) ** 2, 0);
      return squares / (values.length - 1) / values.length;
    };
    const reach = -studentQuantile(0.025, 130) * Math.sqrt(varianceOf(first) + varianceOf(second));
    expect(((interval?.high ?? 0) - (value ?? 0)) / reach).toBeCloseTo(1, 1);
    expect(((value ?? 0) - (interval?.low ?? 0)) / reach).toBeCloseTo(1, 1);
  });

  it("says what is lacking", () => {
    const none = { n: 0, clusters: 0, columns: [new Float64Array(), new Float64Array()] };
    const alike = {
      ...normal(40, 0),
      columns: [new Float64Array(40), new Float64Array(40).fill(1)],
    };
    expect(permutedDifference(none, none, few()).lack).toBe("empty_sample");
    expect(permutedDifference(none, normal(40, 0), few()).lack).toBe("undefined_value");
    expect(permutedDifference(normal(29, 0), normal(40, 0), few())).toMatchObject({
      ...{ n: 69, clusters: 69, interval: null, lack: "too_few_clusters" },
    });
    expect(permutedDifference(alike, alike, few()).lack).toBe("no_variation");
  });
});
