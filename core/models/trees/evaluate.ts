import { assert } from "../../domain/assert.ts";
import {
  ASKS,
  type BranchingForest,
  MISSING,
  type SymmetricForest,
  type TreeLink,
  type TreeModel,
} from "./model.ts";

/** Magnitudes up to this are zero to LightGBM (`kZeroThreshold`, meta.h). */
const ZERO = Math.fround(1e-35);

/**
 * What a model says of a feature vector: a probability behind a sigmoid, else in the unit of its
 * target. Equal to the library's own `predict` within 1e-9. CatBoost compares in single precision
 * (catboost/libs/model), LightGBM in double (`Tree::NumericalDecision`, tree.h).
 *
 * @param vector one number per feature of the model, in its sequence; NaN where one is missing.
 * @throws InvariantError when the vector has another length than the model's features.
 */
export function evaluateTrees(model: TreeModel, vector: ArrayLike<number>): number {
  const { forest, features, scale, bias, link } = model;
  assert(vector.length === features.length, "one number per feature of the model");
  const sum =
    forest.kind === "symmetric" ? sumSymmetric(forest, vector) : sumBranching(forest, vector);
  return linked(scale * sum + bias, link);
}

function linked(raw: number, link: TreeLink): number {
  if (link.kind === "identity") return raw;
  return link.kind === "exp" ? Math.exp(raw) : 1 / (1 + Math.exp(-link.steepness * raw));
}

function sumSymmetric(forest: SymmetricForest, vector: ArrayLike<number>): number {
  const { levelStarts, leafStarts, levelFeatures, levelAsks, levelBorders, leaves } = forest;
  const values = new Float32Array(vector);
  let sum = 0;
  for (let tree = 0; tree < leafStarts.length; tree += 1) {
    const start = levelStarts[tree] ?? 0;
    const end = levelStarts[tree + 1] ?? 0;
    let leaf = 0;
    for (let level = start; level < end; level += 1) {
      const value = values[levelFeatures[level] ?? 0] ?? Number.NaN;
      const border = levelBorders[level] ?? 0;
      const asks = levelAsks[level] ?? 0;
      // Few levels ask for more than the border: the answer to the others needs no jump.
      const isAbove = asks === ASKS.above ? value > border : answer(asks, value, border);
      leaf |= Number(isAbove) << (level - start);
    }
    sum += leaves[(leafStarts[tree] ?? 0) + leaf] ?? Number.NaN;
  }
  return sum;
}

function answer(asks: number, value: number, border: number): boolean {
  return asks === ASKS.equal ? value === border : value > border || Number.isNaN(value);
}

function sumBranching(forest: BranchingForest, vector: ArrayLike<number>): number {
  const { roots, children, leaves, nodeFeatures, nodeThresholds, nodeTypes } = forest;
  const values = new Float64Array(vector);
  let sum = 0;
  for (const root of roots) {
    let node = root;
    while (node >= 0) {
      const value = values[nodeFeatures[node] ?? 0] ?? Number.NaN;
      const type = nodeTypes[node] ?? 0;
      // Most nodes compare, and send NaN by their default: their answer needs no jump.
      const left =
        type >> 2 === MISSING.nan && (type & 1) === 0
          ? Number(value <= (nodeThresholds[node] ?? 0)) |
            (Number(Number.isNaN(value)) & (type >> 1))
          : Number(goesLeft(forest, node, value));
      node = children[2 * node + 1 - left] ?? -1;
    }
    sum += leaves[~node] ?? Number.NaN;
  }
  return sum;
}

/** Of the other nodes: categories, and those that know no missing value or take zero for one. */
function goesLeft(forest: BranchingForest, node: number, value: number): boolean {
  const type = forest.nodeTypes[node] ?? 0;
  const threshold = forest.nodeThresholds[node] ?? 0;
  if ((type & 1) === 1) return isInSet(forest, threshold, forest.nodeWords[node] ?? 0, value);
  const known = Number.isNaN(value) ? 0 : value;
  if (type >> 2 === MISSING.zero && known >= -ZERO && known <= ZERO) return (type & 2) !== 0;
  return known <= threshold;
}

/** A category that is missing, negative or unknown goes right. */
function isInSet(forest: BranchingForest, first: number, words: number, value: number): boolean {
  const category = Math.trunc(value);
  if (!(category >= 0) || category >= words * 32) return false;
  const word = forest.categoryWords[first + (category >>> 5)] ?? 0;
  return ((word >>> (category & 31)) & 1) === 1;
}
