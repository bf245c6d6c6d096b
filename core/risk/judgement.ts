import type { RiskLimits, RiskSnapshot, RuleVerdict } from "../domain/risk.ts";
import type { Losses } from "./losses.ts";

/** One named rule. It never throws and never looks elsewhere. */
export interface Rule {
  /** Stable code: refusals, reports and runbooks key on it. Add, never rename. */
  readonly name: string;
  readonly appliesTo: RuleVerdict["appliesTo"];
  readonly judge: (snapshot: RiskSnapshot, limits: RiskLimits, losses: Losses) => Judgement;
}

/** Whether a rule is held, and the numbers it compared. */
export type Judgement = Pick<RuleVerdict, "isHeld" | "numbers">;

/** `value` stays within `limit`. A number that is not finite refuses: NaN fails closed. */
export function atMost(value: number, limit: number): Judgement {
  const isHeld = Number.isFinite(value) && Number.isFinite(limit) && value <= limit;
  return { isHeld, numbers: { value, limit } };
}

/** `value` reaches `limit`. A number that is not finite refuses. */
export function atLeast(value: number, limit: number): Judgement {
  const isHeld = Number.isFinite(value) && Number.isFinite(limit) && value >= limit;
  return { isHeld, numbers: { value, limit } };
}

/** An age or a distance: at most `limit`, and not negative, which would mean that two clocks disagree. */
export function within(value: number, limit: number): Judgement {
  return value < 0 ? { isHeld: false, numbers: { value, limit } } : atMost(value, limit);
}

/**
 * A rule of games alone: what it asks has no meaning for a Bitcoin contract. There it is held, and its
 * numbers say that it did not apply.
 */
export function ofGames(judge: Rule["judge"]): Rule["judge"] {
  return (snapshot, limits, losses) =>
    snapshot.subject.domain === "nba"
      ? judge(snapshot, limits, losses)
      : claim(true, { applies: 0 });
}

/** Holds or not, with the numbers that were looked at. */
export function claim(isHeld: boolean, numbers: Readonly<Record<string, number>> = {}): Judgement {
  return { isHeld, numbers };
}
