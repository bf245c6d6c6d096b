import { TradingError } from "../../core/domain/errors.ts";
import { evaluateTrees } from "../../core/models/trees/evaluate.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { TreeModels } from "../../core/strategies/model-trees.ts";
import type { TreesOfGame } from "../../core/strategies/trees-feed.ts";
import { admissionRefusal, learnedUntil, type NightToPlay } from "./admission.ts";
import { type ArtifactPlaces, findArtifact } from "./installed.ts";
import type { TreeArtifact } from "./tree-artifact.ts";

/** The models of a night; both or none, and then why. */
export interface TreesOfNight extends TreeModels {
  readonly absentBecause: string | null;
  /** When the last date was over that they learned from; null where there are none. */
  readonly learnedUntil: Instant | null;
}

/**
 * The models of an artifact for a night, proved and admitted. One that is not sound, not there, stale
 * or not for this night is absent with its reason: the strategy does without, and trading goes on.
 */
export async function treesForNight(
  name: string,
  night: NightToPlay,
  { places, maxAgeDays }: { readonly places: ArtifactPlaces; readonly maxAgeDays: number },
): Promise<TreesOfNight> {
  const absent = (absentBecause: string): TreesOfNight => {
    return { entry: null, exit: null, absentBecause, learnedUntil: null };
  };
  try {
    const artifact = await findArtifact(name, places);
    const refusal = admissionRefusal(artifact.manifest, night, maxAgeDays);
    if (refusal !== null) return absent(refusal);
    const known = { absentBecause: null, learnedUntil: learnedUntil(artifact.manifest, night) };
    return { ...modelsOf(artifact), ...known };
  } catch (error) {
    if (error instanceof TradingError) return absent(error.message);
    throw error;
  }
}

/** What the decisions of a game name of a night's models: none where there is a reason against them. */
export function treesOfGame(
  { entry, exit, learnedUntil: until }: TreesOfNight,
  absentBecause: string | null,
): TreesOfGame {
  if (absentBecause !== null) {
    return { entryModel: null, exitModel: null, absentBecause, learnedUntil: null };
  }
  const models = { entryModel: entry?.hash ?? null, exitModel: exit?.hash ?? null };
  return { ...models, absentBecause, learnedUntil: until };
}

/** The models of an artifact whatever the night; none when it is not there or not sound. */
export async function soundTrees(name: string, places: ArtifactPlaces): Promise<TreeModels> {
  try {
    return modelsOf(await findArtifact(name, places));
  } catch (error) {
    if (error instanceof TradingError) return { entry: null, exit: null };
    throw error;
  }
}

/** Both go by the hash of the whole artifact: what the exit model is for stands beside it, in the manifest. */
function modelsOf({ hash, manifest, entry, exit }: TreeArtifact): TreeModels {
  const known = { hash, featureSet: manifest.featureSet };
  const { minHoldSeconds } = manifest.rules;
  return {
    entry: { ...known, predict: (features) => evaluateTrees(entry, features) },
    exit: { ...known, minHoldSeconds, predict: (features) => evaluateTrees(exit, features) },
  };
}
