import type { DecisionInput } from "../domain/decision.ts";
import type { DecisionConfig } from "./config.ts";
import { decide } from "./decide.ts";
import { BUILT_IN } from "./registry.ts";
import type { GameStrategyDefinition } from "./strategy.ts";

/**
 * Decides once more from a stored input and says whether the same bytes come out.
 *
 * @throws SyntaxError when the stored input is not JSON.
 */
export function replayDecision(
  inputText: string,
  outputText: string,
  config: DecisionConfig,
  strategies: readonly GameStrategyDefinition[] = BUILT_IN,
): boolean {
  // The row was written by us from a DecisionInput: the one place where its text is believed.
  const input = JSON.parse(inputText) as DecisionInput;
  return JSON.stringify(decide(input, config, strategies)) === outputText;
}
