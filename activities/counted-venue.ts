import { TradingError, type TradingErrorCode } from "../core/domain/errors.ts";
import {
  type CancelOutcome,
  type CreateOutcome,
  refusesKey,
  type Venue,
} from "../core/domain/venue.ts";

/** How a call of the venue ended. */
export interface CallEnd {
  readonly isFailed: boolean;
  /** What failed and why; empty when nothing did. */
  readonly reason: string;
}

/** Codes that say that the venue did not do its part; a refusal is an answer. */
const FAILURES: ReadonlySet<TradingErrorCode> = new Set([
  "VENUE_UNAVAILABLE",
  "VENUE_RATE_LIMITED",
  "VENUE_AUTH",
  "FEED_INVALID",
]);

const GOOD: CallEnd = { isFailed: false, reason: "" };

/** The same venue, with every call's end told. Answers and errors pass through as they are. */
export function countCalls(venue: Venue, told: (end: CallEnd) => void): Venue {
  const read = <Args extends unknown[], T>(
    name: string,
    ask: (...args: Args) => Promise<T>,
  ): ((...args: Args) => Promise<T>) => {
    return async (...args) => {
      try {
        const answer = await ask(...args);
        told(GOOD);
        return answer;
      } catch (error) {
        tellFailure(told, name, error);
        throw error;
      }
    };
  };
  const write = <Args extends unknown[], T extends CreateOutcome | CancelOutcome>(
    name: string,
    ask: (...args: Args) => Promise<T>,
  ): ((...args: Args) => Promise<T>) => {
    return async (...args) => {
      const outcome = await ask(...args);
      const failed = failureOf(outcome);
      // What our own budget kept back never came to the venue.
      const isSent = !("code" in outcome) || outcome.code !== "not_sent";
      if (failed !== null) told({ isFailed: true, reason: `${name}: ${failed}` });
      else if (isSent) told(GOOD);
      return outcome;
    };
  };
  return {
    exchangeStatus: read("exchangeStatus", () => venue.exchangeStatus()),
    events: read("events", (query) => venue.events(query)),
    market: read("market", (ticker) => venue.market(ticker)),
    markets: read("markets", (query) => venue.markets(query)),
    feeSchedule: read("feeSchedule", (series, event) => venue.feeSchedule(series, event)),
    orderBook: read("orderBook", (ticker) => venue.orderBook(ticker)),
    balance: read("balance", () => venue.balance()),
    payForOrder: (withinMs) => venue.payForOrder(withinMs),
    createOrder: write("createOrder", (order, timeoutMs, sending) =>
      venue.createOrder(order, timeoutMs, sending),
    ),
    cancelOrder: write("cancelOrder", (order, timeoutMs) => venue.cancelOrder(order, timeoutMs)),
    cancelAll: read("cancelAll", (timeoutMs) => venue.cancelAll(timeoutMs)),
    order: read("order", (venueOrderId) => venue.order(venueOrderId)),
    orders: read("orders", (query) => venue.orders(query)),
    fills: read("fills", (query) => venue.fills(query)),
    positions: read("positions", () => venue.positions()),
    settlements: read("settlements", (since) => venue.settlements(since)),
    transfers: read("transfers", () => venue.transfers()),
    createOrderGroup: read("createOrderGroup", (group) => venue.createOrderGroup(group)),
    orderGroups: read("orderGroups", () => venue.orderGroups()),
    resetOrderGroup: read("resetOrderGroup", (id) => venue.resetOrderGroup(id)),
    triggerOrderGroup: read("triggerOrderGroup", (id) => venue.triggerOrderGroup(id)),
    limitOrderGroup: read("limitOrderGroup", (id, limit) => venue.limitOrderGroup(id, limit)),
    deleteOrderGroup: read("deleteOrderGroup", (id) => venue.deleteOrderGroup(id)),
  };
}

/** A refusal is an answer, but one to the key says as little of the order as no answer. */
function failureOf(outcome: CreateOutcome | CancelOutcome): string | null {
  if (outcome.kind === "unknown") return outcome.reason;
  const status = outcome.answer?.status ?? null;
  return outcome.kind === "rejected" && refusesKey(status) ? `VENUE_AUTH ${status}` : null;
}

function tellFailure(told: (end: CallEnd) => void, name: string, error: unknown): void {
  // What is no failure of operation is a fault of ours, and says nothing of the venue.
  if (!(error instanceof TradingError)) return;
  const isFailed = FAILURES.has(error.code);
  if (error.code === "SAFETY_REFUSED") return;
  told(isFailed ? { isFailed, reason: `${name}: ${error.message.slice(0, 200)}` } : GOOD);
}
