import { TradingError } from "../../core/domain/errors.ts";
import { evaluateTrees } from "../../core/models/trees/evaluate.ts";
import { admissionRefusal, type NightToPlay } from "./admission.ts";
import { type ArtifactPlaces, findArtifact } from "./installed.ts";
import type { ArtifactModel } from "./tree-artifact.ts";

/** A model that may play, as a strategy asks it. */
interface PlayableTrees {
  /** Sha256 of its file. */
  readonly hash: string;
  /** The version of the features it takes, in their sequence. */
  readonly featureSet: string;
  /** Pure; NaN stands for a feature that is missing. */
  readonly predict: (features: Float64Array) => number;
}

/** The models of a night; both or none, and then why. */
export interface TreesOfNight {
  /** Probability that YES settles. */
  readonly entry: PlayableTrees | null;
  /** Seconds that holding on is worth. */
  readonly exit: PlayableTrees | null;
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

function playable({ hash, model }: ArtifactModel, featureSet: string): PlayableTrees {
  return { hash, featureSet, predict: (features) => evaluateTrees(model, features) };
}
