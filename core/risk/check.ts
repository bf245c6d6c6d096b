import { isStrategys } from "../domain/order.ts";
import type { AppliesTo, RiskLimits, RiskSnapshot, RuleVerdict } from "../domain/risk.ts";
import { type Losses, measureLosses } from "./losses.ts";
import { RULES } from "./rules.ts";

/**
 * Judges one order by every rule that applies to it; none is skipped once one has refused, so that
 * the record shows all reasons. The order may be sent only if every verdict is held.
 *
 * @param losses of the snapshot, where they were measured before.
 */
export function checkRisk(
  snapshot: RiskSnapshot,
  limits: RiskLimits,
  losses: Losses = measureLosses(snapshot),
): readonly RuleVerdict[] {
  const verdicts: RuleVerdict[] = [];
  for (const { name, appliesTo, judge } of RULES) {
    if (!concerns(appliesTo, snapshot.subject)) continue;
    const { isHeld, numbers } = judge(snapshot, limits, losses);
    verdicts.push({ rule: name, appliesTo, isHeld, numbers });
  }
  return verdicts;
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
