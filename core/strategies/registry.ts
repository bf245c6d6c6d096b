import { inSequence } from "../domain/order.ts";
import { meanReversion } from "./mean-reversion.ts";
import { modelEdge } from "./model-edge.ts";
import { modelTrees, type TreeModels } from "./model-trees.ts";
import { pregameAnchored } from "./pregame-anchored.ts";
import type { GameStrategyDefinition } from "./strategy.ts";

/** What a process has loaded beside the rules that come with Tipoff. */
interface Loaded {
  readonly trees: TreeModels;
  /** Strategies that users wrote, in any sequence. */
  readonly own: readonly GameStrategyDefinition[];
}

/** No ensembles and no strategies of one's own. */
const NOTHING: Loaded = { trees: { entry: null, exit: null }, own: [] };

/** Every strategy a process can play a game with, in the sequence they are asked in: `inSequence`. */
export function gameStrategies(loaded: Partial<Loaded> = {}): readonly GameStrategyDefinition[] {
  const { trees, own } = { ...NOTHING, ...loaded };
  const all = [pregameAnchored, modelEdge, meanReversion, modelTrees(trees), ...own];
  const names = inSequence(all.map(({ name }) => name));
  return names.flatMap((name) => all.find((one) => one.name === name) ?? []);
}

/** The strategies that come with Tipoff, without ensembles. */
export const BUILT_IN = gameStrategies();
