import { cancellationSignal } from "@temporalio/activity";
import { type Occasion, readOccasion } from "../core/domain/occasion.ts";
import {
  isStrategys,
  isTerminal,
  type OwnedIntent,
  type OrderPlan,
  type OrderStatus,
} from "../core/domain/order.ts";
import type { DecisionSettings, FollowConfig } from "../core/strategies/config.ts";
import { followUp } from "../core/strategies/execution.ts";
import { toInstant } from "../schema/database.ts";
import { activeKill, forbidsOrder } from "../schema/queries/kill.ts";
import type { OrderRow } from "../schema/queries/orders.ts";
import { type AccountDeps, remaining, syncOrder } from "./account.ts";
import { isFlat } from "./holdings.ts";
import type { LimitsBook } from "./limits-book.ts";
import type { MarketHub } from "./market-hub.ts";
import type { MarketBook } from "./market-book.ts";

/** Argument of `followOrder`. */
export interface FollowRequest {
  readonly occasion: Occasion;
  readonly intent: OwnedIntent;
  readonly clientOrderId: string;
  /** Run time at which the intent was first placed. */
  readonly placedAt: number;
  readonly replacements: number;
  /** A cancel was asked for: only the end is waited for. */
  readonly isCanceling: boolean;
  readonly stopBecause: string | null;
}

/** How a chunk of following ended. */
export type FollowResult =
  | {
      readonly kind: "over";
      readonly status: OrderStatus;
      readonly filledCenti: number;
      readonly isFlat: boolean;
      readonly at: number;
    }
  | {
      readonly kind: "advice";
      readonly advice: "cancel" | "replace" | "renew" | "cross";
      readonly why: string;
      readonly plan: OrderPlan | null;
      readonly at: number;
    }
  | { readonly kind: "chunk"; readonly at: number };

export interface FollowDeps extends AccountDeps {
  readonly hub: MarketHub;
  readonly books: MarketBook;
  readonly config: DecisionSettings;
  readonly limits: Pick<LimitsBook, "ofRun">;
}

/** A chunk of following ends after this. */
export const FOLLOW_CHUNK_WALL_MS = 50_000;
/** The account is asked again at least this often: run time, and not more often than the floor. */
const SYNC_MS = 30_000;
const SYNC_FLOOR_WALL_MS = 1_000;
/** While an order is unknown or being canceled, its end is looked for this often. */
const ANXIOUS_SYNC_WALL_MS = 300;
/** A cancel without effect is asked for again after this. */
const CANCEL_AGAIN_WALL_MS = 3_000;
const LOOK_WALL_MS = 50;
/** An order does not rest longer than this in a book that cannot be believed. */
const STALE_WALL_MS = 5_000;

/** Follows one order: its state at the account, and whether it should still stand as it stands. */
export const createFollowActivities = (deps: FollowDeps) => ({
  /** Waits until the order is over, or should be changed, or the chunk ends. */
  followOrder: (request: FollowRequest): Promise<FollowResult> =>
    follow(deps, request, cancellationSignal()),
});
export type FollowActivities = ReturnType<typeof createFollowActivities>;

/** Follows one order until there is something to say of it, or the signal ends it. */
export async function follow(
  deps: FollowDeps,
  request: FollowRequest,
  signal: AbortSignal,
): Promise<FollowResult> {
  const startedWall = performance.now();
  const hints = watchHints(deps.hub, request.clientOrderId);
  try {
    const under = await readFollowConfig(deps, request);
    let seen = await look(deps, request);
    let syncedWall = performance.now();
    for (;;) {
      const { row, stopBecause } = seen;
      if (isTerminal(row.status)) return await over(deps, row);
      const watchedWallMs = performance.now() - startedWall;
      const advice = advise(deps, { ...request, stopBecause, under }, row, watchedWallMs);
      if (advice !== null) return advice;
      if (signal.aborted || watchedWallMs > FOLLOW_CHUNK_WALL_MS) {
        return { kind: "chunk", at: deps.clock.now() };
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_WALL_MS));
      const isAnxious =
        request.isCanceling || row.status === "unknown" || row.status === "submitted";
      const everyMs = isAnxious
        ? ANXIOUS_SYNC_WALL_MS
        : Math.max(SYNC_FLOOR_WALL_MS, SYNC_MS / deps.clock.speed);
      if (hints.take() || performance.now() - syncedWall >= everyMs) {
        seen = await look(deps, request);
        syncedWall = performance.now();
      }
    }
  } finally {
    hints.stop();
  }
}

/** The order at the account, and why it must go: a kill may have been thrown before anybody could be told. */
async function look(
  deps: FollowDeps,
  request: FollowRequest,
): Promise<{ readonly row: OrderRow; readonly stopBecause: string | null }> {
  const row = await syncOrder(deps, request.clientOrderId);
  const kill = await activeKill(deps.db, readOccasion(request).mode);
  const isForbidden = kill !== null && forbidsOrder(kill.level, row);
  const stopBecause = request.stopBecause ?? (isForbidden ? `killed: ${kill.level}` : null);
  return { row, stopBecause };
}

async function over(deps: FollowDeps, row: OrderRow): Promise<FollowResult> {
  return {
    kind: "over",
    status: row.status,
    filledCenti: row.filled_centi,
    isFlat: await isFlat(deps.db, row.occasion_id, row.strategy),
    at: deps.clock.now(),
  };
}

/** The settings, and of the limits in force what an order that may cross is held to; of others nobody asks. */
async function readFollowConfig(
  { config, limits }: FollowDeps,
  request: FollowRequest,
): Promise<FollowConfig> {
  const mayCross = request.intent.mayTakeFallback && !request.isCanceling;
  if (!mayCross) return { ...config, limits: { minEdgeMicros: 0 } };
  const { minEdgeMicros } = (await limits.ofRun(readOccasion(request).runId)).limits;
  return { ...config, limits: { minEdgeMicros } };
}

function advise(
  deps: FollowDeps,
  request: FollowRequest & { readonly under: FollowConfig },
  row: OrderRow,
  watchedWallMs: number,
): FollowResult | null {
  const at = deps.clock.now();
  if (row.status === "unknown" || row.status === "submitted" || row.status === "intended") {
    return null;
  }
  const advice = (
    kind: "cancel" | "replace" | "renew" | "cross",
    why: string,
    plan: OrderPlan | null,
  ): FollowResult => ({ kind: "advice", advice: kind, why, plan, at });
  if (request.isCanceling) {
    return watchedWallMs > CANCEL_AGAIN_WALL_MS
      ? advice("cancel", "cancel asked again", null)
      : null;
  }
  if (request.stopBecause !== null) return advice("cancel", request.stopBecause, null);
  // A drill's bid waits for its kill, whatever the book; nothing renews it.
  const { intent } = request;
  if (!isStrategys(intent)) return null;
  const book = deps.books.view(row.market_ticker);
  // A line that is taken anew is whole again within moments; nothing is decided on what it showed before.
  const unknownForMs = book === null ? watchedWallMs : book.staleForMs;
  if ((book === null || book.staleBecause !== null) && unknownForMs <= STALE_WALL_MS) return null;
  if (book === null) return advice("cancel", "quote_stale", null);
  const next = followUp(
    {
      intent,
      plan: planOf(row),
      remaining: remaining(row),
      replacements: request.replacements,
      elapsedMs: at - request.placedAt,
      sinceReplacedMs: at - toInstant(row.intended_at),
    },
    book,
    request.under,
  );
  return next.kind === "keep"
    ? null
    : advice(next.kind, next.reason, "plan" in next ? next.plan : null);
}

/** The plan that the order was placed with: of a replacement it is not the intent's, which may have rested. */
function planOf(row: OrderRow): OrderPlan {
  return {
    price: row.price_micros,
    timeInForce: row.time_in_force,
    isPostOnly: row.is_post_only,
    expectedFillProbability: row.expected_fill_probability,
    expectedPrice: row.expected_price_micros,
  };
}

/** Listens for the stream's hints that this order changed. Any hint will do: REST tells what. */
function watchHints(hub: MarketHub, clientOrderId: string): { take(): boolean; stop(): void } {
  let isHinted = false;
  const stop = hub.onOwnOrder((ids) => {
    if (ids.clientOrderId === null || ids.clientOrderId === clientOrderId) isHinted = true;
  });
  return {
    take: () => {
      const was = isHinted;
      isHinted = false;
      return was;
    },
    stop,
  };
}
