import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { expectReference, readReferences } from "../../../test/references/read.ts";
import { bindTrees } from "./bind.ts";
import { parseCatBoost } from "./catboost-json.ts";
import { evaluateTrees } from "./evaluate.ts";
import { parseLightGbm } from "./lightgbm-text.ts";
import type { TreeModel } from "./model.ts";

const Rows = z.object({
  features: z.array(z.string()),
  rows: z.array(z.array(z.number().nullable())),
  predictions: z.record(z.string(), z.array(z.number())),
});
const { features, rows, predictions } = readReferences("trees/rows", Rows);
const vectors = rows.map((row) => Float64Array.from(row, (value) => value ?? Number.NaN));

function read(name: string): TreeModel {
  const isCatBoost = name.startsWith("catboost");
  const file = `../../../test/references/trees/${name}.${isCatBoost ? "json" : "txt"}`;
  const text = readFileSync(new URL(file, import.meta.url), "utf8");
  return isCatBoost ? parseCatBoost(text) : parseLightGbm(text);
}

describe("on 1,000 random rows with missing values and categories", () => {
  test("the references hold missing values, unknown and negative categories", () => {
    expect(vectors).toHaveLength(1_000);
    expect(vectors.filter((vector) => vector.some(Number.isNaN)).length).toBeGreaterThan(300);
    expect(vectors.filter((vector) => (vector[4] ?? 0) > 87).length).toBeGreaterThan(100);
    expect(vectors.filter((vector) => (vector[4] ?? 0) < 0).length).toBeGreaterThan(20);
  });

  test.each(Object.keys(predictions))("%s says what its library says", (name) => {
    const model = read(name);
    expect(model.features).toEqual(features);
    const expected = predictions[name] ?? [];
    expect(new Set(expected).size).toBeGreaterThan(300);
    for (const [at, vector] of vectors.entries()) {
      expectReference(evaluateTrees(model, vector), expected[at] ?? Number.NaN);
    }
  });

  test.each(Object.keys(predictions))("%s says the same of a longer vector", (name) => {
    const model = read(name);
    const bound = bindTrees(model, ["other", ...features.toReversed(), "last"]);
    for (const vector of vectors.slice(0, 100)) {
      const longer = Float64Array.from([Number.NaN, ...[...vector].reverse(), 1]);
      expect(evaluateTrees(bound, longer)).toBe(evaluateTrees(model, vector));
    }
  });
});

test("a vector of another length is our own mistake", () => {
  expect(() => evaluateTrees(read("catboost-plain"), new Float64Array(5))).toThrow(
    "one number per",
  );
});

test("a model's features must be known", () => {
  expect(() => bindTrees(read("lightgbm-none"), ["price", "lead", "range", "ratio"])).toThrow(
    "features: not known to the code: team, phase",
  );
  expect(() => bindTrees(read("lightgbm-none"), [...features, "team"])).toThrow("the same name");
});
