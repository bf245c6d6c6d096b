import { sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import { KEPT_BACK_CODES, SHADOW_CODE } from "../../core/domain/order.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { ExecutionFacts, FeeFacts, StoredDifference } from "../../core/risk/breakers.ts";
import { type Db, toDate } from "../database.ts";

/**
 * Rejections that say nothing of the venue: what we stopped ourselves, and what the market's own
 * move refused.
 */
const NO_FAILURES = [
  SHADOW_CODE,
  ...KEPT_BACK_CODES,
  "absent",
  "post_only_cross",
  "fill_or_kill_insufficient_resting_volume",
];

/** Orders of a mode that failed at the venue within a span of run time, each counted once. */
export async function executionFacts(
  db: Db,
  mode: Mode,
  span: { readonly from: Instant; readonly to: Instant },
): Promise<ExecutionFacts> {
  const { rows } = await sql<ExecutionFacts>`
    with failed as (
      select o.client_order_id, bool_or(u.kind = 'lost') as is_lost
      from order_updates u join orders o using (client_order_id) join runs r using (run_id)
      where r.mode = ${mode} and u.kind in ('rejected', 'lost')
        and u.at > ${toDate(span.from)} and u.at <= ${toDate(span.to)}
        and (u.kind = 'lost' or o.reject_code is null or o.reject_code <> all(${NO_FAILURES}))
      group by o.client_order_id
    )
    select count(*) filter (where not is_lost) as rejected,
      count(*) filter (where is_lost) as unknown from failed`.execute(db);
  return rows[0] ?? { rejected: Number.NaN, unknown: Number.NaN };
}

/**
 * Orders of a mode whose fees are not what our model says, among those that filled after `since`
 * (wall clock): what filled before was looked at by whoever released the breaker.
 */
export async function feeFacts(
  db: Db,
  mode: Mode,
  since: Date | null,
): Promise<readonly FeeFacts[]> {
  const { rows } = await sql<FeeFacts>`
    select o.client_order_id as "clientOrderId", sum(f.fee_micros)::bigint as charged,
      sum(f.expected_fee_micros)::bigint as expected
    from fills f join orders o using (client_order_id) join runs r using (run_id)
    where r.mode = ${mode}
    group by o.client_order_id
    having sum(f.fee_micros) <> sum(f.expected_fee_micros)
      and (${since}::timestamptz is null or max(f.recorded_at) > ${since}::timestamptz)`.execute(
    db,
  );
  return rows;
}

/** When a breaker of this code was last released, wall clock. @returns `null` when never. */
export async function lastRelease(db: Db, mode: Mode, breaker: string): Promise<Date | null> {
  const { at } = await db
    .selectFrom("circuit_breakers")
    .select((eb) => eb.fn.max("released_at").as("at"))
    .where("mode", "=", mode)
    .where("breaker", "=", breaker)
    .executeTakeFirstOrThrow();
  return at;
}

/** What the last comparisons of a mode's account with its ledger found, newest first. */
export async function lastDifferences(
  db: Db,
  mode: Mode,
  count: number,
): Promise<readonly (readonly StoredDifference[])[]> {
  const rows = await db
    .selectFrom("reconciliations")
    .innerJoin("runs", "runs.run_id", "reconciliations.run_id")
    .select("differences")
    .where("runs.mode", "=", mode)
    .orderBy("reconciliation_id", "desc")
    .limit(count)
    .execute();
  // Boundary: written by reconcile from this type.
  return rows.map(({ differences }) => JSON.parse(differences) as StoredDifference[]);
}
