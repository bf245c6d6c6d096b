import { type KillLevel, stricter } from "../domain/kill.ts";
import {
  firstRefusal,
  type RiskLimits,
  type RiskSnapshot,
  type RuleVerdict,
} from "../domain/risk.ts";
import type { UsdMicros } from "../domain/units.ts";
import { checkRisk } from "./check.ts";
import { type Fired, lossTriggers } from "./loss-triggers.ts";
import { measureLosses, raisedHighWater } from "./losses.ts";

/** What is said of one order, and what its moment does to the account. */
export interface OrderJudgement {
  readonly rules: readonly RuleVerdict[];
  /** Of the first rule that refuses; null when the order is approved. */
  readonly code: string | null;
  /** Losses that have come to their limits: their breakers trip, whatever becomes of the order. */
  readonly fired: readonly Fired[];
  /** The highest result so far, micros, when this moment raises it; else null. */
  readonly raised: UsdMicros | null;
}

/**
 * Judges one order as the transaction does that writes intents: first what the losses have come to, then every
 * rule, under the kill that a breaker which trips at this very order throws. Pure; the database and the
 * backtest call it alike.
 */
export function judgeOrder(snapshot: RiskSnapshot, limits: RiskLimits): OrderJudgement {
  const losses = measureLosses(snapshot);
  const raised = raisedHighWater(losses, snapshot.account);
  const fired = lossTriggers(losses, limits);
  const killLevel = fired.reduce<KillLevel | null>(
    (worst, { level }) => stricter(worst, level),
    snapshot.killLevel,
  );
  const judged = killLevel === snapshot.killLevel ? snapshot : { ...snapshot, killLevel };
  const rules = checkRisk(judged, limits, losses);
  return { rules, code: firstRefusal(rules), fired, raised };
}
