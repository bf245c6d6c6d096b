import type {
  DecisionInput,
  DecisionOutput,
  Forecast,
  Route,
  StrategyInput,
  Verdict,
} from "../domain/decision.ts";
import { inSequence } from "../domain/order.ts";
import { BLEND_VERSION, blendForecast } from "../models/blend.ts";
import { type DecisionConfig, hasSettings } from "./config.ts";
import type { EntryContext } from "./entry.ts";
import { decideExit } from "./exits.ts";
import { inputFault } from "./input-check.ts";
import { BUILT_IN } from "./registry.ts";
import { routeOf } from "./router.ts";
import type { GameStrategyDefinition } from "./strategy.ts";
import { verdict } from "./verdicts.ts";

/**
 * Decides for one game at one instant: the forecast, and the verdict of each strategy that the input
 * has, in the sequence of the registry; a strategy with a position looks for its exit, else for its
 * entry. Pure: equal input, config and strategies give equal bytes. An input with an unsound number
 * proposes nothing, and nor does a strategy that is not among `strategies` or has no settings.
 */
export function decide(
  input: DecisionInput,
  config: DecisionConfig,
  strategies: readonly GameStrategyDefinition[] = BUILT_IN,
): DecisionOutput {
  const names = inSequence(input.strategies.map(({ strategy }) => strategy));
  const fault = inputFault(input);
  if (fault !== null) {
    return {
      schemaVersion: 1,
      forecast: NO_FORECAST,
      verdicts: names.map((name) => verdict(name, "invalid_input", { detail: fault })),
    };
  }
  const forecast = blendForecast(input, config.forecast);
  const route = config.router === undefined ? undefined : routeOf(input, config.router);
  const verdicts: Verdict[] = [];
  let seen = input.strategies;
  for (const name of names) {
    const own = seen.find((one) => one.strategy === name);
    if (own === undefined) continue;
    const definition = strategies.find((one) => one.name === name);
    const answer =
      definition === undefined || !hasSettings(config.strategies, name)
        ? verdict(name, "not_loaded")
        : ask(definition, {
            input,
            strategies: seen,
            forecast,
            own,
            config,
            weight: weightOf(route, own),
          });
    verdicts.push(answer);
    // With a shared position scope a proposal bars the strategies after it.
    if (answer.intent) seen = seen.map((one) => (one === own ? withWorkingOrder(one) : one));
  }
  const decided = { schemaVersion: 1, forecast, verdicts } as const;
  return route === undefined ? decided : { ...decided, route };
}

function ask(definition: GameStrategyDefinition, context: EntryContext): Verdict {
  return decideExit(context, definition.exit) ?? definition.entry(context);
}

function weightOf(route: Route | undefined, { strategy }: StrategyInput): EntryContext["weight"] {
  if (route === undefined) return null;
  return route.weights.find((one) => one.strategy === strategy) ?? { home: 0, away: 0 };
}

function withWorkingOrder(own: StrategyInput): StrategyInput {
  return { ...own, hasWorkingOrder: true };
}

const NO_FORECAST: Forecast = {
  homeProbability: null,
  sources: [],
  knownAt: null,
  modelVersion: BLEND_VERSION,
};
