import { type JsonPart, parseModelJson } from "./json.ts";
import {
  ASKS,
  ModelFileError,
  type SymmetricForest,
  type TreeLink,
  type TreeModel,
} from "./model.ts";

/** CatBoost's own bound of a tree's depth. */
const MAX_DEPTH = 16;

const LINKS: Readonly<Record<string, TreeLink>> = {
  Logloss: { kind: "sigmoid", steepness: 1 },
  CrossEntropy: { kind: "sigmoid", steepness: 1 },
  RMSE: { kind: "identity" },
  MAE: { kind: "identity" },
  Quantile: { kind: "identity" },
  Huber: { kind: "identity" },
  Poisson: { kind: "exp" },
};

/** A feature of the file: its place in the vector, and how a level asks for it. */
interface FloatFeature {
  readonly place: number;
  readonly asks: number;
}

interface Features {
  readonly names: readonly string[];
  readonly floats: readonly FloatFeature[];
  /** Places of the categorical ones. */
  readonly categories: readonly number[];
  /** Category code by the signed 32-bit hash that splits name it with. */
  readonly codes: ReadonlyMap<number, number>;
}

/**
 * Reads a model that CatBoost saved with `save_model(format="json", pool=...)`: one value per row,
 * symmetric trees, splits of numbers and one-hot splits of categories whose values are whole
 * numbers. Categories in target statistics (`OnlineCtr`), other trees and several outputs are
 * refused: train with `one_hot_max_size` at least the number of categories.
 * Format: catboost.ai/docs, "Model analysis, JSON model tutorial".
 *
 * @throws ModelFileError naming the part that is wrong or not supported.
 */
export function parseCatBoost(text: string): TreeModel {
  const file = parseModelJson(text);
  const link = linkOf(file);
  const features = featuresOf(file.field("features_info"));
  if (!file.field("trees").isAbsent) {
    throw new ModelFileError("trees", "only symmetric trees are supported (oblivious_trees)");
  }
  const trees = file.field("oblivious_trees").items();
  if (trees.length === 0) throw new ModelFileError("oblivious_trees", "holds no tree");
  const [scale, bias] = file.field("scale_and_bias").items();
  const biases = bias?.items() ?? [];
  const [only] = biases;
  if (scale === undefined || only === undefined || biases.length !== 1) {
    throw new ModelFileError("scale_and_bias", "expected a scale and one bias: one output per row");
  }
  return {
    family: "catboost",
    features: features.names,
    treeCount: trees.length,
    scale: scale.number(),
    bias: only.number(),
    link,
    forest: forestOf(trees, features),
  };
}

function linkOf(file: JsonPart): TreeLink {
  const loss = file.field("model_info").field("params").field("loss_function").field("type");
  const name = loss.text();
  const link = LINKS[name];
  if (link === undefined) {
    const known = Object.keys(LINKS).join(", ");
    throw new ModelFileError(loss.where, `loss ${name} is not supported; supported are ${known}`);
  }
  return link;
}

function featuresOf(info: JsonPart): Features {
  const floats = optionalItems(info.field("float_features"));
  const categories = optionalItems(info.field("categorical_features"));
  for (const other of ["text_features", "embedding_features"]) {
    if (optionalItems(info.field(other)).length > 0) {
      throw new ModelFileError(info.field(other).where, "such features are not supported");
    }
  }
  const count = floats.length + categories.length;
  const names: (string | undefined)[] = Array.from({ length: count });
  const placeOf = (feature: JsonPart, at: number): number => {
    const own = feature.field("feature_index");
    if (own.index(Math.max(floats.length, categories.length)) !== at) throw own.fault(String(at));
    const flat = feature.field("flat_feature_index");
    const place = flat.index(count);
    if (names[place] !== undefined) throw new ModelFileError(flat.where, "is there twice");
    names[place] = feature.field("feature_id").text();
    return place;
  };
  const read = {
    floats: floats.map((feature, at) => ({ place: placeOf(feature, at), asks: asksOf(feature) })),
    categories: categories.map(placeOf),
  };
  const known = names.map((name) => name ?? "");
  if (new Set(known).size !== count) throw new ModelFileError(info.where, "two names are the same");
  return { ...read, names: known, codes: codesOf(optionalItems(info.field("cat_features_hash"))) };
}

function optionalItems(part: JsonPart): readonly JsonPart[] {
  return part.isAbsent ? [] : part.items();
}

function asksOf(feature: JsonPart): number {
  const treatment = feature.field("nan_value_treatment");
  const name = treatment.text();
  // As it is: a missing value is above no border, as every comparison with NaN is false.
  if (name === "AsIs" || name === "AsFalse") return ASKS.above;
  if (name === "AsTrue") return ASKS.aboveOrMissing;
  throw treatment.fault("AsIs, AsFalse or AsTrue");
}

function codesOf(hashes: readonly JsonPart[]): ReadonlyMap<number, number> {
  return new Map(
    hashes.map((entry) => {
      const value = entry.field("value");
      const text = value.text();
      // Single precision tells whole numbers apart up to 2^24.
      if (!/^-?\d{1,7}$/.test(text)) throw value.fault("a category that is a whole number");
      return [entry.field("hash").index(2 ** 32) | 0, Number(text)];
    }),
  );
}

function forestOf(trees: readonly JsonPart[], features: Features): SymmetricForest {
  const levelStarts = [0];
  const leafStarts: number[] = [];
  const levels: Level[] = [];
  const leaves: number[] = [];
  for (const tree of trees) {
    const splits = optionalItems(tree.field("splits"));
    if (splits.length > MAX_DEPTH) throw tree.field("splits").fault(`at most ${MAX_DEPTH} splits`);
    for (const split of splits) levels.push(levelOf(split, features));
    const values = tree.field("leaf_values");
    const own = values.items().map((value) => value.number());
    if (own.length !== 2 ** splits.length) {
      const expected = `${2 ** splits.length} leaves for ${splits.length} splits`;
      throw new ModelFileError(values.where, `expected ${expected}, found ${own.length}`);
    }
    leafStarts.push(leaves.length);
    for (const value of own) leaves.push(value);
    levelStarts.push(levels.length);
  }
  return {
    kind: "symmetric",
    levelStarts: Int32Array.from(levelStarts),
    leafStarts: Int32Array.from(leafStarts),
    levelFeatures: Int32Array.from(levels, ({ place }) => place),
    levelAsks: Uint8Array.from(levels, ({ asks }) => asks),
    levelBorders: Float64Array.from(levels, ({ border }) => border),
    leaves: Float64Array.from(leaves),
  };
}

interface Level extends FloatFeature {
  readonly border: number;
}

function levelOf(split: JsonPart, { floats, categories, codes }: Features): Level {
  const type = split.field("split_type");
  const name = type.text();
  if (name === "FloatFeature") {
    const feature = floats[split.field("float_feature_index").index(floats.length)];
    if (feature === undefined) throw split.fault("a float feature of the model");
    return { ...feature, border: split.field("border").number() };
  }
  if (name === "OneHotFeature") {
    const place = categories[split.field("cat_feature_index").index(categories.length)];
    const value = split.field("value");
    const code = codes.get(value.number() | 0);
    if (place === undefined) throw split.fault("a categorical feature of the model");
    if (code === undefined) {
      throw value.fault("a hash of features_info.cat_features_hash (save the model with its pool)");
    }
    return { place, asks: ASKS.equal, border: code };
  }
  throw type.fault("FloatFeature or OneHotFeature (train with a larger one_hot_max_size)");
}
