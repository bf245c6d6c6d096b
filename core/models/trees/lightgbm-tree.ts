import type { TextSection } from "./text-section.ts";

/** A node, its children as `BranchingForest` numbers them over all trees. */
interface Node {
  readonly feature: number;
  readonly threshold: number;
  readonly words: number;
  readonly type: number;
  readonly left: number;
  readonly right: number;
}

/** The trees that were read so far. */
export interface ForestParts {
  readonly roots: number[];
  readonly nodes: Node[];
  readonly categoryWords: number[];
  readonly leaves: number[];
}

/** Bits of `decision_type` that have a meaning: categorical, default left, two for what is missing. */
const TYPES = 16;
const MISSING_UNKNOWN = 3;

/** Adds one tree. @throws ModelFileError naming the tree, the key and the place that is wrong. */
export function addTree(parts: ForestParts, tree: TextSection, features: number): void {
  const { nodes, leaves, categoryWords } = parts;
  const leafCount = tree.whole("num_leaves", 1);
  const nodeCount = leafCount - 1;
  if (tree.has("is_linear") && tree.text("is_linear") !== "0") {
    throw tree.fault("is_linear", "linear leaves are not supported");
  }
  const values = tree.numbers("leaf_value", leafCount);
  parts.roots.push(nodeCount === 0 ? ~leaves.length : nodes.length);
  if (nodeCount > 0) {
    const shape = shapeOf(tree, nodeCount, leafCount);
    const sets = setsOf(tree, categoryWords);
    const types = tree.wholes("decision_type", nodeCount, [0, TYPES]);
    const asked = tree.wholes("split_feature", nodeCount, [0, features]);
    // Infinite where a split only tells what is missing from what is not.
    const thresholds = tree.bounds("threshold", nodeCount);
    const placed = (child: number): number =>
      child >= 0 ? child + nodes.length : ~(~child + leaves.length);
    const own = shape.map(({ left, right }, at): Node => {
      const type = types[at] ?? 0;
      if (type >> 2 === MISSING_UNKNOWN) {
        throw tree.fault(`decision_type[${at}]`, `unknown split type ${type}`);
      }
      const given = thresholds[at] ?? 0;
      const set = (type & 1) === 1 ? sets[given] : { threshold: given, words: 0 };
      if (set === undefined) {
        throw tree.fault(`threshold[${at}]`, `expected one of ${sets.length} sets, found ${given}`);
      }
      const children = { left: placed(left), right: placed(right) };
      return { feature: asked[at] ?? 0, type, ...set, ...children };
    });
    for (const node of own) nodes.push(node);
  }
  for (const value of values) leaves.push(value);
}

interface Children {
  readonly left: number;
  readonly right: number;
}

/** The children of each node: every node but the first, and every leaf, is the child of one. */
function shapeOf(tree: TextSection, nodeCount: number, leafCount: number): readonly Children[] {
  const range = [-leafCount, nodeCount] as const;
  const lefts = tree.wholes("left_child", nodeCount, range);
  const rights = tree.wholes("right_child", nodeCount, range);
  const seen = new Set<number>([0]);
  const visit = (key: string, at: number, child: number): void => {
    const name = child >= 0 ? `node ${child}` : `leaf ${~child}`;
    if (seen.has(child)) throw tree.fault(`${key}[${at}]`, `${name} is reached twice: a cycle`);
    seen.add(child);
  };
  // From the root, so that a ring of nodes apart from it is not taken for a tree.
  const waiting = [0];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const [key, list] of [
      ["left_child", lefts],
      ["right_child", rights],
    ] as const) {
      const child = list[at] ?? 0;
      visit(key, at, child);
      if (child >= 0) waiting.push(child);
    }
  }
  if (seen.size !== nodeCount + leafCount) {
    throw tree.fault(
      "left_child",
      `the root reaches ${seen.size} of ${nodeCount + leafCount} parts`,
    );
  }
  return lefts.map((left, at) => ({ left, right: rights[at] ?? 0 }));
}

/** The sets of categories of a tree, by their number. */
function setsOf(
  tree: TextSection,
  categoryWords: number[],
): readonly { readonly threshold: number; readonly words: number }[] {
  const count = tree.whole("num_cat", 0);
  if (count === 0) return [];
  const bounds = tree.wholes("cat_boundaries", count + 1, [0, 2 ** 31]);
  const isRising = bounds.every((bound, at) =>
    at === 0 ? bound === 0 : bound > (bounds[at - 1] ?? 0),
  );
  if (!isRising) throw tree.fault("cat_boundaries", "expected numbers that rise from 0");
  const words = tree.wholes("cat_threshold", bounds.at(-1) ?? 0, [0, 2 ** 32]);
  const first = categoryWords.length;
  for (const word of words) categoryWords.push(word);
  return bounds.slice(1).map((bound, at) => {
    const begin = bounds[at] ?? 0;
    return { threshold: first + begin, words: bound - begin };
  });
}
