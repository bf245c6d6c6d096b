import type { DecisionInput, Verdict } from "../../domain/decision.ts";
import type { DecisionConfig } from "../config.ts";
import { decide } from "../decide.ts";
import { CONFIG } from "./inputs.ts";

/** What one strategy says of an input. @throws Error when it was not asked. */
export function verdictOf(
  input: DecisionInput,
  strategy: Verdict["strategy"],
  config: DecisionConfig = CONFIG,
): Verdict {
  const found = decide(input, config).verdicts.find((one) => one.strategy === strategy);
  if (found === undefined) throw new Error(`no verdict of ${strategy}`);
  return found;
}
