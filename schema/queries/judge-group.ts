import type { Mode } from "../../core/domain/decision.ts";
import type { ClientOrderId } from "../../core/domain/order.ts";
import type { RiskLimits, RiskSnapshot, RuleVerdict } from "../../core/domain/risk.ts";
import type { Instant, UsdMicros } from "../../core/domain/units.ts";
import { snapshotOf, withApproved, withHighWater } from "../../core/risk/fold.ts";
import { judgeOrder } from "../../core/risk/judge.ts";
import type { Fired } from "../../core/risk/loss-triggers.ts";
import type { Db } from "../database.ts";
import { storeHighWater } from "./account-facts.ts";
import { tripFired } from "./loss-triggers.ts";
import type { NewIntent } from "./new-intent.ts";
import { type ReadSnapshot, readStanding } from "./risk-snapshot.ts";

/**
 * Finds the limits in force by their hash, and what a run of this source trades under. Called inside the
 * transaction that decides, so that limits that were just applied count from the next order on.
 */
export type FindLimits = (
  tx: Db,
  inForce: { readonly hash: string | null; readonly source: string },
) => Promise<RiskLimits>;

/** What was said of an intent, and what is written of it. */
export interface Judged {
  readonly proposal: NewIntent;
  readonly rules: readonly RuleVerdict[];
  /** Of the first rule that refuses it; null when it is approved. */
  readonly code: string | null;
  readonly limitsHash: string | null;
  readonly reserved: UsdMicros;
  readonly rootId: ClientOrderId;
}

/**
 * Judges the new ones of a group one after the other, each by what the earlier ones reserved, in the
 * transaction given. What they reserve is written by the caller.
 *
 * A loss that has come to its limit trips its breaker here, and the very order at which it is seen is judged
 * under the kill that the breaker throws.
 */
export async function judgeGroup(
  tx: Db,
  mode: Mode,
  read: ReadSnapshot,
  findLimits: FindLimits,
): Promise<readonly Judged[]> {
  const { limitsHash } = read;
  const judged: Judged[] = [];
  let { group } = read;
  let raised: { readonly result: UsdMicros; readonly at: Instant } | null = null;
  for (const { proposal, own, source, before } of read.members) {
    if (before) continue;
    const { clientOrderId, parentId, at } = proposal;
    const limits = await findLimits(tx, { hash: limitsHash, source });
    const snapshot = snapshotOf(group, own);
    const { rules, code, fired, raised: result } = judgeOrder(snapshot, limits);
    if (result !== null) {
      raised = { result, at };
      group = withHighWater(group, raised);
    }
    if (await tripNew(tx, proposal, fired, snapshot)) {
      group = { ...group, shared: { ...group.shared, ...(await readStanding(tx, mode)) } };
    }
    const { subject } = own.facts;
    const reserved = subject.reservation;
    judged.push({
      proposal,
      rules,
      code,
      limitsHash,
      reserved,
      rootId: own.rootId ?? clientOrderId,
    });
    if (code !== null) continue;
    group = withApproved(group, { clientOrderId, at, subject, isFirst: parentId === null });
  }
  if (raised !== null) await storeHighWater(tx, mode, raised);
  return judged;
}

/** Trips what fired and does not stand yet. @returns whether there was any. */
async function tripNew(
  tx: Db,
  of: NewIntent,
  fired: readonly Fired[],
  { openBreakers }: Pick<RiskSnapshot, "openBreakers">,
): Promise<boolean> {
  const stands = new Set(openBreakers.map(({ breaker }) => breaker));
  const fresh = fired.filter(({ breaker }) => !stands.has(breaker));
  await tripFired(tx, of, fresh);
  return fresh.length > 0;
}
