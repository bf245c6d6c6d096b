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
  let sum = 0;
  for (let tree = 0; tree < leafStarts.length; tree += 1) {
    const start = levelStarts[tree] ?? 0;
    const end = levelStarts[tree + 1] ?? 0;
    let leaf = 0;
    for (let level = start; level < end; level += 1) {
      const value = Math.fround(vector[levelFeatures[level] ?? 0] ?? Number.NaN);
      const border = levelBorders[level] ?? 0;
      const asks = levelAsks[level];
      const isYes =
        asks === ASKS.equal
          ? value === border
          : value > border || (asks === ASKS.aboveOrMissing && Number.isNaN(value));
      if (isYes) leaf |= 1 << (level - start);
    }
    sum += leaves[(leafStarts[tree] ?? 0) + leaf] ?? Number.NaN;
  }
  return sum;
}

function sumBranching(forest: BranchingForest, vector: ArrayLike<number>): number {
  const { roots, lefts, rights, leaves, nodeFeatures } = forest;
  let sum = 0;
  for (const root of roots) {
    let node = root;
    while (node >= 0) {
      const value = vector[nodeFeatures[node] ?? 0] ?? Number.NaN;
      node = (goesLeft(forest, node, value) ? lefts[node] : rights[node]) ?? -1;
    }
    sum += leaves[~node] ?? Number.NaN;
  }
  return sum;
}

function goesLeft(forest: BranchingForest, node: number, value: number): boolean {
  const type = forest.nodeTypes[node] ?? 0;
  const threshold = forest.nodeThresholds[node] ?? 0;
  if ((type & 1) === 1) return isInSet(forest, threshold, forest.nodeWords[node] ?? 0, value);
  const missing = type >> 2;
  const isNan = Number.isNaN(value);
  if (missing === MISSING.nan && isNan) return (type & 2) !== 0;
  const known = isNan ? 0 : value;
  if (missing === MISSING.zero && known >= -ZERO && known <= ZERO) return (type & 2) !== 0;
  return known <= threshold;
}

/** A category that is missing, negative or unknown goes right. */
function isInSet(forest: BranchingForest, first: number, words: number, value: number): boolean {
  const category = Math.trunc(value);
  if (!(category >= 0) || category >= words * 32) return false;
  const word = forest.categoryWords[first + (category >>> 5)] ?? 0;
  return ((word >>> (category & 31)) & 1) === 1;
}
