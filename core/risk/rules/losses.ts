import { hasFired, LOSS_BREAKERS, triggerNumbers } from "../loss-triggers.ts";
import { atMost, type Rule } from "../judgement.ts";

/** After a loss has come to its limit nothing is entered; before what is held could be marked, neither. */
export const LOSS_RULES: readonly Rule[] = [
  ...LOSS_BREAKERS.map(
    (breaker): Rule => ({
      name: breaker,
      appliesTo: "entry",
      judge: (_snapshot, limits, losses) => {
        const numbers = triggerNumbers(breaker, losses, limits);
        return { isHeld: !hasFired(numbers), numbers };
      },
    }),
  ),
  {
    name: "marks_known",
    appliesTo: "entry",
    judge: (_snapshot, _limits, { unmarked }) => atMost(unmarked, 0),
  },
];
