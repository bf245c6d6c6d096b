import { hasFired, LOSS_BREAKERS, triggerNumbers } from "../loss-triggers.ts";
import { measureLosses } from "../losses.ts";
import { atMost, type Rule } from "../judgement.ts";

/** After a loss has come to its limit nothing is entered; before what is held could be marked, neither. */
export const LOSS_RULES: readonly Rule[] = [
  ...LOSS_BREAKERS.map(
    (breaker): Rule => ({
      name: breaker,
      appliesTo: "entry",
      judge: (snapshot, limits) => {
        const numbers = triggerNumbers(breaker, measureLosses(snapshot), limits);
        return { isHeld: !hasFired(numbers), numbers };
      },
    }),
  ),
  {
    name: "marks_known",
    appliesTo: "entry",
    judge: (snapshot) => atMost(measureLosses(snapshot).unmarked, 0),
  },
];
