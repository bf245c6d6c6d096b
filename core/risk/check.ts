import type { RiskLimits, RiskSnapshot, RuleVerdict } from "../domain/risk.ts";
import { RULES } from "./rules.ts";

/**
 * Judges one order by every rule that applies to it; none is skipped once one has refused, so that
 * the record shows all reasons. The order may be sent only if every verdict is held.
 */
export function checkRisk(snapshot: RiskSnapshot, limits: RiskLimits): readonly RuleVerdict[] {
  return RULES.filter(
    ({ appliesTo }) => appliesTo === "every-order" || snapshot.subject.purpose === "entry",
  ).map(({ name, appliesTo, judge }) => ({ rule: name, appliesTo, ...judge(snapshot, limits) }));
}
