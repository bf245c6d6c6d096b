import type { Selectable } from "kysely";
import { sql } from "kysely";
import type { ClientOrderId } from "../../core/domain/order.ts";
import { type Evaluate, firstRefusal, type RuleVerdict } from "../../core/domain/risk.ts";
import { reservation } from "../../core/risk/exposure.ts";
import { type Db, toDate } from "../database.ts";
import type { Database } from "../tables.ts";
import { findOrder, type OrderRow } from "./orders.ts";
import type { NewIntent } from "./new-intent.ts";
import { readRiskSnapshot } from "./risk-snapshot.ts";

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
 * Judges an intent and records it, in one transaction and one at a time: what the rules see cannot
 * change until their answer, and what it reserves, is committed. The intent is kept whatever the
 * answer; an order is made only if every rule is held. A repeat answers what stands.
 */
export async function recordIntent(
  db: Db,
  proposal: NewIntent,
  evaluate: Evaluate,
): Promise<IntentOutcome> {
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${RISK_LOCK}::int, hashtext(${proposal.mode}))`.execute(
      tx,
    );
    const before = await findIntent(tx, proposal.clientOrderId);
    if (before) return answerRepeat(tx, before, proposal);

    const reserved = reservation(proposal.intent, proposal.fees);
    const parent = proposal.parentId === null ? null : await findOrder(tx, proposal.parentId);
    const snapshot = await readRiskSnapshot(tx, proposal, reserved, parent);
    const rules = evaluate(snapshot);
    const code = firstRefusal(rules);
    await insertIntent(tx, proposal, rules, code);
    if (code !== null) return { kind: "refused", code, rules };
    const rootId = parent?.root_id ?? proposal.clientOrderId;
    const order = await insertOrder(tx, proposal, { reserved, rootId });
    return { kind: "approved", order, rules };
  });
}

async function findIntent(db: Db, clientOrderId: ClientOrderId): Promise<IntentRow | null> {
  const found = await db
    .selectFrom("intents")
    .selectAll()
    .where("client_order_id", "=", clientOrderId)
    .executeTakeFirst();
  return found ?? null;
}

/** All intents of a game, oldest first. */
export async function intentsOfGame(db: Db, gameId: string): Promise<readonly IntentRow[]> {
  return db
    .selectFrom("intents")
    .selectAll()
    .where("game_id", "=", gameId)
    .orderBy("proposed_at")
    .orderBy("recorded_at")
    .execute();
}

async function answerRepeat(
  tx: Db,
  before: IntentRow,
  { clientOrderId, intentKey, parentId, intent }: NewIntent,
): Promise<IntentOutcome> {
  const isSame =
    before.terms === JSON.stringify(intent) &&
    before.intent_key === intentKey &&
    before.parent_id === parentId;
  if (!isSame) return { kind: "reused" };
  const order = await findOrder(tx, clientOrderId);
  if (order) return { kind: "exists", order };
  // Boundary cast: the text was written by insertIntent below.
  const rules = JSON.parse(before.rules) as readonly RuleVerdict[];
  return { kind: "refused", code: before.refusal_code ?? "unknown", rules };
}

async function insertIntent(
  tx: Db,
  proposal: NewIntent,
  rules: readonly RuleVerdict[],
  refusalCode: string | null,
): Promise<void> {
  const { intent } = proposal;
  await tx
    .insertInto("intents")
    .values({
      client_order_id: proposal.clientOrderId,
      parent_id: proposal.parentId,
      intent_key: proposal.intentKey,
      decision_id: proposal.decisionId,
      run_id: proposal.runId,
      game_id: proposal.gameId,
      strategy: intent.strategy,
      purpose: intent.purpose,
      exit_type: intent.exitType,
      phase: intent.phase,
      terms: JSON.stringify(intent),
      rules: JSON.stringify(rules),
      refusal_code: refusalCode,
      proposed_at: toDate(proposal.proposedAt),
    })
    .execute();
}

async function insertOrder(
  tx: Db,
  proposal: NewIntent,
  { reserved, rootId }: { reserved: OrderRow["reserved_micros"]; rootId: ClientOrderId },
): Promise<OrderRow> {
  const { intent, quoteReceivedAt } = proposal;
  return tx
    .insertInto("orders")
    .values({
      client_order_id: proposal.clientOrderId,
      parent_id: proposal.parentId,
      root_id: rootId,
      run_id: proposal.runId,
      game_id: proposal.gameId,
      strategy: intent.strategy,
      purpose: intent.purpose,
      exit_type: intent.exitType,
      phase: intent.phase,
      market_ticker: intent.marketTicker,
      exchange_index: intent.exchangeIndex,
      side: intent.side,
      price_micros: intent.plan.price,
      count_centi: intent.count,
      time_in_force: intent.plan.timeInForce,
      is_post_only: intent.plan.isPostOnly,
      is_reduce_only: intent.isReduceOnly,
      status: "intended",
      reserved_micros: reserved,
      expected_fill_probability: intent.plan.expectedFillProbability,
      expected_price_micros: intent.plan.expectedPrice,
      quote_received_at: quoteReceivedAt === null ? null : toDate(quoteReceivedAt),
      quote_received_wall_ms: proposal.quoteReceivedWallMs,
      intended_at: toDate(proposal.at),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}
