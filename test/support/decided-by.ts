import type { DecisionInput, DecisionOutput } from "../../core/domain/decision.ts";
import type { GameDecider } from "../../core/strategies/decide.ts";

/** A decider whose looks are answered so; what it then decides is what it answered last. */
export function decidedBy(answer: (input: DecisionInput) => DecisionOutput): GameDecider {
  let last: DecisionOutput | null = null;
  const look = (input: DecisionInput): DecisionOutput => (last = answer(input));
  return { look, decide: (input) => last ?? look(input) };
}
