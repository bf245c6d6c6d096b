import { TradingError } from "../core/domain/errors.ts";
import { isOwnStrategy, type OwnStrategy } from "../core/domain/order.ts";
import type { Signer } from "../core/domain/signed.ts";
import type { StrategiesConfig } from "../core/strategies/config.ts";
import type { TreeModels } from "../core/strategies/model-trees.ts";
import { ownStrategy } from "../core/strategies/own-strategy.ts";
import { readParameters } from "../core/strategies/parameters.ts";
import { gameStrategies } from "../core/strategies/registry.ts";
import type { GameStrategyDefinition } from "../core/strategies/strategy.ts";
import type { Home } from "../runtime/home.ts";
import { checkedSource } from "../runtime/own-strategies/records.ts";
import { boxed } from "../runtime/own-strategies/sandbox.ts";

/** Where what a strategy consists of is found. */
export interface StrategyPlaces {
  readonly home: Pick<Home, "path">;
  readonly signer: Signer;
  readonly trees?: TreeModels;
}

/**
 * Every strategy that these settings can play a game with: Tipoff's, and of the users' those that have a
 * section, by the very code whose hash the section names and whose check passed in this home.
 *
 * @throws TradingError CONFIG_INVALID when one has no passed check, or is given parameters it does not take.
 */
export async function loadGameStrategies(
  settings: Pick<StrategiesConfig, "own">,
  { home, signer, trees }: StrategyPlaces,
): Promise<readonly GameStrategyDefinition[]> {
  const names = Object.keys(settings.own ?? {}).filter(isOwnStrategy);
  const own = await Promise.all(names.map((name) => loadOwn(settings, name, home, signer)));
  return gameStrategies({ own, ...(trees === undefined ? {} : { trees }) });
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
