import type { Mode } from "../core/domain/decision.ts";
import type { RiskLimits } from "../core/domain/risk.ts";
import { type Instant, instant } from "../core/domain/units.ts";
import {
  BREAKERS,
  type BreakerCode,
  type BreakerJudgement,
  type BreakerThresholds,
  judgeExecution,
  judgeFees,
  judgeLedger,
  judgeReconciliation,
} from "../core/risk/breakers.ts";
import { type LossBreaker, lossTriggers } from "../core/risk/loss-triggers.ts";
import { type LossFacts, measureLosses } from "../core/risk/losses.ts";
import { type Db, toInstant } from "../schema/database.ts";
import { readAccount } from "../schema/queries/account-facts.ts";
import {
  executionFacts,
  feeFacts,
  lastDifferences,
  lastRelease,
} from "../schema/queries/breaker-facts.ts";
import { type BreakerRow, findCondition } from "../schema/queries/breakers.ts";
import { cashIdentity } from "../schema/queries/ledger.ts";
import { checkLosses } from "../schema/queries/loss-triggers.ts";
import { accountRun } from "../schema/queries/runs.ts";

/** What the tables alone can tell of: judged after each change of them, and again on release. */
export const STORED_FACTS = ["execution", "fees", "ledger", "reconciliation", "losses"] as const;
export type StoredFacts = (typeof STORED_FACTS)[number];

/** What losses are measured with: the bids of what is held, and the limits that a run trades under. */
export interface LossMeasures {
  /** Highest bid of each market whose book was seen, micros. */
  readonly marks: () => LossFacts["marks"] | Promise<LossFacts["marks"]>;
  readonly limitsOf: (runId: string) => Promise<RiskLimits>;
}

/** How facts are looked at: whose, by which thresholds, and at what run time. */
export interface Looking {
  readonly mode: Mode;
  readonly thresholds: BreakerThresholds;
  readonly losses: LossMeasures;
  readonly now: Instant;
}

/** A judgement, and the breaker that it is of. */
export interface StoredJudgement {
  readonly breaker: BreakerCode;
  readonly judgement: BreakerJudgement;
}

/** Judges facts that stand in tables; losses are judged and tripped by `checkStoredLosses`. */
export async function judgeStored(
  db: Db,
  facts: Exclude<StoredFacts, "losses">,
  looking: Looking,
): Promise<StoredJudgement> {
  const { mode, thresholds } = looking;
  switch (facts) {
    case "execution":
      return { breaker: "execution_failures", judgement: await execution(db, looking) };
    case "fees": {
      const since = await lastRelease(db, mode, "fee_mismatch");
      const orders = await feeFacts(db, mode, since);
      return { breaker: "fee_mismatch", judgement: judgeFees(orders, thresholds.fees) };
    }
    case "ledger":
      return { breaker: "data_integrity", judgement: judgeLedger(await cashIdentity(db, mode)) };
    case "reconciliation": {
      const { maxRepeats } = thresholds.reconciliation;
      const found = await lastDifferences(db, mode, maxRepeats);
      const judgement = judgeReconciliation(found, thresholds.reconciliation);
      return { breaker: "reconciliation_difference", judgement };
    }
  }
}

/** Judges the losses of the mode as after a fill or a settlement, and trips what fires, in a transaction. */
export async function checkStoredLosses(
  db: Db,
  { mode, losses, now }: Omit<Looking, "thresholds">,
): Promise<void> {
  const runId = (await accountRun(db, mode))?.run_id ?? null;
  if (runId === null) return;
  await checkLosses(
    db,
    { mode, runId, at: now },
    await losses.marks(),
    await losses.limitsOf(runId),
  );
}

/**
 * Whether the cause of a breaker holds at present, by facts that anybody can look at.
 *
 * @returns what holds it, with the numbers, or `null` when the cause has ended.
 */
export async function causeThatHolds(
  db: Db,
  row: BreakerRow,
  looking: Looking,
): Promise<BreakerJudgement | null> {
  const breaker = BREAKERS.find((code) => code === row.breaker);
  if (breaker === undefined) {
    return holding(`breaker ${row.breaker} is of another version: its cause cannot be judged`);
  }
  const judgement = await judgePresent(db, breaker, row, looking);
  return judgement.isTripped ? judgement : null;
}

async function judgePresent(
  db: Db,
  breaker: BreakerCode,
  row: BreakerRow,
  looking: Looking,
): Promise<BreakerJudgement> {
  const { mode, thresholds } = looking;
  switch (breaker) {
    case "execution_failures":
      return await execution(db, looking);
    case "fee_mismatch":
      // What filled before the trip is what the release acknowledges; what fills since must be right.
      return judgeFees(await feeFacts(db, mode, row.recorded_at), thresholds.fees);
    case "reconciliation_difference":
      return judgeReconciliation(await lastDifferences(db, mode, 1), { maxRepeats: 1 });
    case "data_integrity": {
      const ledger = judgeLedger(await cashIdentity(db, mode));
      return ledger.isTripped ? ledger : await lastWord(db, mode, breaker);
    }
    case "api_failures":
    case "model_anomaly":
    case "config_changed":
      return await lastWord(db, mode, breaker);
    case "consecutive_losses":
    case "drawdown":
    case "daily_loss":
    case "weekly_loss":
    case "single_trade_loss":
      return await judgeLoss(db, breaker, row, looking);
  }
}

/**
 * A loss of the day or the week holds while it lasts. A streak, a bad trade and a fall are past: their
 * release accounts for them, and they hold only by what came after the trip, or is still open.
 */
async function judgeLoss(
  db: Db,
  breaker: LossBreaker,
  row: BreakerRow,
  { mode, losses, now }: Looking,
): Promise<BreakerJudgement> {
  const runId = row.run_id ?? (await accountRun(db, mode))?.run_id ?? null;
  if (runId === null) return holding("no run tells its limits");
  const limits = await losses.limitsOf(runId);
  const accounted = { [breaker]: toInstant(row.tripped_at) };
  const { account, holdings } = await readAccount(db, mode, now, accounted);
  if (breaker === "drawdown" && holdings.length === 0) return OVER;
  const marks = await losses.marks();
  const facts = { at: now, account, holdings, marks };
  const measured = measureLosses(facts);
  if (measured.unmarked > 0) return holding(`${measured.unmarked} markets held have no bid yet`);
  const fired = lossTriggers(measured, limits).find((one) => one.breaker === breaker);
  return fired === undefined ? OVER : { isTripped: true, ...fired };
}

const OVER: BreakerJudgement = { isTripped: false, cause: "", numbers: {} };

async function execution(db: Db, { mode, thresholds, now }: Looking): Promise<BreakerJudgement> {
  const from = instant(now - thresholds.execution.windowMs);
  return judgeExecution(await executionFacts(db, mode, { from, to: now }), thresholds.execution);
}

/** What only the worker sees: how it saw it last. It writes down when a cause has ended. */
async function lastWord(db: Db, mode: Mode, breaker: BreakerCode): Promise<BreakerJudgement> {
  const condition = await findCondition(db, mode, breaker);
  if (condition === null) return holding("nobody has looked since it tripped");
  // Boundary: written by recordCondition from a judgement.
  const numbers = JSON.parse(condition.numbers) as BreakerJudgement["numbers"];
  return { isTripped: condition.holds, cause: condition.cause, numbers };
}

function holding(cause: string): BreakerJudgement {
  return { isTripped: true, cause, numbers: {} };
}
