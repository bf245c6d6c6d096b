import type { Rule } from "../judgement.ts";
import { claim } from "../judgement.ts";

/** A breaker that stands refuses entries until it is released, whatever became of its cause. */
export const BREAKER_RULES: readonly Rule[] = [
  {
    name: "breaker",
    appliesTo: "entry",
    judge: ({ openBreakers }) =>
      claim(
        openBreakers.length === 0,
        Object.fromEntries(openBreakers.map(({ breaker, breakerId }) => [breaker, breakerId])),
      ),
  },
];
