import type { ConditionResult } from "../../core/domain/gate.ts";
import { modeOfStage, type Stage } from "../../core/domain/stage.ts";
import { isOpen, judgeGate } from "../../core/risk/gates.ts";
import { stageAbove } from "../../core/risk/ladder.ts";
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
