import type { Mode } from "../../core/domain/decision.ts";
import type { ConditionResult, Estimate, GateFacts } from "../../core/domain/gate.ts";
import {
  type LadderPosition,
  modeOfStage,
  rehearsalMode,
  type Stage,
} from "../../core/domain/stage.ts";
import { isOpen, judgeGate, judgeStep } from "../../core/risk/gates.ts";
import { judgeWindow, stageAbove, steppedUp, stepWindowOf } from "../../core/risk/ladder.ts";
import type { GatesConfig } from "../../runtime/gates-config.ts";
import type { Db } from "../../schema/database.ts";
import { type GateNight, type LeftOut, NONE_LEFT_OUT } from "../../schema/queries/gate-facts.ts";
import type { Ladder } from "../../schema/queries/stages.ts";
import { noFacts, readGateFacts } from "./facts.ts";

/** What a gate is judged against: the settings and limits in force, the stage's capital by these, the clock. */
export interface AssessmentRequest {
  readonly ladder: Ladder;
  readonly gates: GatesConfig;
  readonly configHash: string;
  readonly limitsHash: string;
  /** The stage's capital, micros. */
  readonly capital: number;
  /** Now, wall milliseconds. */
  readonly nowMs: number;
}

/** The next gate, judged. */
export interface Assessment {
  readonly from: Stage;
  /** `null` at the top of the ladder: there is no gate. */
  readonly to: Stage | null;
  readonly conditions: readonly ConditionResult[];
  readonly nights: readonly GateNight[];
  /** Nights since the stage was entered that are no evidence, by why. */
  readonly leftOut: LeftOut;
  /** Every condition passed. */
  readonly isOpen: boolean;
}

/**
 * Judges the gate above the present stage on the ledger: nights of the stage's own mode that ended under the
 * settings and limits in force and since the stage was entered, and whose result nobody chose. A changed
 * setting or limit starts the evidence anew, also when it is put back.
 */
export async function assessGate(db: Db, request: AssessmentRequest): Promise<Assessment> {
  const { ladder, gates, configHash, limitsHash, capital, nowMs } = request;
  const { stage } = ladder.position;
  const to = stageAbove(stage);
  const nothing = {
    from: stage,
    nights: [],
    leftOut: NONE_LEFT_OUT,
    isOpen: false,
  };
  if (stage === "standard" || to === null) {
    return { ...nothing, to: null, conditions: [] };
  }
  const mode = modeOfStage(stage);
  const rules = gates.gates[stage];
  if (mode === null) {
    const facts = noFacts("mode live does not exist: there is no ledger of real money");
    return { ...nothing, to, conditions: judgeGate(facts, rules) };
  }
  const { facts, nights, leftOut } = await readGateFacts(db, {
    window: { mode, configHash, limitsHash, since: ladder.since ?? new Date(0) },
    capital,
    nowMs,
    ignoredBreakers: gates.demotion.ignoredBreakers,
  });
  const conditions = judgeGate(facts, rules);
  return { from: stage, to, conditions, nights, leftOut, isOpen: isOpen(conditions) };
}

/** The next step within a stage, judged. */
export interface StepAssessment {
  readonly from: LadderPosition;
  readonly to: LadderPosition;
  /** The mode of the nights. */
  readonly mode: Mode;
  readonly verdict: ReturnType<typeof judgeWindow>;
  readonly conditions: readonly ConditionResult[];
  readonly nights: readonly GateNight[];
  readonly leftOut: LeftOut;
}

/**
 * Judges the window since the present step was taken, as a gate judges its nights: under the settings and
 * limits in force.
 *
 * @returns `null` where there is no further step: at a stage's last, and where there are none.
 */
export async function assessStep(
  db: Db,
  request: AssessmentRequest,
): Promise<StepAssessment | null> {
  const { ladder, gates, configHash, limitsHash, capital, nowMs } = request;
  const { position: from, since } = ladder;
  const to = steppedUp(from);
  if (to === null) return null;
  const mode = rehearsalMode(from.stage);
  const { facts, nights, leftOut } = await readGateFacts(db, {
    window: { mode, configHash, limitsHash, since: since ?? new Date(0) },
    capital,
    nowMs,
    ignoredBreakers: gates.demotion.ignoredBreakers,
  });
  const processFailures = processFailuresOf(facts);
  const window = stepWindowOf(facts, processFailures.value ?? 0);
  return {
    from,
    to,
    mode,
    verdict: judgeWindow(window, gates.steps),
    conditions: judgeStep({ ...facts, processFailures }, gates.steps),
    nights,
    leftOut,
  };
}

function processFailuresOf({ limitBreaches, incidents }: GateFacts): Estimate {
  const [breaches, others] = [limitBreaches.value, incidents.value];
  return {
    value: breaches === null || others === null ? null : breaches + others,
    interval: null,
    sample: incidents.sample,
    query: `${limitBreaches.query}\n${incidents.query}`,
  };
}
