import type { Mode } from "./decision.ts";

/** Stages of the ladder, lowest first. A stage goes up by a passed gate only, and down by itself. */
export const STAGES = ["shadow", "paper", "micro", "small", "medium", "standard"] as const;
/** One stage of the ladder. */
export type Stage = (typeof STAGES)[number];

/**
 * The mode whose ledger a stage's gate is judged on.
 *
 * @returns `null` for the stages of real money: mode live does not exist, so there is no such data.
 */
export function modeOfStage(stage: Stage): Mode | null {
  return stage === "shadow" || stage === "paper" ? stage : null;
}

/**
 * The mode whose nights the steps of a stage are judged on: stages of real money are rehearsed on paper
 * while mode live does not exist.
 */
export function rehearsalMode(stage: Stage): Mode {
  return modeOfStage(stage) ?? "paper";
}

/** Where one stands: a stage, and the step within it; stages without real money have step 0 only. */
export interface LadderPosition {
  readonly stage: Stage;
  readonly step: number;
}

/**
 * Where on the ladder the limits are of that a mode trades under: its own stage, whole. Mode live, should
 * it come, trades at what the ladder says.
 */
export function positionOfMode(mode: Mode): LadderPosition {
  return { stage: mode, step: 0 };
}

/** What moved one on the ladder. Only the first two go up, and only a person's act is one of those. */
export type StageMoveKind = "promotion" | "step-up" | "demotion" | "step-back";
