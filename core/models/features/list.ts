import type { Feature, FeatureGroup } from "./feature.ts";
import { GAME_STATE_FEATURES } from "./game-state.ts";
import { MICROSTRUCTURE_FEATURES } from "./microstructure.ts";
import { MOMENTUM_FEATURES } from "./momentum.ts";
import { PRICE_FEATURES } from "./price.ts";
import { SCORE_FEATURES } from "./score.ts";

/** Version of the seventy: a model trained on another one must not be asked. */
export const FEATURES_VERSION = "features-1";

/** The groups in their sequence. */
export const FEATURE_GROUPS: readonly (readonly [FeatureGroup, readonly Feature[]])[] = [
  ["price", PRICE_FEATURES],
  ["score", SCORE_FEATURES],
  ["momentum", MOMENTUM_FEATURES],
  ["game-state", GAME_STATE_FEATURES],
  ["microstructure", MICROSTRUCTURE_FEATURES],
];

/** All features in the fixed sequence of every vector. */
export const FEATURES: readonly Feature[] = FEATURE_GROUPS.flatMap(([, features]) => features);

/** Their names, in the same sequence. */
export const FEATURE_NAMES: readonly string[] = FEATURES.map(({ name }) => name);
