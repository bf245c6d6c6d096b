import { addTree, type ForestParts } from "./lightgbm-tree.ts";
import { type BranchingForest, ModelFileError, type TreeLink, type TreeModel } from "./model.ts";
import { TextSection } from "./text-section.ts";

const END = "end of trees";
const IDENTITY = new Set(["regression", "regression_l1", "huber", "fair", "quantile", "mape"]);
const POSITIVE = new Set(["poisson", "gamma", "tweedie"]);

/**
 * Reads a model that LightGBM saved as text (`Booster.save_model`, versions 3 and 4 of the format):
 * one value per row, numeric and categorical splits, all ways of missing values. Linear leaves,
 * random forests, several outputs and pandas categories are refused.
 * Format: `GBDT::SaveModelToString` and `Tree::ToString` of LightGBM.
 *
 * @throws ModelFileError naming the part that is wrong or not supported.
 */
export function parseLightGbm(text: string): TreeModel {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const end = lines.indexOf(END);
  if (lines[0] !== "tree") throw new ModelFileError("line 1", `expected "tree"`);
  if (end === -1) throw new ModelFileError("(the whole file)", `is truncated: no "${END}"`);
  refusePandas(lines.slice(end));
  const { header, trees } = sectionsOf(lines.slice(0, end));
  const features = featuresOf(header);
  const link = linkOf(header);
  const sizes = header.text("tree_sizes").split(" ").length;
  if (sizes !== trees.length) {
    throw header.fault("tree_sizes", `says ${sizes} trees, found ${trees.length}`);
  }
  const parts: ForestParts = { roots: [], nodes: [], categoryWords: [], leaves: [] };
  for (const tree of trees) addTree(parts, tree, features.length);
  const forest = forestOf(parts);
  const model = { features, treeCount: trees.length, scale: 1, bias: 0, link, forest };
  return { family: "lightgbm", ...model };
}

function sectionsOf(lines: readonly string[]): {
  readonly header: TextSection;
  readonly trees: readonly TextSection[];
} {
  const starts = lines.flatMap((line, at) => (line.startsWith("Tree=") ? [at] : []));
  const part = (from: number, to: number | undefined): readonly string[] =>
    lines.slice(from, to).filter((line) => line !== "");
  const header = new TextSection("header", part(0, starts[0]));
  const trees = starts.map((start, at) => {
    const name = lines[start] ?? "";
    if (name !== `Tree=${at}`) throw new ModelFileError(name, `expected Tree=${at}`);
    return new TextSection(name, part(start + 1, starts[at + 1]));
  });
  return { header, trees };
}

function featuresOf(header: TextSection): readonly string[] {
  const version = header.text("version");
  if (version !== "v3" && version !== "v4") {
    throw header.fault("version", `expected v3 or v4, found ${version}`);
  }
  for (const key of ["num_class", "num_tree_per_iteration"]) {
    if (header.whole(key, 1) !== 1) throw header.fault(key, "expected one output per row");
  }
  if (header.has("average_output")) {
    throw header.fault("average_output", "random forests are not supported");
  }
  const names = header.text("feature_names").split(" ");
  const expected = header.whole("max_feature_idx", 0) + 1;
  if (names.length !== expected) {
    throw header.fault("feature_names", `expected ${expected} names, found ${names.length}`);
  }
  if (new Set(names).size !== expected) throw header.fault("feature_names", "two are the same");
  return names;
}

function linkOf(header: TextSection): TreeLink {
  const objective = header.text("objective");
  const [name = "", ...settings] = objective.split(" ");
  if (settings.length === 0) {
    if (IDENTITY.has(name)) return { kind: "identity" };
    if (POSITIVE.has(name)) return { kind: "exp" };
    if (name === "cross_entropy") return { kind: "sigmoid", steepness: 1 };
  }
  const steepness = Number(/^binary sigmoid:([\d.e+-]+)$/.exec(objective)?.[1] ?? Number.NaN);
  if (steepness > 0 && Number.isFinite(steepness)) return { kind: "sigmoid", steepness };
  throw header.fault("objective", `"${objective}" is not supported`);
}

/** Pandas categories are numbered by a list that only pandas applies. */
function refusePandas(lines: readonly string[]): void {
  const line = lines.find((one) => one.startsWith("pandas_categorical:"));
  if (line === undefined || /^pandas_categorical:(null|\[\])$/.test(line)) return;
  throw new ModelFileError("pandas_categorical", "train with whole numbers as categories");
}

function forestOf({ roots, nodes, categoryWords, leaves }: ForestParts): BranchingForest {
  return {
    kind: "branching",
    roots: Int32Array.from(roots),
    nodeFeatures: Int32Array.from(nodes, ({ feature }) => feature),
    nodeThresholds: Float64Array.from(nodes, ({ threshold }) => threshold),
    nodeWords: Int32Array.from(nodes, ({ words }) => words),
    nodeTypes: Uint8Array.from(nodes, ({ type }) => type),
    children: Int32Array.from(nodes.flatMap(({ left, right }) => [left, right])),
    categoryWords: Uint32Array.from(categoryWords),
    leaves: Float64Array.from(leaves),
  };
}
