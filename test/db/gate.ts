import { assessGate, type Assessment } from "../../activities/gates/assess.ts";
import type { ConditionResult } from "../../core/domain/gate.ts";
import { loadGates } from "../../runtime/gates-config.ts";
import type { Db } from "../../schema/database.ts";
import type { Ladder } from "../../schema/queries/stages.ts";

/** 1000 USD: a trade that wins brings 50 - 1.75, one that loses costs 50 + 1.75. */
const CAPITAL = 1_000_000_000;
const { gates } = loadGates();

/** A ladder that stands at a stage, entered at an instant or ever. */
export function standingAt(stage: "shadow" | "paper" | "micro", since: Date | null = null): Ladder {
  const step = stage === "micro" ? 2 : 0;
  return { position: { stage, step }, since, moves: [], tampered: null };
}

/** Asks the gate above where a ladder stands, under the settings and limits that nights by hand have. */
export function assessAt(
  db: Db,
  ladder: Ladder,
  { configHash = "c", limitsHash = "l" } = {},
): Promise<Assessment> {
  const nowMs = Date.now();
  return assessGate(db, { ladder, gates, configHash, limitsHash, capital: CAPITAL, nowMs });
}

/** What became of one condition of a gate. */
export function conditionOf({ conditions }: Assessment, name: string): ConditionResult | undefined {
  return conditions.find((one) => one.name === name);
}
