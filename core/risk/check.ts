import { isStrategys } from "../domain/order.ts";
import type { AppliesTo, RiskLimits, RiskSnapshot, RuleVerdict } from "../domain/risk.ts";
import { RULES } from "./rules.ts";

/**
 * Judges one order by every rule that applies to it; none is skipped once one has refused, so that
 * the record shows all reasons. The order may be sent only if every verdict is held.
 */
export function checkRisk(snapshot: RiskSnapshot, limits: RiskLimits): readonly RuleVerdict[] {
  return RULES.filter(({ appliesTo }) => concerns(appliesTo, snapshot.subject)).map(
    ({ name, appliesTo, judge }) => ({ rule: name, appliesTo, ...judge(snapshot, limits) }),
  );
}

function concerns(appliesTo: AppliesTo, subject: RiskSnapshot["subject"]): boolean {
  const isEntry = subject.purpose === "entry";
  switch (appliesTo) {
    case "every-order":
      return true;
    case "entry":
      return isEntry;
    case "strategy-entry":
      return isEntry && isStrategys(subject);
    case "drill":
      return isEntry && !isStrategys(subject);
  }
}
