/** What a sum of leaves becomes: itself, a probability, or a positive amount. */
export type TreeLink =
  | { readonly kind: "identity" }
  | { readonly kind: "sigmoid"; readonly steepness: number }
  | { readonly kind: "exp" };

/**
 * Symmetric trees: every level of a tree asks one question, and the answers are the bits of the
 * leaf's number, the first level the lowest.
 */
export interface SymmetricForest {
  readonly kind: "symmetric";
  /** Levels of tree `t` are `levelStarts[t]` to `levelStarts[t + 1]`, exclusive. */
  readonly levelStarts: Int32Array;
  /** Leaves of tree `t` begin here. */
  readonly leafStarts: Int32Array;
  /** By level: place in the vector, what is asked (`ASKS`), and what the value is compared with. */
  readonly levelFeatures: Int32Array;
  readonly levelAsks: Uint8Array;
  readonly levelBorders: Float64Array;
  readonly leaves: Float64Array;
}

/** What a level of a symmetric tree asks: above a border (a missing value is not, or is), or equal. */
export const ASKS = { above: 0, aboveOrMissing: 1, equal: 2 } as const;

/** Trees of nodes with two children; a child below zero is the leaf `~child`. */
export interface BranchingForest {
  readonly kind: "branching";
  /** By tree: its first node, or the leaf of a tree that has no node. */
  readonly roots: Int32Array;
  readonly nodeFeatures: Int32Array;
  /** By node: the threshold; for a categorical one the first word of its set. */
  readonly nodeThresholds: Float64Array;
  /** By node: words in the set of a categorical one, else 0. */
  readonly nodeWords: Int32Array;
  /** By node: bit 0 categorical, bit 1 missing goes left, bits 2 and 3 what is missing (`MISSING`). */
  readonly nodeTypes: Uint8Array;
  /** The left child of node `n` at `2n`, the right one after it. */
  readonly children: Int32Array;
  /** Sets of categories, 32 to a word: those that go left. */
  readonly categoryWords: Uint32Array;
  readonly leaves: Float64Array;
}

/** What a node of a branching tree calls missing. */
export const MISSING = { none: 0, zero: 1, nan: 2 } as const;

/** A trained ensemble, ready to be evaluated. */
export interface TreeModel {
  readonly family: "catboost" | "lightgbm";
  /** Names of the places of the vector it reads, in sequence. */
  readonly features: readonly string[];
  readonly treeCount: number;
  /** The raw value is `scale` times the sum of the leaves, plus `bias`. */
  readonly scale: number;
  readonly bias: number;
  readonly link: TreeLink;
  readonly forest: SymmetricForest | BranchingForest;
}

/** A model file that cannot be used: where in it, and what is wrong there. */
export class ModelFileError extends Error {
  override readonly name = "ModelFileError";
  readonly where: string;
  readonly what: string;
  constructor(where: string, what: string) {
    super(`${where}: ${what}`);
    this.where = where;
    this.what = what;
  }
}
