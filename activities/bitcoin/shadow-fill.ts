import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { chargeFee, NO_FEES_CHARGED } from "../../core/domain/fees.ts";
import type { FeeSchedule } from "../../core/domain/market.ts";
import { PaperMarket } from "../../core/domain/matching.ts";
import { notional } from "../../core/domain/notional.ts";
import type { OwnedIntent } from "../../core/domain/order.ts";
import { type Execution, selfTradePrevention } from "../../core/domain/paper-order.ts";
import type { RunClock } from "../../core/domain/time.ts";
import {
  countCenti,
  ONE_USD_MICROS,
  type PriceMicros,
  priceMicros,
  usdMicros,
} from "../../core/domain/units.ts";
import type { BookSnapshot } from "../../core/domain/venue.ts";
import type { Db } from "../../schema/database.ts";
import type { OrderActivities, PlaceRequest, PlaceResult } from "../place-order.ts";
import { fillWouldTrade, type WouldFill } from "../../schema/queries/would-trades.ts";

/** What the venue's book would have given an order in shadow. */
export interface ShadowFill {
  readonly filledCenti: number;
}

export interface ShadowFillDeps {
  readonly db: Db;
  readonly clock: RunClock;
  /** The displayed book of a market; null when it is not known or cannot be believed. */
  readonly book: (marketTicker: string) => BookSnapshot | null;
  readonly fees: (eventTicker: string) => Promise<FeeSchedule>;
  /** Run milliseconds from the decision to the book. */
  readonly latencyMs: number;
  readonly log: Logger;
}

/**
 * Fills orders in shadow by the rules of the paper exchange, on the book that the venue displays when the
 * order would have arrived. The same order is filled once: what was found first stands.
 */
export const createShadowFillActivities = (deps: ShadowFillDeps) => ({
  async fillShadow(request: {
    readonly decisionId: string;
    readonly intent: OwnedIntent;
    /** Run time at which it was approved. */
    readonly at: number;
  }): Promise<ShadowFill> {
    const { intent, decisionId } = request;
    const waitMs = request.at + deps.latencyMs - deps.clock.now();
    if (waitMs > 0) await sleep(waitMs / deps.clock.speed);
    const displayed = deps.book(intent.marketTicker);
    const executions = displayed === null ? [] : takeFrom(displayed, intent);
    const schedule = await deps.fees(intent.eventTicker);
    const fill = fillOf(executions, intent, schedule);
    const filledAt = deps.clock.now();
    await fillWouldTrade(deps.db, { decisionId, filledAt, ...fill });
    deps.log.info({ decisionId, filled: fill.count }, "filled in shadow");
    return { filledCenti: fill.count };
  },
});
export type ShadowFillActivities = ReturnType<typeof createShadowFillActivities>;

/** Both steps of an order in shadow as one: of a contract's workflow each would be an action. */
export const createShadowPlaceActivities = (
  orders: Pick<OrderActivities, "placeOrder">,
  fills: ShadowFillActivities,
) => ({
  /** @returns what was filled; null where risk refused. */
  async placeInShadow(request: PlaceRequest): Promise<{
    readonly placed: PlaceResult;
    readonly filledCenti: number | null;
  }> {
    const placed = await orders.placeOrder(request);
    if (placed.kind === "refused") return { placed, filledCenti: null };
    const { decisionId, intent } = request;
    const { filledCenti } = await fills.fillShadow({ decisionId, intent, at: placed.at });
    return { placed, filledCenti };
  },
});
export type ShadowPlaceActivities = ReturnType<typeof createShadowPlaceActivities>;

/** The order taken to a paper market that displays exactly this book. */
function takeFrom(displayed: BookSnapshot, intent: OwnedIntent): readonly Execution[] {
  const market = new PaperMarket();
  for (const [price, size] of displayed.yes) market.applyLevel("yes", price, size);
  for (const [price, size] of displayed.no) market.applyLevel("no", price, size);
  const { side, count, plan, purpose } = intent;
  const { executions } = market.place({
    orderId: "shadow",
    side,
    price: plan.price,
    count,
    timeInForce: plan.timeInForce,
    isPostOnly: plan.isPostOnly,
    selfTradePrevention: selfTradePrevention(purpose),
  });
  return executions;
}

function fillOf(
  executions: readonly Execution[],
  { side, count: wanted }: OwnedIntent,
  schedule: FeeSchedule,
): Pick<WouldFill, "status" | "count" | "price" | "cost" | "fee"> {
  let charged = NO_FEES_CHARGED;
  let fee = 0;
  let cost = 0;
  let count = 0;
  let worth = 0;
  for (const { price, count: part, liquidity } of executions) {
    const { accumulator, fee: own } = chargeFee(charged, schedule, {
      liquidity,
      price,
      count: part,
    });
    charged = accumulator;
    fee += own;
    count += part;
    worth += price * part;
    const paid = side === "bid" ? price : priceMicros(ONE_USD_MICROS - price);
    cost += notional(paid, part);
  }
  const price: PriceMicros | null = count === 0 ? null : priceMicros(Math.round(worth / count));
  return {
    status: count === 0 ? "unfilled" : count < wanted ? "partial" : "filled",
    count: countCenti(count),
    price,
    cost: usdMicros(cost),
    fee: usdMicros(fee),
  };
}
