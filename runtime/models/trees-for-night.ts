import { TradingError } from "../../core/domain/errors.ts";
import { evaluateTrees } from "../../core/models/trees/evaluate.ts";
import type { LoadedTrees } from "../../core/strategies/model-trees.ts";
import type { TreesOfGame } from "../../core/strategies/trees-feed.ts";
import { admissionRefusal, type NightToPlay } from "./admission.ts";
import { type ArtifactPlaces, findArtifact } from "./installed.ts";
import type { ArtifactModel } from "./tree-artifact.ts";

/** The models of a night; both or none, and then why. */
export interface TreesOfNight {
  /** Probability that YES settles. */
  readonly entry: LoadedTrees | null;
  /** Seconds that holding on is worth. */
  readonly exit: LoadedTrees | null;
  readonly absentBecause: string | null;
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
    return { entry: null, exit: null, absentBecause };
  };
  try {
    const { entry, exit, manifest } = await findArtifact(name, places);
    const refusal = admissionRefusal(manifest, night, maxAgeDays);
    if (refusal !== null) return absent(refusal);
    const { version } = places.features;
    return { entry: playable(entry, version), exit: playable(exit, version), absentBecause: null };
  } catch (error) {
    if (error instanceof TradingError) return absent(error.message);
    throw error;
  }
}

/** What the decisions of a game name of a night's models: none where there is a reason against them. */
export function treesOfGame(
  { entry, exit }: TreesOfNight,
  absentBecause: string | null,
): TreesOfGame {
  if (absentBecause !== null) return { entryModel: null, exitModel: null, absentBecause };
  return { entryModel: entry?.hash ?? null, exitModel: exit?.hash ?? null, absentBecause };
}

/** The models of an artifact whatever the night; none when it is not there or not sound. */
export async function soundTrees(
  name: string,
  places: ArtifactPlaces,
): Promise<Pick<TreesOfNight, "entry" | "exit">> {
  try {
    const { entry, exit } = await findArtifact(name, places);
    const { version } = places.features;
    return { entry: playable(entry, version), exit: playable(exit, version) };
  } catch (error) {
    if (error instanceof TradingError) return { entry: null, exit: null };
    throw error;
  }
}

function playable({ hash, model }: ArtifactModel, featureSet: string): LoadedTrees {
  return { hash, featureSet, predict: (features) => evaluateTrees(model, features) };
}
