import { join } from "node:path";
import { TradingError } from "../core/domain/errors.ts";
import { isOwnStrategy, type OwnStrategy } from "../core/domain/order.ts";
import type { Signer } from "../core/domain/signed.ts";
import type { ModelTreesConfig, StrategiesConfig } from "../core/strategies/config.ts";
import { FEATURE_NAMES, FEATURES_VERSION } from "../core/models/features/list.ts";
import type { TreeModels } from "../core/strategies/model-trees.ts";
import { ownStrategy } from "../core/strategies/own-strategy.ts";
import { readParameters } from "../core/strategies/parameters.ts";
import { gameStrategies } from "../core/strategies/registry.ts";
import type { GameStrategyDefinition } from "../core/strategies/strategy.ts";
import type { ArtifactPlaces, ProvedArtifacts } from "./models/installed.ts";
import { soundTrees } from "./models/trees-for-night.ts";
import type { Home } from "./home.ts";
import { nightKind } from "./models/admission.ts";
import { checkedSource, requireRecordedCheck } from "./own-strategies/records.ts";
import { PACKAGE_ROOT } from "./package-root.ts";
import { boxed } from "./own-strategies/sandbox.ts";
import { openSigner } from "./signing-key.ts";

/** Where what a strategy consists of is found. */
export interface StrategyPlaces {
  readonly home: Pick<Home, "path" | "models">;
  /** The home's, where it is open already; else it is opened for the first strategy that needs it. */
  readonly signer?: Signer;
  /** Models that this process has proved before. */
  readonly proved?: ProvedArtifacts;
}

/** Where models of trees lie: in the home, and beside the code; and the features that the code makes. */
export function artifactPlaces(
  { models }: Pick<Home, "models">,
  proved?: ProvedArtifacts,
): ArtifactPlaces {
  return {
    ...(proved !== undefined && { proved }),
    installed: models,
    shipped: join(PACKAGE_ROOT, "artifacts", "models"),
    features: { version: FEATURES_VERSION, names: FEATURE_NAMES },
  };
}

/**
 * Every strategy that these settings can play a game with: Tipoff's, and of the users' those that have a
 * section, by the very code whose hash the section names and whose check passed in this home.
 *
 * @throws TradingError CONFIG_INVALID when one has no passed check, or is given parameters it does not take.
 */
export async function loadGameStrategies(
  settings: Pick<StrategiesConfig, "own" | "active" | "modelTrees">,
  places: StrategyPlaces,
): Promise<readonly GameStrategyDefinition[]> {
  const own = await loadOwns(settings, places);
  return gameStrategies({ own, trees: await loadTrees(settings, places) });
}

/** The settings of `model-trees` where it plays, else `null`. */
export function playedTrees({
  active = [],
  modelTrees,
}: Pick<StrategiesConfig, "active" | "modelTrees">): ModelTreesConfig | null {
  return modelTrees !== undefined && active.includes("model-trees") ? modelTrees : null;
}

/** The models by their hashes; which of them a night may be played with is judged night by night. */
export async function loadTrees(
  settings: Pick<StrategiesConfig, "active" | "modelTrees">,
  { home, proved }: Pick<StrategyPlaces, "home" | "proved">,
): Promise<TreeModels> {
  const played = playedTrees(settings);
  if (played === null) return { entry: null, exit: null };
  return soundTrees(played.model, artifactPlaces(home, proved));
}

async function loadOwns(
  settings: Pick<StrategiesConfig, "own">,
  { home, signer }: StrategyPlaces,
): Promise<readonly GameStrategyDefinition[]> {
  const names = Object.keys(settings.own ?? {}).filter(isOwnStrategy);
  // A home without any needs no key for that.
  if (names.length === 0) return [];
  const key = signer ?? (await openSigner(home));
  return Promise.all(names.map((name) => loadOwn(settings, name, home, key)));
}

/**
 * Refuses a night that is no seeded world to strategies of the users' own that were never checked on recorded data.
 *
 * @param night its name, as in the manifest of what it is played from.
 * @throws TradingError CONFIG_INVALID naming the strategy, and the command that checks it.
 */
export async function requireRecordedChecks(
  settings: Pick<StrategiesConfig, "own">,
  { home, signer }: { readonly home: Pick<Home, "path">; readonly signer?: Signer },
  night: string,
): Promise<void> {
  const own = Object.entries(settings.own ?? {});
  if (own.length === 0 || nightKind(night) === "world") return;
  const key = signer ?? (await openSigner(home));
  for (const [name, { codeHash }] of own) {
    if (isOwnStrategy(name)) await requireRecordedCheck(home, key, name, codeHash);
  }
}

async function loadOwn(
  { own }: Pick<StrategiesConfig, "own">,
  name: OwnStrategy,
  home: Pick<Home, "path">,
  signer: Signer,
): Promise<GameStrategyDefinition> {
  const { codeHash = "", parameters = {} } = own?.[name] ?? {};
  const code = boxed(await checkedSource(home, signer, name, codeHash));
  const { faults } = readParameters(code.parameters, parameters);
  if (faults.length > 0) {
    throw new TradingError("CONFIG_INVALID", {
      reason: `parameters of ${name}: ${faults.join("; ")}`,
      nextStep: "`npx tipoff strategy list` shows what it takes",
    });
  }
  return ownStrategy(name, code);
}
