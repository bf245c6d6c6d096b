import { type Selectable, sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import type { Db } from "../database.ts";
import type { Database } from "../tables.ts";
import { appendAudit } from "./audit.ts";
import { IS_UNENDED } from "./gate-facts.ts";

export type TestPlanRow = Selectable<Database["test_plans"]>;
export type PlanVerdictRow = Selectable<Database["plan_verdicts"]>;

/** A plan as it is locked. */
export interface NewTestPlan {
  readonly planHash: string;
  readonly name: string;
  readonly mode: Mode;
  readonly content: string;
  readonly from: TradingDate;
  readonly to: TradingDate;
  readonly configHash: string;
  readonly limitsHash: string;
  readonly by: string;
}

/** What locking came to. */
export type LockedPlan =
  | { readonly kind: "locked"; readonly plan: TestPlanRow }
  /** The same content was locked before. */
  | { readonly kind: "exists"; readonly plan: TestPlanRow }
  /** Another plan of this name stands: a question is not asked twice under one name. */
  | { readonly kind: "other"; readonly plan: TestPlanRow }
  /** A night of its days was begun before, in whatever mode: it would be written to what is known. */
  | { readonly kind: "begun"; readonly runId: string };

/** Locks a plan before the first night of its days, with its act in the audit log. */
export async function lockTestPlan(db: Db, plan: NewTestPlan): Promise<LockedPlan> {
  return db.transaction().execute(async (tx): Promise<LockedPlan> => {
    // A night that begins meanwhile waits, or is seen.
    await sql`lock table runs in share mode`.execute(tx);
    const before = await findPlan(tx, plan);
    if (before) {
      return { kind: before.plan_hash === plan.planHash ? "exists" : "other", plan: before };
    }
    const run = await tx
      .selectFrom("runs")
      .select("run_id")
      .where("trading_date", ">=", plan.from)
      .where("trading_date", "<=", plan.to)
      .orderBy("trading_date")
      .executeTakeFirst();
    if (run) return { kind: "begun", runId: run.run_id };
    const { planHash, name, mode, content, from, to, configHash, limitsHash, by } = plan;
    const locked = await tx
      .insertInto("test_plans")
      .values({
        ...{ plan_hash: planHash, name, mode, content, from_date: from, to_date: to },
        ...{ config_hash: configHash, limits_hash: limitsHash, locked_by: by },
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await appendAudit(tx, {
      ...{ mode, kind: "plan", actor: by, subject: name, at: locked.locked_at },
      details: { act: "locked", planHash, from, to, configHash, limitsHash },
    });
    return { kind: "locked", plan: locked };
  });
}

/** The plan of a name. @returns `null` when none was locked. */
export async function findPlan(
  db: Db,
  of: { readonly mode: Mode; readonly name: string },
): Promise<TestPlanRow | null> {
  const found = await db
    .selectFrom("test_plans")
    .selectAll()
    .where("mode", "=", of.mode)
    .where("name", "=", of.name)
    .executeTakeFirst();
  return found ?? null;
}

/** Names of the other plans of the mode that ask of some of the same days, the first locked first. */
export async function plansBeside(db: Db, plan: TestPlanRow): Promise<readonly string[]> {
  const others = await db
    .selectFrom("test_plans")
    .select("name")
    .where("mode", "=", plan.mode)
    .where("plan_hash", "<>", plan.plan_hash)
    .where("from_date", "<=", plan.to_date)
    .where("to_date", ">=", plan.from_date)
    .orderBy("locked_at")
    .execute();
  return others.map(({ name }) => name);
}

/** Days of a plan's sample whose night has begun and may end yet: one that was given up is none of them. */
export async function nightsStillPlayed(
  db: Db,
  of: { readonly mode: Mode; readonly from: TradingDate; readonly to: TradingDate },
): Promise<readonly TradingDate[]> {
  const { rows } = await sql<{ date: TradingDate }>`
    select trading_date as date from runs r
    where mode = ${of.mode} and domain = 'nba' and source not like 'world:%' and ended_at is null
      and trading_date between ${of.from} and ${of.to} and not ${IS_UNENDED}
    order by trading_date`.execute(db);
  return rows.map(({ date }) => date);
}

/** Keeps a verdict against a plan, with its act in the audit log. Each look is kept. */
export async function recordPlanVerdict(
  db: Db,
  verdict: {
    readonly plan: TestPlanRow;
    readonly verdict: PlanVerdictRow["verdict"];
    readonly details: object;
    readonly by: string;
  },
): Promise<void> {
  const { plan, by, details } = verdict;
  await db.transaction().execute(async (tx) => {
    const row = await tx
      .insertInto("plan_verdicts")
      .values({
        mode: plan.mode,
        plan_hash: plan.plan_hash,
        verdict: verdict.verdict,
        details: JSON.stringify(details),
        made_by: by,
      })
      .returning("recorded_at")
      .executeTakeFirstOrThrow();
    await appendAudit(tx, {
      ...{ mode: plan.mode, kind: "plan", actor: by, subject: plan.name, at: row.recorded_at },
      details: { act: "judged", planHash: plan.plan_hash, verdict: verdict.verdict },
    });
  });
}

/** Verdicts against a plan so far in its mode, the first first. */
export async function verdictsOf(
  db: Db,
  of: Pick<TestPlanRow, "mode" | "plan_hash">,
): Promise<readonly PlanVerdictRow[]> {
  return db
    .selectFrom("plan_verdicts")
    .selectAll()
    .where("mode", "=", of.mode)
    .where("plan_hash", "=", of.plan_hash)
    .orderBy("verdict_id")
    .execute();
}
