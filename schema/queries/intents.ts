import type { Selectable } from "kysely";
import { sql } from "kysely";
import { assert, required } from "../../core/domain/assert.ts";
import type { Mode } from "../../core/domain/decision.ts";
import type { ClientOrderId } from "../../core/domain/order.ts";
import type { RuleVerdict } from "../../core/domain/risk.ts";
import { type Db, PREPARED } from "../database.ts";
import type { Database } from "../tables.ts";
import { type FindLimits, type Judged, judgeGroup } from "./judge-group.ts";
import { fitsGroup, type NewIntent } from "./new-intent.ts";
import { findOrder, type OrderRow } from "./orders.ts";
import { type MemberFacts, readRiskSnapshot, type RecordedIntent } from "./risk-snapshot.ts";
import { writeJudged } from "./write-judged.ts";

export type IntentRow = Selectable<Database["intents"]>;

/** What stands after an intent was recorded. Only `approved` and `exists` have an order. */
export type IntentOutcome =
  | {
      readonly kind: "approved";
      readonly order: OrderRow;
      readonly rules: readonly RuleVerdict[];
    }
  | { readonly kind: "refused"; readonly code: string; readonly rules: readonly RuleVerdict[] }
  /** The same intent was approved before: go on from the order's state. */
  | { readonly kind: "exists"; readonly order: OrderRow }
  /** The id carries other terms: a bug, and nothing was written. */
  | { readonly kind: "reused" };

/** First key of the lock under which risk decides, one at a time in each mode. */
const RISK_LOCK = 7_402;

/**
 * Judges a group of intents and records them, in one transaction and one group at a time: what the rules
 * see cannot change until their answers, and what they reserve, are committed. They are judged one after
 * the other, each by what the earlier ones reserved: the same comes out as if each came alone.
 *
 * An intent is kept whatever the answer; an order is made only if every rule is held. A repeat answers what
 * stands. A fault of one is the whole group's: nothing is written then.
 *
 * The commit does not wait for the disk, or every other order would wait with it under the lock; the flush
 * that follows does, before anybody learns of the answers. `committed` is called between the two: the next
 * group may come.
 *
 * @returns an outcome for each, in their sequence.
 */
export async function recordIntents(
  db: Db,
  proposals: readonly NewIntent[],
  findLimits: FindLimits,
  committed: () => void = () => undefined,
): Promise<readonly IntentOutcome[]> {
  const outcomes = await judgeAndWrite(db, proposals, findLimits);
  committed();
  await flush(db);
  return outcomes;
}

/** The same for one: a group of its own. */
export async function recordIntent(
  db: Db,
  proposal: NewIntent,
  findLimits: FindLimits,
): Promise<IntentOutcome> {
  const [outcome] = await recordIntents(db, [proposal], findLimits);
  return required(outcome, "an outcome");
}

async function judgeAndWrite(
  db: Db,
  proposals: readonly NewIntent[],
  findLimits: FindLimits,
): Promise<readonly IntentOutcome[]> {
  const { mode } = required(proposals[0], "a proposal");
  const isGroup = proposals.every((one, index) => fitsGroup(proposals.slice(0, index), one));
  assert(isGroup, "intents that are judged together do not concern each other");
  return db.transaction().execute(async (tx) => {
    await lockRisk(tx, mode, "off");
    const read = await readRiskSnapshot(tx, proposals);
    const judged = await judgeGroup(tx, mode, read, findLimits);
    const orders = await writeJudged(tx, judged);
    return outcomesOf(tx, read.members, judged, orders);
  });
}

/** What each came to: those that were judged now, and those that had been before. */
async function outcomesOf(
  tx: Db,
  members: readonly MemberFacts[],
  judged: readonly Judged[],
  orders: ReadonlyMap<ClientOrderId, OrderRow>,
): Promise<readonly IntentOutcome[]> {
  const fresh = new Map(judged.map((one) => [one.proposal, one]));
  const outcomes: IntentOutcome[] = [];
  for (const { proposal, before } of members) {
    if (before) {
      outcomes.push(await answerRepeat(tx, before, proposal));
      continue;
    }
    const { code, rules } = required(fresh.get(proposal), "a judgement");
    const order = orders.get(proposal.clientOrderId);
    outcomes.push(
      code === null
        ? { kind: "approved", order: required(order, "an approved order"), rules }
        : { kind: "refused", code, rules },
    );
  }
  return outcomes;
}

/** One intent. @returns `null` when there is none of this id. */
export async function findIntent(db: Db, clientOrderId: ClientOrderId): Promise<IntentRow | null> {
  const found = await db
    .selectFrom("intents")
    .selectAll()
    .where("client_order_id", "=", clientOrderId)
    .executeTakeFirst();
  return found ?? null;
}

/** All intents of an occasion, oldest first. */
export async function intentsOfOccasion(db: Db, occasionId: string): Promise<readonly IntentRow[]> {
  return db
    .selectFrom("intents")
    .selectAll()
    .where("occasion_id", "=", occasionId)
    .orderBy("proposed_at")
    .orderBy("recorded_at")
    .execute();
}

async function answerRepeat(
  tx: Db,
  before: RecordedIntent,
  { clientOrderId, intentKey, parentId, intent }: NewIntent,
): Promise<IntentOutcome> {
  const isSame =
    before.terms === JSON.stringify(intent) &&
    before.intent_key === intentKey &&
    before.parent_id === parentId;
  if (!isSame) return { kind: "reused" };
  const order = await findOrder(tx, clientOrderId);
  if (order) return { kind: "exists", order };
  // Boundary cast: the text was written by writeJudged.
  const rules = JSON.parse(before.rules) as readonly RuleVerdict[];
  return { kind: "refused", code: before.refusal_code ?? "unknown", rules };
}

/**
 * Waits until no order of the mode is being judged, and keeps it so until the transaction ends.
 *
 * What it then reads is planned once a connection, often while its tables are still empty: a plan that
 * scans them whole would grow slower with every order of the night.
 */
export async function lockRisk(
  tx: Db,
  mode: Mode,
  synchronousCommit: "on" | "off" = "on",
): Promise<void> {
  await sql`${sql.raw(PREPARED)} select
    pg_advisory_xact_lock(${RISK_LOCK}::int, hashtext(${mode})),
    set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
    set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('synchronous_commit', ${synchronousCommit}, true)`.execute(tx);
}

/**
 * Waits until all that was committed before is on the disk. The log is written in sequence, so the commit
 * of an empty message does it; several that wait at once share one write.
 */
async function flush(db: Db): Promise<void> {
  await sql`${sql.raw(PREPARED)} select pg_logical_emit_message(true, 'tipoff', '')`.execute(db);
}
