import { sql } from "kysely";
import type { ClientOrderId } from "../../core/domain/order.ts";
import { type Db, PREPARED, toDate } from "../database.ts";
import { type AuditEntry, insertAudit } from "./audit.ts";
import { insertRows } from "./insert-rows.ts";
import type { Judged } from "./judge-group.ts";
import type { OrderRow } from "./orders.ts";

/** Columns of what an intent and its order both have; `ownValues` fills them. */
const OWN_COLUMNS = [
  "client_order_id",
  "parent_id",
  "run_id",
  "occasion_id",
  "strategy",
  "purpose",
  "exit_type",
  "phase",
] as const;

const INTENT_COLUMNS = [
  ...OWN_COLUMNS,
  "intent_key",
  "decision_id",
  "terms",
  "refusal_code",
  "limits_hash",
  "basis",
  "proposed_at",
] as const;

const ORDER_COLUMNS = [
  ...OWN_COLUMNS,
  "root_id",
  "market_ticker",
  "exchange_index",
  "side",
  "price_micros",
  "count_centi",
  "time_in_force",
  "is_post_only",
  "is_reduce_only",
  "status",
  "reserved_micros",
  "expected_fill_probability",
  "expected_price_micros",
  "quote_received_at",
  "quote_received_wall_ms",
  "intended_at",
] as const;

/**
 * Writes the intents of a group, and for those that were approved their order and its request in the audit
 * log. One statement, since each trip to the database holds up whoever waits for the lock.
 *
 * @returns the orders by their id.
 */
export async function writeJudged(
  tx: Db,
  judged: readonly Judged[],
): Promise<ReadonlyMap<ClientOrderId, OrderRow>> {
  if (judged.length === 0) return new Map();
  const approved = judged.filter(({ code }) => code === null);
  const rules = {
    column: "rules" as const,
    texts: judged.map((one) => JSON.stringify(one.rules)),
  };
  const { rows } = await sql<OrderRow>`${sql.raw(PREPARED)}
    with intended as (
        ${insertRows("intents", INTENT_COLUMNS, judged.map(intentValues), rules)}),
      requested as (${insertAudit(approved.map(orderRequest))})
    ${insertRows("orders", ORDER_COLUMNS, approved.map(orderValues))} returning *`.execute(tx);
  return new Map(rows.map((order) => [order.client_order_id, order]));
}

function intentValues({ proposal, code, limitsHash }: Judged) {
  const { intent, basis } = proposal;
  return {
    ...ownValues(proposal),
    intent_key: proposal.intentKey,
    decision_id: proposal.decisionId,
    terms: JSON.stringify(intent),
    refusal_code: code,
    limits_hash: limitsHash,
    basis: basis === null ? null : JSON.stringify(basis),
    proposed_at: toDate(proposal.proposedAt),
  };
}

function orderValues({ proposal, reserved, rootId }: Judged) {
  const { intent, quoteReceivedAt } = proposal;
  const { plan } = intent;
  return {
    ...ownValues(proposal),
    root_id: rootId,
    market_ticker: intent.marketTicker,
    exchange_index: intent.exchangeIndex,
    side: intent.side,
    price_micros: plan.price,
    count_centi: intent.count,
    time_in_force: plan.timeInForce,
    is_post_only: plan.isPostOnly,
    is_reduce_only: intent.isReduceOnly,
    status: "intended" as const,
    reserved_micros: reserved,
    expected_fill_probability: plan.expectedFillProbability,
    expected_price_micros: plan.expectedPrice,
    quote_received_at: quoteReceivedAt === null ? null : toDate(quoteReceivedAt),
    quote_received_wall_ms: proposal.quoteReceivedWallMs,
    intended_at: toDate(proposal.at),
  };
}

/** What an intent and its order both have. */
function ownValues({ clientOrderId, parentId, runId, occasionId, intent }: Judged["proposal"]) {
  return {
    client_order_id: clientOrderId,
    parent_id: parentId,
    run_id: runId,
    occasion_id: occasionId,
    strategy: intent.strategy,
    purpose: intent.purpose,
    exit_type: intent.exitType,
    phase: intent.phase,
  };
}

/** An order's request as the audit log keeps it: written with the order, in the same statement. */
function orderRequest({ proposal, reserved }: Judged): AuditEntry {
  const { intent } = proposal;
  return {
    mode: proposal.mode,
    kind: "order-request",
    actor: intent.strategy,
    subject: proposal.clientOrderId,
    details: {
      intentKey: proposal.intentKey,
      parentId: proposal.parentId,
      decisionId: proposal.decisionId,
      purpose: intent.purpose,
      exitType: intent.exitType,
      marketTicker: intent.marketTicker,
      exchangeIndex: intent.exchangeIndex,
      side: intent.side,
      priceMicros: intent.plan.price,
      countCenti: intent.count,
      timeInForce: intent.plan.timeInForce,
      isPostOnly: intent.plan.isPostOnly,
      isReduceOnly: intent.isReduceOnly,
      reservedMicros: reserved,
    },
    at: toDate(proposal.at),
  };
}
