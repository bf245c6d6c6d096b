import type pg from "pg";
import type { GameRef } from "../core/domain/game-ref.ts";
import {
  type ClientOrderId,
  isTerminal,
  type OrderIntent,
  type OrderStatus,
} from "../core/domain/order.ts";
import type { RiskLimits } from "../core/domain/risk.ts";
import { type Instant, instant, type PriceMicros } from "../core/domain/units.ts";
import type { CreateOutcome, NewVenueOrder } from "../core/domain/venue.ts";
import { checkRisk } from "../core/risk/check.ts";
import { failure } from "../runtime/failure.ts";
import { type IntentOutcome, recordIntent } from "../schema/queries/intents.ts";
import { withSendLock } from "../schema/queries/kill.ts";
import { applyOrderUpdate, openOrders, type OrderRow } from "../schema/queries/orders.ts";
import { setPartner } from "../schema/queries/partner.ts";
import { type AccountDeps, syncOrder } from "./account.ts";
import { clientOrderIdOf } from "./client-order-id.ts";
import { isFlat } from "./holdings.ts";
import type { MarketHub } from "./market-hub.ts";

/** The quote a decision was made on, for the staleness rule, the drift record and the latency figures. */
interface QuoteMarks {
  readonly bidMicros: number | null;
  readonly askMicros: number | null;
  readonly receivedAt: number;
  readonly receivedWallMs: number;
}

/** One proposal as the watch hands it over. */
export interface ProposedIntent {
  readonly decisionId: string;
  readonly intent: OrderIntent;
  readonly quote: QuoteMarks | null;
}

/** Argument of `placeOrder`. */
export interface PlaceRequest extends ProposedIntent {
  readonly game: GameRef;
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
  readonly limits: RiskLimits;
  readonly hub: MarketHub;
}

/** A write at the venue is given up, and called unknown, after this. Wall time. */
const WRITE_TIMEOUT_MS = 2_500;
/** Every resting order ends by itself should we die: run time on the venue's clock. */
const EXPIRES_AFTER_MS = 15 * 60_000;

/** The order activities: journal first, then the wire. All safe to repeat. */
export const createOrderActivities = (deps: OrderDeps) => {
  const cancelOrder = async (request: {
    readonly game: GameRef;
    readonly clientOrderId: string;
  }): Promise<void> => {
    const row = await syncOrder(deps, request.clientOrderId);
    if (row.venue_order_id === null || isTerminal(row.status)) return;
    const outcome = await deps.venue.cancelOrder(
      {
        venueOrderId: row.venue_order_id,
        marketTicker: row.market_ticker,
        exchangeIndex: row.exchange_index,
      },
      WRITE_TIMEOUT_MS,
    );
    deps.log.info({ clientOrderId: row.client_order_id, outcome: outcome.kind }, "cancel asked");
    await syncOrder(deps, request.clientOrderId);
  };
  return {
    /**
     * Checks, reserves and writes the intent in one transaction, then sends it. A repeat after a
     * crash finds the row: what may have been sent is looked for before it is sent again under the
     * same id.
     */
    async placeOrder(request: PlaceRequest): Promise<PlaceResult> {
      const clientOrderId = clientOrderIdOf(request.intentKey);
      const journaled = await journal(deps, request, clientOrderId);
      if (journaled.kind === "reused") {
        throw failure("ORDER_ID_REUSED", { clientOrderId, intentKey: request.intentKey });
      }
      if (journaled.kind === "refused") {
        return refused(deps, clientOrderId, journaled.code);
      }
      let row = journaled.order;
      if (row.status === "submitted") row = await syncOrder(deps, clientOrderId);
      if (row.status === "intended" || row.status === "submitted") {
        const sent = await send(deps, request, row);
        if (sent === "killed") return refused(deps, clientOrderId, "kill_switch");
        row = sent;
      }
      return await placed(deps, row);
    },

    /** Asks the venue to cancel one order; what came of it is read from the account by whoever follows it. */
    cancelOrder,

    /** Asks the venue to cancel every open order of a game. */
    async cancelOpenOrders(request: { readonly game: GameRef }): Promise<void> {
      for (const row of await openOrders(deps.db, request.game.mode)) {
        if (row.game_id !== request.game.gameId) continue;
        await cancelOrder({ game: request.game, clientOrderId: row.client_order_id });
      }
    },

    /** Writes what the partner thinks; the next watch reads it. */
    async recordPartner(note: {
      readonly eventTicker: string;
      readonly homeProbability: number;
      readonly by: string;
    }): Promise<void> {
      await setPartner(deps.db, { ...note, at: deps.clock.now() });
    },
  };
};
export type OrderActivities = ReturnType<typeof createOrderActivities>;

async function journal(
  deps: OrderDeps,
  request: PlaceRequest,
  clientOrderId: ClientOrderId,
): Promise<IntentOutcome> {
  const { game, intent, quote } = request;
  const at = deps.clock.now();
  return await recordIntent(
    deps.db,
    {
      intent,
      intentKey: request.intentKey,
      clientOrderId,
      // The id of an order of ours, which the workflow was given by this activity.
      parentId: request.parentId as ClientOrderId | null,
      decisionId: request.decisionId,
      gameId: game.gameId,
      runId: game.runId,
      mode: game.mode,
      fees: await deps.fees.schedule(game.gameId),
      quote: quoteNow(deps, request),
      proposedAt: at,
      at,
      quoteReceivedAt: quote === null ? null : instant(quote.receivedAt),
      quoteReceivedWallMs: quote?.receivedWallMs ?? null,
    },
    (snapshot) => checkRisk(snapshot, deps.limits),
  );
}

/** The quote at this moment, not at the decision: between the two the market may have moved. */
function quoteNow(
  deps: OrderDeps,
  request: PlaceRequest,
): { bid: PriceMicros | null; ask: PriceMicros | null; receivedAt: Instant } | null {
  const { intent, quote } = request;
  const current = deps.hub.quote(intent.marketTicker);
  if (current !== null) {
    // A quiet book is confirmed by the watch: the newer of the two ages counts.
    const receivedAt = instant(Math.max(current.receivedAt, quote?.receivedAt ?? 0));
    return { bid: current.bid, ask: current.ask, receivedAt };
  }
  if (quote === null) return null;
  return {
    bid: quote.bidMicros as PriceMicros | null,
    ask: quote.askMicros as PriceMicros | null,
    receivedAt: instant(quote.receivedAt),
  };
}

/** Sends under the lock that a kill waits for. In shadow the order ends here, as it would have been sent. */
async function send(
  deps: OrderDeps,
  request: PlaceRequest,
  row: OrderRow,
): Promise<OrderRow | "killed"> {
  const clientOrderId = row.client_order_id;
  const { mode } = request.game;
  const learn = (update: Parameters<typeof applyOrderUpdate>[1]["update"], sentWallMs?: number) =>
    applyOrderUpdate(deps.db, {
      clientOrderId,
      update,
      at: deps.clock.now(),
      ...(sentWallMs === undefined ? {} : { sentWallMs }),
    });
  if (mode === "shadow") return await learn({ kind: "rejected", code: "shadow" });
  let sentWallMs: number | undefined;
  const outcome = await withSendLock(
    deps.senders,
    mode,
    {
      purpose: row.purpose,
      isReduceOnly: row.is_reduce_only,
      exitType: row.exit_type,
    },
    async () => {
      // Stamped before the wire: should we die, nobody may take it for absent while it may arrive.
      const submitted = await learn({ kind: "submitted" }, wallNow());
      // Another attempt may have brought the order on, or to its end, while this one waited.
      if (submitted.status !== "submitted") return null;
      // Again now: the journal's write belongs to the time an order takes to the wire.
      sentWallMs = wallNow();
      return await deps.venue.createOrder(venueOrder(deps, row), WRITE_TIMEOUT_MS);
    },
  );
  if (outcome.kind === "killed") {
    // No kill undoes what an earlier attempt may have sent: it counts until it is proven.
    if (row.status === "submitted") return await learn({ kind: "lost" });
    await learn({ kind: "rejected", code: "kill_switch" });
    return "killed";
  }
  if (outcome.value === null) return await syncOrder(deps, clientOrderId);
  return await takeOutcome(deps, row, outcome.value, (update) => learn(update, sentWallMs));
}

async function takeOutcome(
  deps: OrderDeps,
  row: OrderRow,
  outcome: CreateOutcome,
  learn: (update: Parameters<typeof applyOrderUpdate>[1]["update"]) => Promise<OrderRow>,
): Promise<OrderRow> {
  switch (outcome.kind) {
    case "accepted": {
      const working = await learn({ kind: "acknowledged", venueOrderId: outcome.venueOrderId });
      // Fills are read from the account before anybody acts on the order.
      if (outcome.filled > 0 || outcome.isClosed) return await syncOrder(deps, row.client_order_id);
      return working;
    }
    case "rejected":
      deps.log.warn(
        { clientOrderId: row.client_order_id, ...outcome },
        "order rejected by the venue",
      );
      return await learn({ kind: "rejected", code: outcome.code });
    case "duplicate":
      // It was sent before: the account knows it.
      return await syncOrder(deps, row.client_order_id);
    case "unknown":
      deps.log.warn(
        { clientOrderId: row.client_order_id, reason: outcome.reason },
        "order unknown",
      );
      return await learn({ kind: "lost" });
  }
}

function venueOrder(deps: OrderDeps, row: OrderRow): NewVenueOrder {
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
    expiresAtSeconds: rests ? Math.ceil((deps.clock.now() + EXPIRES_AFTER_MS) / 1_000) : null,
  };
}

async function placed(deps: OrderDeps, row: OrderRow): Promise<PlaceResult> {
  return {
    kind: "order",
    clientOrderId: row.client_order_id,
    status: row.status,
    filledCenti: row.filled_centi,
    isOver: isTerminal(row.status),
    isFlat: await isFlat(deps.db, row.game_id, row.strategy),
    at: deps.clock.now(),
  };
}

function refused(deps: OrderDeps, clientOrderId: string, code: string): PlaceResult {
  return { kind: "refused", clientOrderId, code, at: deps.clock.now() };
}

function wallNow(): number {
  return performance.timeOrigin + performance.now();
}
