import type { FeeSchedule } from "../../core/domain/market.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { FeeChange, SourceManifest } from "../facts.ts";

/** Fees of KXNBAGAME: maker fees, multiplier 1. */
export const NBA_FEES: FeeSchedule = { kind: "quadratic_with_maker_fees", multiplierMilli: 1000 };

/** The series' schedules, oldest first: what the night begins with, and each change its source states. */
export function feeChanges(manifest: SourceManifest): readonly FeeChange[] {
  const stated = [...(manifest.feeChanges ?? [])].sort((a, b) => a.at - b.at);
  return [{ ...NBA_FEES, at: manifest.startAt }, ...stated];
}

/** The schedule in force at an instant. */
export function feesAt(changes: readonly FeeChange[], at: Instant): FeeSchedule {
  return changes.findLast((change) => change.at <= at) ?? NBA_FEES;
}
