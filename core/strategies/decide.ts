import { required } from "../domain/assert.ts";
import type {
  DecisionInput,
  DecisionOutput,
  Forecast,
  StrategyInput,
  Verdict,
} from "../domain/decision.ts";
import { GAME_STRATEGIES, type GameStrategy } from "../domain/order.ts";
import { blendForecast, blendVersion } from "../models/blend.ts";
import type { DecisionConfig } from "./config.ts";
import type { EntryContext } from "./entry.ts";
import { decideExit } from "./exits.ts";
import { inputFault } from "./input-check.ts";
import { meanReversion } from "./mean-reversion.ts";
import { modelEdge } from "./model-edge.ts";
import { pregameAnchored } from "./pregame-anchored.ts";
import { verdict } from "./verdicts.ts";

const ENTRIES: Readonly<Record<GameStrategy, (context: EntryContext) => Verdict>> = {
  "pregame-anchored": pregameAnchored,
  "model-edge": modelEdge,
  "mean-reversion": meanReversion,
};

/**
 * Decides for one game at one instant: the forecast, and each strategy's verdict in the sequence
 * of `GAME_STRATEGIES`; a strategy with a position looks for its exit, else for its entry. Pure: equal
 * input and config give equal bytes. An input with an unsound number proposes nothing.
 */
export function decide(input: DecisionInput, config: DecisionConfig): DecisionOutput {
  const fault = inputFault(input);
  if (fault !== null) {
    return {
      schemaVersion: 1,
      forecast: { ...NO_FORECAST, modelVersion: blendVersion(config.forecast) },
      verdicts: GAME_STRATEGIES.map((name) => verdict(name, "invalid_input", { detail: fault })),
    };
  }
  const forecast = blendForecast(input, config.forecast);
  const verdicts: Verdict[] = [];
  let seen = input.strategies;
  for (const name of GAME_STRATEGIES) {
    const own = required(
      seen.find((one) => one.strategy === name),
      `strategy ${name} of the input`,
    );
    const context: EntryContext = { input: { ...input, strategies: seen }, forecast, own, config };
    const answer = decideExit(context) ?? ENTRIES[name](context);
    verdicts.push(answer);
    // With a shared position scope a proposal bars the strategies after it.
    if (answer.intent) seen = seen.map((one) => (one === own ? withWorkingOrder(one) : one));
  }
  return { schemaVersion: 1, forecast, verdicts };
}

function withWorkingOrder(own: StrategyInput): StrategyInput {
  return { ...own, hasWorkingOrder: true };
}

const NO_FORECAST: Omit<Forecast, "modelVersion"> = {
  homeProbability: null,
  sources: [],
  knownAt: null,
};
