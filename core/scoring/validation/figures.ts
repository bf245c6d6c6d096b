import type { ComparedResults } from "../comparison.ts";
import type { DeflatedSharpe } from "../deflated-sharpe.ts";
import type { EdgeDecay } from "../edge-decay.ts";
import type { Overfitting } from "../overfitting.ts";
import type { RegimeScore } from "../regimes.ts";
import type { SamplePlan } from "../sample-plan.ts";
import type { Survival } from "../survival.ts";
import type { ForwardFigures } from "./forward.ts";
import type { Scores } from "./scores.ts";

/** The figures of a validation, before anything is concluded from them. */
export interface ValidationFigures extends Scores {
  readonly regimes: readonly RegimeScore[];
  readonly forward: ForwardFigures;
  readonly decay: EdgeDecay;
  readonly survival: readonly (Survival & {
    readonly stage: string;
    /** Micro-dollars at work in the futures, and how many days each has. */
    readonly capital: number;
    readonly days: number;
  })[];
  readonly plan: SamplePlan;
  readonly comparisons: readonly (ComparedResults & {
    readonly name: string;
    readonly of: "position" | "game";
  })[];
  /** Of the configurations that were tried; null where fewer than two are known. */
  readonly search: { readonly overfitting: Overfitting; readonly deflated: DeflatedSharpe } | null;
}
