import { assert } from "../domain/assert.ts";
import type { GateFacts } from "../domain/gate.ts";
import { isOwnStrategy } from "../domain/order.ts";
import type { StageLimits, StrategyCapital } from "../domain/risk.ts";
import { type LadderPosition, type Stage, STAGES } from "../domain/stage.ts";
import { type UsdMicros, usdMicros } from "../domain/units.ts";

/** Steps of a stage of real money: each is a quarter of what the stage's limits allow. */
const STEPS = 4;
/** A stage is entered at half: as much as the stage below had at its top, and one step to fall back to. */
const ENTRY_STEP = 2;
const LOWEST_STEP = 1;

/** Whether a stage has steps: those without real money have no size to grow. */
export function hasSteps(stage: Stage): boolean {
  return stage !== "shadow" && stage !== "paper";
}

/**
 * What a step means for a stage's capital-like limits: they are multiplied by this, above 0 and at most
 * 1. The figures of `risk_limits.yaml` are the ceiling of a stage, so no step ever exceeds them; a step
 * up adds 25 % of them. Always 1 in shadow and paper.
 *
 * @throws InvariantError when the stage has no such step.
 */
export function scaleOf(stage: Stage, step: number): number {
  assert(isStep(stage, step), "a stage of real money has steps 1 to 4, the others step 0");
  return hasSteps(stage) ? step / STEPS : 1;
}

/** Whether a stage has such a step. */
export function isStep(stage: Stage, step: number): boolean {
  if (!hasSteps(stage)) return step === 0;
  return Number.isInteger(step) && step >= LOWEST_STEP && step <= STEPS;
}

/**
 * A stage's limits at a step: every amount of money is the step's share of the file's figure, in whole
 * micros and never more. Counts, ages, edges and percentages are the stage's own.
 *
 * @throws InvariantError as {@link scaleOf}.
 */
export function limitsAtStep(limits: StageLimits, { stage, step }: LadderPosition): StageLimits {
  const scale = scaleOf(stage, step);
  if (scale === 1) return limits;
  const part = (amount: UsdMicros): UsdMicros => usdMicros(Math.floor(amount * scale));
  return {
    ...limits,
    maxTotalCapital: part(limits.maxTotalCapital),
    exposureCap: part(limits.exposureCap),
    maxPositionSize: part(limits.maxPositionSize),
    maxLossPerMarket: part(limits.maxLossPerMarket),
    maxStrategyCapital: partOfEach(limits.maxStrategyCapital, part),
    maxLossPerGame: part(limits.maxLossPerGame),
    maxLossPerSlate: part(limits.maxLossPerSlate),
    maxLossPerBitcoinHour: part(limits.maxLossPerBitcoinHour),
    maxNotionalPerCycle: part(limits.maxNotionalPerCycle),
    maxDailyLoss: part(limits.maxDailyLoss),
    maxWeeklyLoss: part(limits.maxWeeklyLoss),
    maxSingleTradeLoss: part(limits.maxSingleTradeLoss),
  };
}

function partOfEach(
  capital: StrategyCapital,
  part: (amount: UsdMicros) => UsdMicros,
): StrategyCapital {
  const own = Object.entries(capital).flatMap(([name, amount]) =>
    isOwnStrategy(name) && amount !== undefined ? [[name, part(amount)] as const] : [],
  );
  const trees = capital["model-trees"];
  return {
    "pregame-anchored": part(capital["pregame-anchored"]),
    "model-edge": part(capital["model-edge"]),
    "mean-reversion": part(capital["mean-reversion"]),
    "btc-edge": part(capital["btc-edge"]),
    ...(trees === undefined ? {} : { "model-trees": part(trees) }),
    ...Object.fromEntries(own),
  };
}

/** Where the ladder begins. */
export const LADDER_START: LadderPosition = { stage: "shadow", step: 0 };

/** The stage above. @returns `null` at the top. */
export function stageAbove(stage: Stage): Stage | null {
  return STAGES[STAGES.indexOf(stage) + 1] ?? null;
}

/** The stage above, at its entry step. @returns `null` at the top. */
export function promoted({ stage }: LadderPosition): LadderPosition | null {
  const above = stageAbove(stage);
  return above === null ? null : { stage: above, step: hasSteps(above) ? ENTRY_STEP : 0 };
}

/** The stage below, at its lowest step; the bottom stays where it is. Never more is at stake than before. */
export function demoted({ stage, step }: LadderPosition): LadderPosition {
  const below = STAGES[STAGES.indexOf(stage) - 1];
  if (below === undefined) return { stage, step };
  return { stage: below, step: hasSteps(below) ? LOWEST_STEP : 0 };
}

/** One step more within the stage. @returns `null` at its last step, and where there are no steps. */
export function steppedUp({ stage, step }: LadderPosition): LadderPosition | null {
  return isStep(stage, step + 1) && hasSteps(stage) ? { stage, step: step + 1 } : null;
}

/** One step less; below the lowest step is the stage below. Shadow and paper stay: they have no steps. */
export function steppedBack({ stage, step }: LadderPosition): LadderPosition {
  if (!hasSteps(stage)) return { stage, step };
  return step > LOWEST_STEP ? { stage, step: step - 1 } : demoted({ stage, step });
}

/** A window of nights within a stage. Shares are of the capital in force. */
export interface StepWindow {
  readonly days: number;
  readonly completedTrades: number;
  /** Net of fees; `null` when nothing was traded. */
  readonly netReturn: number | null;
  readonly drawdown: number | null;
  readonly processFailures: number;
}

/** The window of a step by the facts of its nights. */
export function stepWindowOf(
  facts: Pick<GateFacts, "runtimeDays" | "completedTrades" | "totalReturn" | "drawdown">,
  processFailures: number,
): StepWindow {
  const { runtimeDays, completedTrades, totalReturn, drawdown } = facts;
  const trades = completedTrades.value ?? 0;
  return {
    days: runtimeDays.value ?? 0,
    completedTrades: trades,
    netReturn: trades === 0 ? null : totalReturn.value,
    drawdown: drawdown.value,
    processFailures,
  };
}

/** What makes a window stable, and what makes it bad. */
export interface StepRules {
  readonly windowDays: number;
  readonly minCompletedTrades: number;
  readonly minReturn: number;
  readonly maxDrawdown: number;
  /** A return below this is underperformance at any time. */
  readonly stepBackReturn: number;
}

/**
 * What a window of nights means for the step: back on a process failure or underperformance, at once;
 * up only after a whole stable window; otherwise it holds. A number that is not there holds.
 */
export function judgeWindow(window: StepWindow, rules: StepRules): "up" | "hold" | "back" {
  const { netReturn, drawdown } = window;
  if (window.processFailures > 0) return "back";
  if (netReturn !== null && !(netReturn >= rules.stepBackReturn)) return "back";
  if (drawdown !== null && !(drawdown <= rules.maxDrawdown)) return "back";
  const isStable =
    window.days >= rules.windowDays &&
    window.completedTrades >= rules.minCompletedTrades &&
    netReturn !== null &&
    netReturn >= rules.minReturn &&
    drawdown !== null;
  return isStable ? "up" : "hold";
}
