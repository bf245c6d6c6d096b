import { TradingError } from "../core/domain/errors.ts";
import type { NightRatings } from "../core/models/night-ratings.ts";
import type { DecisionSettings } from "../core/strategies/config.ts";
import type { GameStrategyDefinition } from "../core/strategies/strategy.ts";
import type { TreesOfGame } from "../core/strategies/trees-feed.ts";
import { openRatings, type RatingsSettings } from "../runtime/elo-artifact.ts";
import {
  artifactPlaces,
  loadGameStrategies,
  loadTrees,
  playedTrees,
  requireRecordedChecks,
} from "../runtime/game-strategies.ts";
import { type Home, homeAt } from "../runtime/home.ts";
import { nightKind } from "../runtime/models/admission.ts";
import type { ProvedArtifacts } from "../runtime/models/installed.ts";
import { treesForNight, treesOfGame } from "../runtime/models/trees-for-night.ts";
import { ratingsOfNight, unusedRatings } from "../runtime/night-ratings.ts";
import type { FactSource } from "../sim/facts.ts";

/**
 * What nights are played with beside their settings. Plain data, so that a worker can be told: whoever plays
 * loads it anew, and finds what was found when the job was made or refuses. Strategies of one's own
 * are not here: the settings name them with the hash of their code.
 */
export interface NightLoads {
  /** Folder of the home whose checked strategies and installed models are meant. */
  readonly home: string;
  /** Hash of the artifact of `model-trees`; null where it does not play or its models are not sound. */
  readonly trees: string | null;
  readonly ratings: RatingsSettings & {
    /** Of the artifact's content; null where none is named, or it cannot be read. */
    readonly version: string | null;
  };
}

/** Nights of one process are played with the same models: to prove them takes as long as to play a night. */
const proved: ProvedArtifacts = new Map();

/** What was loaded for one night. */
export interface LoadedNight {
  readonly strategies: readonly GameStrategyDefinition[];
  readonly trees: TreesOfGame | null;
  readonly ratings: NightRatings;
}

/** What a night has to do without, and why, in the words of the live system. */
export interface NightLack {
  readonly what: "model-trees" | "ratings";
  /** Of ratings the stable code; `no_model` of models. */
  readonly code: string;
  readonly reason: string;
}

/** Finds what settings name without its hash. What cannot be used is none: nights say why they go without. */
export async function findLoads(
  settings: { readonly decision: DecisionSettings; readonly ratings: RatingsSettings },
  home: Pick<Home, "path" | "models">,
): Promise<NightLoads> {
  const { decision, ratings } = settings;
  const { entry } = await loadTrees(decision.strategies, { home });
  return {
    home: home.path,
    trees: entry?.hash ?? null,
    ratings: { ...ratings, version: versionOf(ratings) },
  };
}

/**
 * Loads what one night is played with: the strategies, the models if they may play it, and its ratings.
 *
 * @throws TradingError CONFIG_INVALID when a strategy of one's own has no passed check in the home, or none on a
 * recording and the night is no seeded world, or is given parameters it does not take, and when models or ratings are others than `findLoads` found.
 */
export async function loadNight(
  loads: NightLoads,
  decision: DecisionSettings,
  source: Pick<FactSource, "manifest" | "pastGames">,
): Promise<LoadedNight> {
  const places = { home: homeAt(loads.home), proved };
  const strategies = await loadGameStrategies(decision.strategies, places);
  await requireRecordedChecks(decision.strategies, places, source.manifest.name);
  return { strategies, ...(await loadForecasters(loads, decision, source)) };
}

/** As `loadNight`, for a process that has its strategies already. */
export async function loadForecasters(
  loads: NightLoads,
  decision: DecisionSettings,
  source: Pick<FactSource, "manifest" | "pastGames">,
): Promise<Omit<LoadedNight, "strategies">> {
  const { artifact, version } = loads.ratings;
  const ratings = await loadRatings(loads.ratings, decision, source);
  if (artifact !== null && ratings.kind === "rated" && ratings.version !== version) {
    throw changed(`${artifact} holds ${ratings.version}`, version);
  }
  return { ratings, trees: await loadTreesOf(loads, decision, source.manifest) };
}

/** The ratings of one night: of its own past results, or of the artifact that the settings name. */
export function loadRatings(
  settings: RatingsSettings,
  { forecast }: Pick<DecisionSettings, "forecast">,
  { manifest, pastGames }: Pick<FactSource, "manifest" | "pastGames">,
): Promise<NightRatings> {
  const past = { pastGames: () => Promise.resolve(pastGames) };
  return ratingsOfNight(past, forecast, settings, manifest.date);
}

/** What the night goes without. */
export function lacksOf(
  { trees, ratings }: Pick<LoadedNight, "trees" | "ratings">,
  loads: NightLoads,
): readonly NightLack[] {
  const lacks: NightLack[] = [];
  if (ratings.kind === "stale") {
    const reason = unusedRatings(loads.ratings, ratings.reason);
    lacks.push({ what: "ratings", code: ratings.code, reason });
  }
  const absentBecause = trees?.absentBecause ?? null;
  if (absentBecause !== null) {
    lacks.push({ what: "model-trees", code: "no_model", reason: absentBecause });
  }
  return lacks;
}

async function loadTreesOf(
  loads: NightLoads,
  { strategies }: DecisionSettings,
  { name, seed, date }: FactSource["manifest"],
): Promise<TreesOfGame | null> {
  const played = playedTrees(strategies);
  if (played === null) return null;
  const { model, maxModelAgeDays: maxAgeDays } = played;
  const night = { kind: nightKind(name), seed, date };
  const places = artifactPlaces(homeAt(loads.home), proved);
  const found = await treesForNight(model, night, { places, maxAgeDays });
  const trees = treesOfGame(found, found.absentBecause);
  if (trees.absentBecause !== null || trees.entryModel === loads.trees) return trees;
  throw changed(`the model ${model} has the hash ${trees.entryModel ?? "none"}`, loads.trees);
}

function versionOf({ artifact }: RatingsSettings): string | null {
  if (artifact === null) return null;
  try {
    return openRatings(artifact).version;
  } catch (error) {
    if (error instanceof TradingError) return null;
    throw error;
  }
}

function changed(now: string, before: string | null): TradingError {
  return new TradingError("CONFIG_INVALID", {
    reason: `${now}, and not ${before ?? "none"} any more: it was changed while nights were played`,
    nextStep: "play them again",
  });
}
