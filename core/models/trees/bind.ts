import {
  type BranchingForest,
  ModelFileError,
  type SymmetricForest,
  type TreeModel,
} from "./model.ts";

/**
 * The same model, reading its features from a longer vector.
 *
 * @param names of the places of that vector; every feature of the model is among them.
 * @throws ModelFileError naming the features that are not, or a name that is there twice.
 */
export function bindTrees(model: TreeModel, names: readonly string[]): TreeModel {
  const places = new Map(names.map((name, place) => [name, place]));
  if (places.size !== names.length) throw new ModelFileError("features", "two have the same name");
  const unknown = model.features.filter((name) => !places.has(name));
  if (unknown.length > 0) {
    throw new ModelFileError("features", `not known to the code: ${unknown.join(", ")}`);
  }
  const moved = (features: Int32Array): Int32Array =>
    features.map((feature) => places.get(model.features[feature] ?? "") ?? 0);
  return { ...model, features: names, forest: withFeatures(model.forest, moved) };
}

function withFeatures(
  forest: SymmetricForest | BranchingForest,
  moved: (features: Int32Array) => Int32Array,
): SymmetricForest | BranchingForest {
  return forest.kind === "symmetric"
    ? { ...forest, levelFeatures: moved(forest.levelFeatures) }
    : { ...forest, nodeFeatures: moved(forest.nodeFeatures) };
}
