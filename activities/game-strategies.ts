import { join } from "node:path";
import { TradingError } from "../core/domain/errors.ts";
import { isOwnStrategy, type OwnStrategy } from "../core/domain/order.ts";
import type { Signer } from "../core/domain/signed.ts";
import type { StrategiesConfig } from "../core/strategies/config.ts";
import { FEATURE_NAMES, FEATURES_VERSION } from "../core/models/features/list.ts";
import type { TreeModels } from "../core/strategies/model-trees.ts";
import { ownStrategy } from "../core/strategies/own-strategy.ts";
import { readParameters } from "../core/strategies/parameters.ts";
import { gameStrategies } from "../core/strategies/registry.ts";
import type { GameStrategyDefinition } from "../core/strategies/strategy.ts";
import type { ArtifactPlaces } from "./models/installed.ts";
import { soundTrees } from "./models/trees-for-night.ts";
import type { Home } from "../runtime/home.ts";
import { checkedSource } from "../runtime/own-strategies/records.ts";
import { PACKAGE_ROOT } from "../runtime/package-root.ts";
import { boxed } from "../runtime/own-strategies/sandbox.ts";

/** Where what a strategy consists of is found. */
export interface StrategyPlaces {
  readonly home: Pick<Home, "path" | "models">;
  readonly signer: Signer;
}

/** Where models of trees lie: in the home, and beside the code; and the features that the code makes. */
export function artifactPlaces({ models }: Pick<Home, "models">): ArtifactPlaces {
  return {
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
  { home, signer }: StrategyPlaces,
): Promise<readonly GameStrategyDefinition[]> {
  const names = Object.keys(settings.own ?? {}).filter(isOwnStrategy);
  const own = await Promise.all(names.map((name) => loadOwn(settings, name, home, signer)));
  return gameStrategies({ own, trees: await loadTrees(settings, home) });
}

/** The models by their hashes; which of them a night may be played with is judged night by night. */
async function loadTrees(
  { active = [], modelTrees }: Pick<StrategiesConfig, "active" | "modelTrees">,
  home: Pick<Home, "models">,
): Promise<TreeModels> {
  const isAsked = modelTrees !== undefined && active.includes("model-trees");
  if (!isAsked) return { entry: null, exit: null };
  return soundTrees(modelTrees.model, artifactPlaces(home));
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
