import { createHash } from "node:crypto";
import { parseCatBoost } from "../core/models/trees/catboost-json.ts";
import { evaluateTrees } from "../core/models/trees/evaluate.ts";
import { parseLightGbm } from "../core/models/trees/lightgbm-text.ts";
import type { TreeModel } from "../core/models/trees/model.ts";
import { type Chance, seededChance } from "../core/scoring/inference/chance.ts";
import { percentile } from "../core/scoring/percentile.ts";
import type { BenchResult, Figure } from "./result.ts";

const SEED = 53;
const TREES = 500;
const DEPTH = 6;
const LEAVES = 2 ** DEPTH;
const FEATURES = 70;
const WARM_UP = 2_000;
const ROWS = 20_000;
/** Of the values of a row. */
const MISSING_SHARE = 0.1;

/** What one evaluation costs: full trees of both families, a row of the feature engine's width. */
export function trees(): Promise<BenchResult> {
  const hash = createHash("sha256");
  const models = { CatBoost: parseCatBoost(catBoost()), LightGBM: parseLightGbm(lightGbm()) };
  return Promise.resolve({
    name: "trees",
    definition:
      `one evaluation of ${TREES} trees of depth ${DEPTH} over ${FEATURES} features, of which ` +
      `${100 * MISSING_SHARE} % are missing: each of ${ROWS} rows by itself, after ${WARM_UP} to warm up`,
    seed: SEED,
    figures: Object.entries(models).flatMap(([name, model]) => figures(name, model, hash)),
    checksum: hash.digest("hex"),
  });
}

function figures(
  name: string,
  model: TreeModel,
  hash: ReturnType<typeof createHash>,
): readonly Figure[] {
  const chance = seededChance(SEED);
  const row = new Float64Array(FEATURES);
  const values = new Float64Array(ROWS);
  const took: number[] = [];
  for (let at = -WARM_UP; at < ROWS; at += 1) {
    for (let feature = 0; feature < FEATURES; feature += 1) {
      row[feature] = chance.uniform() < MISSING_SHARE ? Number.NaN : chance.normal();
    }
    const start = performance.now();
    const value = evaluateTrees(model, row);
    const ms = performance.now() - start;
    if (at < 0) continue;
    values[at] = Math.round(value * 1e9) / 1e9;
    took.push(ms);
  }
  hash.update(values);
  const figure = (share: number, target: Figure["target"]): Figure => {
    const ms = percentile(took, share) ?? Number.NaN;
    const value = Math.round(ms * 10_000) / 10_000;
    return { name: `${name}, p${100 * share}`, value, unit: "ms", target };
  };
  return [figure(0.5, null), figure(0.99, { atMost: 0.2 })];
}

const times = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));

const leavesOf = (chance: Chance): readonly number[] =>
  times(LEAVES, () => chance.normal() / TREES);

function catBoost(): string {
  const chance = seededChance(SEED);
  const split = (): object => ({
    split_type: "FloatFeature",
    float_feature_index: Math.floor(chance.uniform() * FEATURES),
    border: chance.normal(),
  });
  return JSON.stringify({
    features_info: {
      float_features: times(FEATURES, (at) => ({
        feature_index: at,
        flat_feature_index: at,
        feature_id: `f${at}`,
        nan_value_treatment: "AsFalse",
      })),
    },
    model_info: { params: { loss_function: { type: "Logloss" } } },
    oblivious_trees: times(TREES, () => ({
      splits: times(DEPTH, split),
      leaf_values: leavesOf(chance),
    })),
    scale_and_bias: [1, [0]],
  });
}

/** Nodes numbered as in a heap: the children of `n` are `2n + 1` and `2n + 2`, and then come leaves. */
function lightGbm(): string {
  const chance = seededChance(SEED);
  const nodes = LEAVES - 1;
  const child = (at: number): number => (at < nodes ? at : ~(at - nodes));
  const tree = (at: number): string[] => [
    `Tree=${at}`,
    `num_leaves=${LEAVES}`,
    "num_cat=0",
    `split_feature=${times(nodes, () => Math.floor(chance.uniform() * FEATURES)).join(" ")}`,
    `threshold=${times(nodes, () => chance.normal()).join(" ")}`,
    // Missing is NaN; to the left or to the right.
    `decision_type=${times(nodes, () => (chance.uniform() < 0.5 ? 8 : 10)).join(" ")}`,
    `left_child=${times(nodes, (node) => child(2 * node + 1)).join(" ")}`,
    `right_child=${times(nodes, (node) => child(2 * node + 2)).join(" ")}`,
    `leaf_value=${leavesOf(chance).join(" ")}`,
    "",
  ];
  return [
    ...["tree", "version=v4", "num_class=1", "num_tree_per_iteration=1"],
    `max_feature_idx=${FEATURES - 1}`,
    "objective=binary sigmoid:1",
    `feature_names=${times(FEATURES, (at) => `f${at}`).join(" ")}`,
    `tree_sizes=${times(TREES, () => "0").join(" ")}`,
    ...times(TREES, tree).flat(),
    "end of trees",
  ].join("\n");
}
