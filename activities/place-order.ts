import type pg from "pg";
import type { Mode } from "../core/domain/decision.ts";
import { type Occasion, readOccasion } from "../core/domain/occasion.ts";
import {
  type ClientOrderId,
  isTerminal,
  type OrderIntent,
  type OrderStatus,
  type OwnedIntent,
  SHADOW_CODE,
} from "../core/domain/order.ts";
import { selfTradePrevention } from "../core/domain/paper-order.ts";
import type { DecisionBasis } from "../core/domain/risk.ts";
import { instant } from "../core/domain/units.ts";
import type { CreateOutcome, NewVenueOrder } from "../core/domain/venue.ts";
import { failure } from "../runtime/failure.ts";
import { wallNow } from "../runtime/wall.ts";
import { toDate } from "../schema/database.ts";
import type { AuditEntry } from "../schema/queries/audit.ts";
import type { IntentOutcome } from "../schema/queries/intents.ts";
import { withSendLock } from "../schema/queries/kill.ts";
import {
  applyOrderUpdate,
  openOrders,
  type OrderRow,
  stampSubmitted,
  type WireUpdate,
} from "../schema/queries/orders.ts";
import { openOccasion } from "../schema/queries/occasions.ts";
import { setPartner } from "../schema/queries/partner.ts";
import { type AccountDeps, syncOrder, tellOwn, tellSent } from "./account.ts";
import type { BreakerBook } from "./breaker-book.ts";
import { clientOrderIdOf } from "./client-order-id.ts";
import { isFlat } from "./holdings.ts";
import type { IntentQueue } from "./intent-queue.ts";
import type { LimitsBook } from "./limits-book.ts";
import type { QuoteMarks, ReadInputs } from "./risk-inputs.ts";
import { isForbiddenByFile, sendGate } from "./send-gate.ts";
import { isStaleIntent } from "./stale-intent.ts";
import type { VenueBrakes } from "./venue-brakes.ts";

/** One proposal as the watch hands it over. */
export interface ProposedIntent<Intent extends OrderIntent = OrderIntent> {
  readonly decisionId: string;
  readonly intent: Intent;
  readonly quote: QuoteMarks | null;
  /** What the decision rested on; a replacement leaves it out and has its first order's. */
  readonly basis?: DecisionBasis;
}

/** Argument of `placeOrder`: a proposal, or what a drill or a kill sends. */
export interface PlaceRequest extends Omit<ProposedIntent, "intent"> {
  readonly intent: OwnedIntent;
  readonly occasion: Occasion;
  /** `<workflow id>/<decision number>[/r<replacement>]`: the order's id is derived from it. */
  readonly intentKey: string;
  /** The order that this one replaces. */
  readonly parentId: string | null;
}

/** What became of a proposal. `isOver`: nothing is left to follow. */
export type PlaceResult =
  | {
      readonly kind: "refused";
      readonly clientOrderId: string;
      readonly code: string;
      readonly at: number;
    }
  | {
      readonly kind: "order";
      readonly clientOrderId: string;
      readonly status: OrderStatus;
      readonly filledCenti: number;
      readonly isOver: boolean;
      readonly isFlat: boolean;
      readonly at: number;
    };

/** What placing and canceling needs. */
export interface OrderDeps extends AccountDeps {
  /** Connections for senders alone: each holds the kill's lock while its request is on the wire. */
  readonly senders: pg.Pool;
  readonly intents: IntentQueue;
  readonly limits: Pick<LimitsBook, "ofRun">;
  readonly readInputs: ReadInputs;
  readonly mode: Mode;
  readonly brakes: VenueBrakes;
  readonly breakers: Pick<BreakerBook, "changed" | "settled">;
}

/** A write at the venue is given up, and called unknown, after this. Wall time. */
const WRITE_TIMEOUT_MS = 2_500;

/** The order activities: journal first, then the wire. All safe to repeat. */
export const createOrderActivities = (deps: OrderDeps) => {
  const cancelOrder = (request: CancelRequest): Promise<void> => cancelOne(deps, request);
  return {
    /**
     * Checks, reserves and writes the intent in one transaction, then sends it. A repeat after a
     * crash finds the row: what may have been sent is looked for before it is sent again under the
     * same id. An entry that has grown too old for its price is only looked for.
     */
    async placeOrder(input: PlaceRequest): Promise<PlaceResult> {
      const request = { ...input, occasion: readOccasion(input) };
      const clientOrderId = clientOrderIdOf(request.intentKey);
      const operation = operationOf(request);
      deps.step?.(`${operation}.1-before-journal`);
      // A breaker that has tripped and is not in the database yet would not be seen by the rules.
      if (request.intent.purpose === "entry") await deps.breakers.settled();
      const journaled = await journal(deps, request, clientOrderId);
      if (journaled.kind === "reused") {
        throw failure("ORDER_ID_REUSED", { clientOrderId, intentKey: request.intentKey });
      }
      deps.step?.(`${operation}.2-journaled`);
      if (journaled.kind === "refused") {
        return refused(deps, clientOrderId, journaled.code);
      }
      const row = await bringToVenue(deps, request, journaled);
      if (row === "killed") return refused(deps, clientOrderId, "kill_switch");
      const result = await placed(deps, row);
      deps.step?.(`${operation}.8-done`);
      return result;
    },

    /** Asks the venue to cancel one order; what came of it is read from the account by whoever follows it. */
    cancelOrder,

    /** Asks the venue to cancel every open order of an occasion. */
    async cancelOpenOrders(request: { readonly occasion: Occasion }): Promise<void> {
      const { occasionId, mode } = readOccasion(request);
      for (const row of await openOrders(deps.db, mode)) {
        if (row.occasion_id !== occasionId) continue;
        await cancelOrder({ clientOrderId: row.client_order_id });
      }
    },

    /** Writes what the partner thinks; the next watch reads it. */
    async recordPartner(note: {
      readonly eventTicker: string;
      readonly homeProbability: number;
      readonly by: string;
    }): Promise<void> {
      await setPartner(deps.db, { ...note, mode: deps.mode, at: deps.clock.now() });
    },
  };
};
export type OrderActivities = ReturnType<typeof createOrderActivities>;

interface CancelRequest {
  readonly clientOrderId: string;
}

async function cancelOne(deps: OrderDeps, request: CancelRequest): Promise<void> {
  const row = await syncOrder(deps, request.clientOrderId);
  if (row.venue_order_id === null || isTerminal(row.status)) return;
  deps.step?.("cancel.1-before-request");
  const answer = deps.venue.cancelOrder(
    {
      venueOrderId: row.venue_order_id,
      marketTicker: row.market_ticker,
      exchangeIndex: row.exchange_index,
    },
    WRITE_TIMEOUT_MS,
  );
  deps.step?.("cancel.2-sending");
  const outcome = await answer;
  deps.step?.("cancel.3-answered");
  deps.log.info({ clientOrderId: row.client_order_id, outcome: outcome.kind }, "cancel asked");
  await syncOrder(deps, request.clientOrderId);
  deps.step?.("cancel.4-done");
}

/** What the steps of this placement are called. */
function operationOf(request: PlaceRequest): "place" | "replace" {
  return request.parentId === null ? "place" : "replace";
}

/** Sends what the journal holds, unless it is known to be there. What may have been sent is looked for first. */
async function bringToVenue(
  deps: OrderDeps,
  request: PlaceRequest,
  journaled: Extract<IntentOutcome, { order: OrderRow }>,
): Promise<OrderRow | "killed"> {
  let row = journaled.order;
  if (row.status === "submitted") row = await syncOrder(deps, row.client_order_id);
  if (row.status !== "intended" && row.status !== "submitted") return row;
  const sent = await send(deps, request, row, journaled.kind === "exists");
  if (sent !== "killed") deps.step?.(`${operationOf(request)}.7-learned`);
  return sent;
}

async function journal(
  deps: OrderDeps,
  request: PlaceRequest,
  clientOrderId: ClientOrderId,
): Promise<IntentOutcome> {
  const { occasion, intent, quote } = request;
  const fees = await deps.fees.schedule(intent.eventTicker);
  const inputs = await deps.readInputs(occasion, intent, quote, request.decisionId);
  const at = deps.clock.now();
  // A game is written by its slate. Of contracts there are thousands: only those that are traded are.
  if (occasion.domain === "btc") await openOccasion(deps.db, occasion, at);
  return await deps.intents.record({
    intent,
    intentKey: request.intentKey,
    clientOrderId,
    // The id of an order of ours, which the workflow was given by this activity.
    parentId: request.parentId as ClientOrderId | null,
    decisionId: request.decisionId,
    occasionId: occasion.occasionId,
    domain: occasion.domain,
    runId: occasion.runId,
    mode: occasion.mode,
    fees,
    basis: request.basis ?? null,
    inputs,
    proposedAt: at,
    at,
    quoteReceivedAt: quote === null ? null : instant(quote.receivedAt),
    quoteReceivedWallMs: quote?.receivedWallMs ?? null,
  });
}

/**
 * Sends under the lock that a kill waits for. In shadow the order ends here, as it would have been sent.
 * `maySent`: an earlier attempt may have sent it.
 */
async function send(
  deps: OrderDeps,
  request: PlaceRequest,
  row: OrderRow,
  maySent: boolean,
): Promise<OrderRow | "killed"> {
  const clientOrderId = row.client_order_id;
  const { mode } = request.occasion;
  const operation = operationOf(request);
  const learn = async (
    update: WireUpdate,
    sentWallMs?: number,
    audit?: AuditEntry,
  ): Promise<OrderRow> => {
    const learned = await applyOrderUpdate(deps.db, {
      clientOrderId,
      update,
      at: deps.clock.now(),
      ...(sentWallMs === undefined ? {} : { sentWallMs }),
      ...(audit === undefined ? {} : { audit }),
    });
    tellOwn(deps, learned);
    return learned;
  };
  const notSent = (why: string): AuditEntry =>
    auditOf(deps, mode, row, { kind: "order-not-sent", details: { why } });
  if (mode === "shadow") {
    return await learn({ kind: "rejected", code: SHADOW_CODE }, undefined, notSent(SHADOW_CODE));
  }
  if (maySent && (await isStaleIntent(deps, row))) {
    deps.log.warn({ clientOrderId }, "entry not sent: its intent is too old for its price");
    return await learn({ kind: "lost" });
  }
  const wire = await venueOrder(deps, row);
  const unsent = (code: string, why: string): Promise<OrderRow> =>
    // Nothing undoes what an earlier attempt may have sent: it counts until it is proven.
    maySent ? learn({ kind: "lost" }) : learn({ kind: "rejected", code }, undefined, notSent(why));
  if (!(await deps.venue.payForOrder(WRITE_TIMEOUT_MS))) {
    return await unsent("not_sent", "budget spent");
  }
  const gate = sendGate(deps.brakes, row);
  const outcome = await withSendLock(deps.senders, mode, row, async (connection) => {
    deps.step?.(`${operation}.3-locked`);
    // Stamped before the wire: should we die, nobody may take it for absent while it may arrive.
    const stamp = { clientOrderId, at: deps.clock.now(), sentWallMs: wallNow() };
    if (!(await stampSubmitted(connection, stamp))) return null;
    if (isForbiddenByFile(deps.brakes, row)) return "killed";
    tellSent(deps, row);
    deps.step?.(`${operation}.4-submitted`);
    const answer = deps.venue.createOrder(wire, WRITE_TIMEOUT_MS, gate);
    deps.step?.(`${operation}.5-sending`);
    const outcome = await answer;
    return gate.isKilled() ? "killed" : outcome;
  });
  deps.step?.(`${operation}.6-answered`);
  if (outcome.kind === "killed" || outcome.value === "killed") {
    const why = outcome.kind === "killed" ? `kill ${outcome.killId}` : "the file KILL";
    const left = await unsent("kill_switch", why);
    return maySent ? left : "killed";
  }
  if (outcome.value === null) return await syncOrder(deps, clientOrderId);
  if (isUnsent(outcome.value)) return await unsent("not_sent", outcome.value.message);
  const answered = auditOf(deps, mode, row, {
    kind: "venue-response",
    details: { answer: outcome.value },
  });
  return await takeOutcome(deps, row, provenBy(outcome.value, maySent), (update) =>
    learn(update, gate.sentWallMs(), answered),
  );
}

/** A refusal is of the request that it answers: of an earlier one, which may have been taken, it proves nothing. */
function provenBy(outcome: CreateOutcome, maySent: boolean): CreateOutcome {
  if (!maySent || outcome.kind !== "rejected") return outcome;
  return { kind: "unknown", reason: `sent again and refused: ${outcome.code}` };
}

/** Whether our own client kept the order back. */
function isUnsent(outcome: CreateOutcome): outcome is Extract<CreateOutcome, { kind: "rejected" }> {
  return outcome.kind === "rejected" && outcome.code === "not_sent";
}

/** A row of the audit log about one order. */
function auditOf(
  deps: OrderDeps,
  mode: Mode,
  row: OrderRow,
  told: Pick<AuditEntry, "kind" | "details">,
): AuditEntry {
  const { client_order_id: subject, strategy: actor } = row;
  return { mode, subject, actor, at: toDate(deps.clock.now()), ...told };
}

async function takeOutcome(
  deps: OrderDeps,
  row: OrderRow,
  outcome: CreateOutcome,
  learn: (update: WireUpdate) => Promise<OrderRow>,
): Promise<OrderRow> {
  switch (outcome.kind) {
    case "accepted": {
      const working = await learn({ kind: "acknowledged", venueOrderId: outcome.venueOrderId });
      // Fills are read from the account before anybody acts on the order.
      if (outcome.filled > 0 || outcome.isClosed) return await syncOrder(deps, row.client_order_id);
      return working;
    }
    case "rejected": {
      deps.log.warn(
        { clientOrderId: row.client_order_id, ...outcome },
        "order rejected by the venue",
      );
      const rejected = await learn({ kind: "rejected", code: codeOf(outcome) });
      await deps.breakers.changed("execution");
      return rejected;
    }
    case "duplicate":
      // It was sent before: the account knows it, even if it does not show it yet.
      await learn({ kind: "duplicate" });
      return await syncOrder(deps, row.client_order_id);
    case "unknown": {
      deps.log.warn(
        { clientOrderId: row.client_order_id, reason: outcome.reason },
        "order unknown",
      );
      const lost = await learn({ kind: "lost" });
      await deps.breakers.changed("execution");
      return lost;
    }
  }
}

/** An order that may only rest and would have crossed has its own code: the market moved, nothing failed. */
function codeOf({ code, message }: Extract<CreateOutcome, { kind: "rejected" }>): string {
  return /post.only.cross/i.test(message) ? "post_only_cross" : code;
}

/** What rests ends by itself at the venue should we die: by its time, and by its group's limit. */
async function venueOrder({ brakes, clock }: OrderDeps, row: OrderRow): Promise<NewVenueOrder> {
  const timeInForce = row.time_in_force;
  const rests = timeInForce === "good_till_canceled";
  return {
    clientOrderId: row.client_order_id,
    marketTicker: row.market_ticker,
    exchangeIndex: row.exchange_index,
    side: row.side,
    price: row.price_micros,
    count: row.count_centi,
    timeInForce: timeInForce,
    isPostOnly: row.is_post_only,
    isReduceOnly: row.is_reduce_only,
    selfTradePrevention: selfTradePrevention(row.purpose),
    expiresAtSeconds: rests ? Math.ceil((clock.now() + brakes.expiresAfterMs) / 1_000) : null,
    orderGroupId: rests ? await brakes.orderGroup(row.run_id, row.exchange_index) : null,
  };
}

async function placed(deps: OrderDeps, row: OrderRow): Promise<PlaceResult> {
  return {
    kind: "order",
    clientOrderId: row.client_order_id,
    status: row.status,
    filledCenti: row.filled_centi,
    isOver: isTerminal(row.status),
    isFlat: await isFlat(deps.db, row.occasion_id, row.strategy),
    at: deps.clock.now(),
  };
}

function refused(deps: OrderDeps, clientOrderId: string, code: string): PlaceResult {
  return { kind: "refused", clientOrderId, code, at: deps.clock.now() };
}
