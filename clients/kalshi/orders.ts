import { assert } from "../../core/domain/assert.ts";
import { TradingError } from "../../core/domain/errors.ts";
import { formatCount, formatUsd } from "../../core/domain/units.ts";
import type {
  CancelOutcome,
  CreateOutcome,
  NewVenueOrder,
  Venue,
  VenueAnswer,
} from "../../core/domain/venue.ts";
import type { HttpOutcome } from "../http/request.ts";
import { readFailure, readVenueError } from "./answers.ts";
import type { KalshiRest } from "./rest.ts";
import { CanceledWire, CreatedWire } from "./wire.ts";

const PATH = "/portfolio/events/orders";
const CREATE_COST = 10;
const CANCEL_COST = 2;
/** Characters of an answer's body that are kept: an order's fit, a gateway's page need not. */
const BODY_KEPT = 2_000;

/** The account's write side. */
export type Orders = Pick<Venue, "payForOrder" | "createOrder" | "cancelOrder" | "cancelAll">;

export function createOrders(rest: KalshiRest): Orders {
  return {
    payForOrder: (withinMs) => rest.pay(CREATE_COST, withinMs),

    async createOrder(order, timeoutMs, sending) {
      const outcome = await rest.write({
        method: "POST",
        path: PATH,
        body: toCreateBody(order),
        cost: CREATE_COST,
        timeoutMs,
        isUrgent: false,
        ...(sending === undefined ? {} : { sending }),
      });
      if (outcome === null) {
        return { kind: "rejected", code: "not_sent", message: "not sent in time: budget spent" };
      }
      return { ...judgeCreate(order, outcome), answer: answerOf(outcome) };
    },

    async cancelOrder({ venueOrderId, marketTicker, exchangeIndex }, timeoutMs) {
      const outcome = await rest.write({
        method: "DELETE",
        path: `${PATH}/${encodeURIComponent(venueOrderId)}`,
        query: { market_ticker: marketTicker, exchange_index: exchangeIndex },
        cost: CANCEL_COST,
        timeoutMs,
        isUrgent: true,
      });
      if (outcome === null) return { kind: "unknown", reason: "not sent" };
      return { ...judgeCancel(venueOrderId, outcome), answer: answerOf(outcome) };
    },

    async cancelAll(timeoutMs) {
      const outcome = await rest.write({
        method: "DELETE",
        path: PATH,
        cost: CANCEL_COST,
        timeoutMs,
        isUrgent: true,
      });
      if (outcome?.kind === "ok") return;
      if (outcome === null) throw new TradingError("VENUE_UNAVAILABLE", { path: PATH });
      throw readFailure(PATH, outcome);
    },
  };
}

/** Orders in shadow mode: there are none. */
export const REFUSED_ORDERS: Orders = {
  payForOrder: refuse,
  createOrder: refuse,
  cancelOrder: refuse,
  cancelAll: refuse,
};

function refuse(): Promise<never> {
  return Promise.reject(new TradingError("SAFETY_REFUSED", { rule: "shadow-sends-no-orders" }));
}

function toCreateBody(order: NewVenueOrder): object {
  return {
    ticker: order.marketTicker,
    side: order.side,
    count: formatCount(order.count),
    price: toPriceText(order.price),
    time_in_force: order.timeInForce,
    self_trade_prevention_type: order.selfTradePrevention,
    client_order_id: order.clientOrderId,
    post_only: order.isPostOnly,
    reduce_only: order.isReduceOnly,
    exchange_index: order.exchangeIndex,
    ...(order.expiresAtSeconds === null ? {} : { expiration_time: order.expiresAtSeconds }),
    ...(order.orderGroupId === null ? {} : { order_group_id: order.orderGroupId }),
  };
}

/** Requests take at most four digits, which every grid fits. */
function toPriceText(price: number): string {
  assert(price % 100 === 0, "a price sent is a multiple of 0.0001 dollar");
  return formatUsd(price).slice(0, -2);
}

/**
 * What an answer to a create proves. A 4xx with a body of the venue's own proves that no order came
 * of it, but for 409, which depends on its code, and 408 and 429. Everything else leaves it open: a
 * page of some gateway may hide an order that went through.
 */
function judgeCreate(order: NewVenueOrder, outcome: HttpOutcome): CreateOutcome {
  if (outcome.kind === "ok") return judgeCreated(order, outcome.json);
  if (outcome.kind !== "http-error") return { kind: "unknown", reason: reasonOf(outcome) };
  const error = readVenueError(outcome.json);
  const isOpen = !isRefusal(outcome.status) || error === null;
  if (isOpen) return { kind: "unknown", reason: reasonOf(outcome) };
  if (outcome.status === 409) {
    if (error.code === "order_already_exists") return { kind: "duplicate" };
    if (error.code !== "fill_or_kill_insufficient_resting_volume") {
      return { kind: "unknown", reason: `http 409 ${error.code ?? error.message}` };
    }
  }
  const code = error.code ?? `http_${outcome.status}`;
  return { kind: "rejected", code, message: error.message };
}

function judgeCreated(order: NewVenueOrder, json: unknown): CreateOutcome {
  const parsed = CreatedWire.safeParse(json);
  if (!parsed.success) return { kind: "unknown", reason: "2xx without an order" };
  const wire = parsed.data;
  const isOurs = (wire.client_order_id ?? order.clientOrderId) === order.clientOrderId;
  if (!isOurs) return { kind: "unknown", reason: "answer names another order" };
  if (wire.fill_count + wire.remaining_count > order.count) {
    return { kind: "unknown", reason: "answer counts more than was ordered" };
  }
  return {
    kind: "accepted",
    venueOrderId: wire.order_id,
    filled: wire.fill_count,
    remaining: wire.remaining_count,
    isClosed: order.timeInForce !== "good_till_canceled" || wire.remaining_count === 0,
  };
}

/** What an answer to a cancel proves; by the same rules as for a create. */
function judgeCancel(venueOrderId: string, outcome: HttpOutcome): CancelOutcome {
  if (outcome.kind === "ok") {
    const parsed = CanceledWire.safeParse(outcome.json);
    if (!parsed.success) return { kind: "unknown", reason: "2xx without an order" };
    const { order_id, reduced_by } = parsed.data;
    return order_id === venueOrderId
      ? { kind: "canceled", reducedBy: reduced_by }
      : { kind: "unknown", reason: "answer names another order" };
  }
  if (outcome.kind !== "http-error") return { kind: "unknown", reason: reasonOf(outcome) };
  const error = readVenueError(outcome.json);
  if (!isRefusal(outcome.status) || error === null) {
    return { kind: "unknown", reason: reasonOf(outcome) };
  }
  if (outcome.status === 404) return { kind: "not-found" };
  return { kind: "rejected", code: error.code ?? `http_${outcome.status}` };
}

/** What is kept of an answer beside what it proves. */
function answerOf(outcome: HttpOutcome): VenueAnswer {
  if (outcome.kind === "timeout" || outcome.kind === "network") return { status: null, body: "" };
  return { status: outcome.status, body: outcome.body.slice(0, BODY_KEPT) };
}

function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function reasonOf(outcome: Exclude<HttpOutcome, { kind: "ok" }>): string {
  switch (outcome.kind) {
    case "timeout":
      return "timeout";
    case "network":
      return `network ${outcome.reason}`;
    case "invalid":
      return outcome.reason;
    case "http-error":
      return `http ${outcome.status}`;
  }
}
