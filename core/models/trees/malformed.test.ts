import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCatBoost } from "./catboost-json.ts";
import { evaluateTrees } from "./evaluate.ts";
import { parseLightGbm } from "./lightgbm-text.ts";
import { ModelFileError } from "./model.ts";

const reference = (file: string): string =>
  readFileSync(new URL(`../../../test/references/trees/${file}`, import.meta.url), "utf8");

/** A tree by hand: the root asks feature a (x <= 0.5), its right child whether b is category 1 or 33. */
const TREE = [
  "Tree=0",
  "num_leaves=3",
  "num_cat=1",
  "split_feature=0 1",
  "threshold=0.5 0",
  "decision_type=8 9",
  "left_child=-1 -2",
  "right_child=1 -3",
  "leaf_value=1 2 3",
  "cat_boundaries=0 2",
  "cat_threshold=2 2",
  "is_linear=0",
].join("\n");
const LIGHTGBM = [
  "tree",
  "version=v4",
  "num_class=1",
  "num_tree_per_iteration=1",
  "max_feature_idx=1",
  "objective=regression",
  "feature_names=a b",
  "tree_sizes=10",
  "",
  TREE,
  "",
  "end of trees",
  "",
  "pandas_categorical:null",
].join("\n");

describe("a LightGBM file", () => {
  test("by hand says what its tree says", () => {
    const model = parseLightGbm(LIGHTGBM);
    const at = (a: number, b: number): number => evaluateTrees(model, [a, b]);
    expect([at(0.5, 1), at(0.6, 1), at(0.6, 33), at(0.6, 2)]).toEqual([1, 2, 2, 3]);
    // Category bits end with the second word, a fraction is cut off, missing goes right.
    expect([at(0.6, 65), at(0.6, 1.9), at(0.6, Number.NaN), at(0.6, -1)]).toEqual([3, 2, 3, 3]);
  });

  test("may split what is missing from all else", () => {
    const model = parseLightGbm(LIGHTGBM.replace("threshold=0.5 0", "threshold=inf 0"));
    const at = (a: number): number => evaluateTrees(model, [a, 1]);
    expect([at(1e300), at(-1), at(Number.NaN)]).toEqual([1, 1, 2]);
  });

  test("may hold a tree of one leaf", () => {
    const single = "Tree=0\nnum_leaves=1\nnum_cat=0\nleaf_value=0.25\nis_linear=0";
    expect(evaluateTrees(parseLightGbm(LIGHTGBM.replace(TREE, single)), [0, 0])).toBe(0.25);
  });

  test.each([
    ["is empty", LIGHTGBM, "", 'line 1: expected "tree"'],
    ["is truncated", "end of trees", "", 'truncated: no "end of trees"'],
    [
      "lacks a tree",
      "tree_sizes=10",
      "tree_sizes=10 10",
      "header.tree_sizes: says 2 trees, found 1",
    ],
    ["holds no tree", `${TREE}\n`, "", "header.tree_sizes: says 1 trees, found 0"],
    ["skips a tree", "Tree=0", "Tree=1", "Tree=1: expected Tree=0"],
    ["is of another version", "version=v4", "version=v2", "header.version: expected v3 or v4"],
    ["has several outputs", "num_class=1", "num_class=3", "header.num_class: expected one output"],
    ["is a forest", "version=v4", "version=v4\naverage_output", "random forests are not supported"],
    ["has no objective", "objective=regression\n", "", "header.objective: is absent"],
    ["ranks", "objective=regression", "objective=lambdarank", '"lambdarank" is not supported'],
    ["takes a root", "=regression", "=regression sqrt", '"regression sqrt" is not supported'],
    ["lacks a name", "names=a b", "names=a", "header.feature_names: expected 2 names, found 1"],
    ["names twice", "names=a b", "names=a a", "header.feature_names: two are the same"],
    ["says a key twice", "num_cat=1", "num_cat=1\nnum_cat=1", "Tree=0.num_cat: is there twice"],
    [
      "holds another line",
      "num_cat=1",
      "num_cat=1\nnonsense",
      'expected key=value, found "nonsense"',
    ],
    [
      "has a NaN leaf",
      "leaf_value=1 2 3",
      "leaf_value=1 nan 3",
      'Tree=0.leaf_value[1]: expected a finite number, found "nan"',
    ],
    [
      "has an infinite leaf",
      "leaf_value=1 2 3",
      "leaf_value=1 2 1e999",
      "Tree=0.leaf_value[2]: expected a finite",
    ],
    [
      "lacks a leaf",
      "leaf_value=1 2 3",
      "leaf_value=1 2",
      "Tree=0.leaf_value: expected 3 numbers, found 2",
    ],
    [
      "lacks a threshold",
      "threshold=0.5 0",
      "threshold=0.5",
      "Tree=0.threshold: expected 2 numbers",
    ],
    [
      "has a threshold that is none",
      "threshold=0.5 0",
      "threshold=nan 0",
      'Tree=0.threshold[0]: expected a finite number, found "nan"',
    ],
    ["lacks a part", "split_feature=0 1\n", "", "Tree=0.split_feature: is absent"],
    [
      "asks a feature that is not",
      "split_feature=0 1",
      "split_feature=0 2",
      "Tree=0.split_feature[1]: expected a whole number from 0 to 1",
    ],
    [
      "splits in an unknown way",
      "decision_type=8 9",
      "decision_type=12 9",
      "Tree=0.decision_type[0]: unknown split type 12",
    ],
    [
      "splits in no way",
      "decision_type=8 9",
      "decision_type=8 16",
      "Tree=0.decision_type[1]: expected a whole number from 0 to 15",
    ],
    [
      "comes back to its root",
      "right_child=1 -3",
      "right_child=0 -3",
      "Tree=0.right_child[0]: node 0 is reached twice: a cycle",
    ],
    [
      "comes back to a node",
      "left_child=-1 -2",
      "left_child=-1 1",
      "Tree=0.left_child[1]: node 1 is reached twice: a cycle",
    ],
    [
      "reaches a leaf twice",
      "left_child=-1 -2",
      "left_child=-1 -1",
      "Tree=0.left_child[1]: leaf 0 is reached twice",
    ],
    [
      "leaves a node out",
      "right_child=1 -3",
      "right_child=-3 -3",
      "Tree=0.left_child: the root reaches 3 of 5 parts",
    ],
    [
      "points beyond its leaves",
      "right_child=1 -3",
      "right_child=1 -4",
      "Tree=0.right_child[1]: expected a whole number from -3 to 1",
    ],
    [
      "names a set that is not",
      "threshold=0.5 0",
      "threshold=0.5 1",
      "Tree=0.threshold[1]: expected one of 1 sets, found 1",
    ],
    [
      "cuts a set",
      "cat_threshold=2 2",
      "cat_threshold=2",
      "Tree=0.cat_threshold: expected 2 numbers, found 1",
    ],
    [
      "bounds sets backwards",
      "cat_boundaries=0 2",
      "cat_boundaries=1 0",
      "Tree=0.cat_boundaries: expected numbers that rise from 0",
    ],
    [
      "has linear leaves",
      "is_linear=0",
      "is_linear=1",
      "Tree=0.is_linear: linear leaves are not supported",
    ],
    [
      "has pandas categories",
      "categorical:null",
      'categorical:[["x"]]',
      "pandas_categorical: train with whole numbers",
    ],
  ])("that %s is refused with the place", (_, part, instead, reason) => {
    expect(LIGHTGBM).toContain(part);
    expect(() => parseLightGbm(LIGHTGBM.replace(part, instead))).toThrow(ModelFileError);
    expect(() => parseLightGbm(LIGHTGBM.replace(part, instead))).toThrow(reason);
  });

  test("that is cut anywhere in its trees is refused", () => {
    const whole = reference("lightgbm-binary.txt");
    const cut = fc.integer({ min: 0, max: whole.indexOf("end of trees") + 3 });
    const refuses = (end: number): void => {
      expect(() => parseLightGbm(whole.slice(0, end))).toThrow(ModelFileError);
    };
    fc.assert(fc.property(cut, refuses), { numRuns: 50 });
  });
});

/** As CatBoost writes it, as far as it is read: two levels, x > 0.5, and category 7. */
const CATBOOST = JSON.stringify({
  features_info: {
    float_features: [
      { feature_index: 0, flat_feature_index: 0, feature_id: "x", nan_value_treatment: "AsFalse" },
    ],
    categorical_features: [{ feature_index: 0, flat_feature_index: 1, feature_id: "team" }],
    cat_features_hash: [{ hash: 4216280702, value: "7" }],
  },
  model_info: { params: { loss_function: { type: "RMSE" } } },
  oblivious_trees: [
    {
      splits: [
        { split_type: "FloatFeature", float_feature_index: 0, border: 0.5 },
        { split_type: "OneHotFeature", cat_feature_index: 0, value: -78686594 },
      ],
      leaf_values: [1, 2, 3, 4],
    },
  ],
  scale_and_bias: [2, [10]],
});

describe("a CatBoost file", () => {
  test("by hand says what its tree says", () => {
    const model = parseCatBoost(CATBOOST);
    const at = (x: number, team: number): number => evaluateTrees(model, [x, team]);
    // Scale 2, bias 10; the first split is the lowest bit of the leaf.
    expect([at(0.5, 0), at(0.6, 0), at(0.5, 7), at(0.6, 7)]).toEqual([12, 14, 16, 18]);
    expect([at(Number.NaN, 0), at(Number.NaN, Number.NaN)]).toEqual([12, 12]);
    // CatBoost reads single precision, in which this is one half.
    expect([at(0.5 + 1e-9, 0), at(0.5 + 1e-7, 0)]).toEqual([12, 14]);
  });

  test.each([
    ["is empty", CATBOOST, "", "(the whole file): is not JSON, or truncated"],
    ["is a list", CATBOOST, "[]", "(the whole file): expected an object, found []"],
    [
      "lacks its loss",
      '"type":"RMSE"',
      '"kind":"RMSE"',
      "model_info.params.loss_function.type: expected a text, found nothing",
    ],
    [
      "has several outputs",
      '"RMSE"',
      '"MultiClass"',
      "loss MultiClass is not supported; supported are Logloss",
    ],
    ["has several biases", "[10]", "[10,1]", "scale_and_bias: expected a scale and one bias"],
    ["has no bias", "[2,[10]]", "[2]", "scale_and_bias: expected a scale and one bias"],
    [
      "has a scale that is none",
      "[2,[10]]",
      '["2",[10]]',
      'scale_and_bias[0]: expected a finite number, found "2"',
    ],
    [
      "holds no tree",
      /"oblivious_trees":\[.*\],"scale/,
      '"oblivious_trees":[],"scale',
      "oblivious_trees: holds no tree",
    ],
    [
      "lacks trees",
      '"oblivious_trees"',
      '"forgotten"',
      "oblivious_trees: expected a list, found nothing",
    ],
    [
      "has other trees",
      '"scale_and_bias"',
      '"trees":[],"scale_and_bias"',
      "trees: only symmetric trees",
    ],
    [
      "has a NaN leaf",
      "[1,2,3,4]",
      "[1,null,3,4]",
      "oblivious_trees[0].leaf_values[1]: expected a finite number, found null",
    ],
    [
      "lacks a leaf",
      "[1,2,3,4]",
      "[1,2,3]",
      "oblivious_trees[0].leaf_values: expected 4 leaves for 2 splits, found 3",
    ],
    [
      "has a border that is none",
      '"border":0.5',
      '"border":null',
      "oblivious_trees[0].splits[0].border: expected a finite number",
    ],
    [
      "splits in an unknown way",
      '"FloatFeature"',
      '"Sorcery"',
      'splits[0].split_type: expected FloatFeature or OneHotFeature (train with a larger one_hot_max_size), found "Sorcery"',
    ],
    [
      "asks a feature that is not",
      '"float_feature_index":0',
      '"float_feature_index":1',
      "splits[0].float_feature_index: expected a whole number from 0 to 0, found 1",
    ],
    [
      "asks a category that is not",
      '"cat_feature_index":0',
      '"cat_feature_index":3',
      "splits[1].cat_feature_index: expected a whole number",
    ],
    [
      "names no category",
      '"value":-78686594',
      '"value":5',
      "splits[1].value: expected a hash of features_info.cat_features_hash",
    ],
    [
      "has text as category",
      '"value":"7"',
      '"value":"BOS"',
      'cat_features_hash[0].value: expected a category that is a whole number, found "BOS"',
    ],
    [
      "has two features in a place",
      '"flat_feature_index":1',
      '"flat_feature_index":0',
      "categorical_features[0].flat_feature_index: is there twice",
    ],
    [
      "has a place too far",
      '"flat_feature_index":1',
      '"flat_feature_index":2',
      "expected a whole number from 0 to 1, found 2",
    ],
    ["names two features alike", '"team"', '"x"', "features_info: two names are the same"],
    [
      "treats missing otherwise",
      '"AsFalse"',
      '"AsYouLike"',
      "nan_value_treatment: expected AsIs, AsFalse or AsTrue",
    ],
    [
      "reads texts",
      '"features_info":{',
      '"features_info":{"text_features":[1],',
      "text_features: such features are not supported",
    ],
  ])("that %s is refused with the place", (_, part, instead, reason) => {
    const changed = CATBOOST.replace(part, instead);
    expect(changed).not.toBe(CATBOOST);
    expect(() => parseCatBoost(changed)).toThrow(ModelFileError);
    expect(() => parseCatBoost(changed)).toThrow(reason);
  });

  test("that is cut anywhere is refused", () => {
    const whole = reference("catboost-plain.json").trim();
    const cut = fc.integer({ min: 0, max: whole.length - 1 });
    const refuses = (end: number): void => {
      expect(() => parseCatBoost(whole.slice(0, end))).toThrow(ModelFileError);
    };
    fc.assert(fc.property(cut, refuses), { numRuns: 50 });
  });

  test("with any value replaced is refused, or says a number", () => {
    const pieces = [...CATBOOST.matchAll(/(?<=[:[,])(-?[\d.]+|"\w+"(?!:))/g)];
    const piece = fc.constantFrom(...pieces);
    const instead = fc.constantFrom("null", "-1", "1e9", '"x"', "[]", "{}", "true", "0.5");
    const holds = ({ index, 0: { length } }: RegExpExecArray, text: string): void => {
      const changed = CATBOOST.slice(0, index) + text + CATBOOST.slice(index + length);
      try {
        expect(evaluateTrees(parseCatBoost(changed), [1, 7])).not.toBeNaN();
      } catch (error) {
        expect(error).toBeInstanceOf(ModelFileError);
      }
    };
    fc.assert(fc.property(piece, instead, holds), { numRuns: 300 });
  });
});
