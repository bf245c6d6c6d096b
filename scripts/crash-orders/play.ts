import { follow } from "../../activities/follow-order.ts";
import { createOrderActivities, type PlaceRequest } from "../../activities/place-order.ts";
import { createSettleActivities } from "../../activities/settle.ts";
import { occasionOfGame } from "../../core/domain/occasion.ts";
import type { ClientOrderId, OwnedIntent } from "../../core/domain/order.ts";
import { findOrder, type OrderRow } from "../../schema/queries/orders.ts";
import { BASIS } from "../../test/db/night.ts";
import type { Desk } from "./desk.ts";
import { quoteNow, resting, sale, taking } from "./intents.ts";
import type { CrashMarket } from "./plan.ts";
import { FILLED_AT, FINAL_AT, GAME, OPEN_AT } from "./game.ts";

/** What a play that came to its end says. */
export interface Played {
  /** Why a second pregame entry of the game was refused; null when it was not. */
  readonly secondAttempt: string | null;
  readonly result: string | null;
}

/**
 * Trades one game through every step: an entry rests, fills in part, is canceled and replaced by one
 * that takes; another strategy takes, and sells some; the game settles. Each call is an activity
 * with the arguments that its workflow gives it, so the process that takes over calls them again.
 */
export async function play(desk: Desk, market: CrashMarket): Promise<Played> {
  const { deps } = desk;
  const orders = createOrderActivities(deps);
  await desk.advanceTo(OPEN_AT);
  const rest = request("1", resting(market.count));
  const placed = await orders.placeOrder(now(desk, rest));
  if (placed.kind === "refused") throw new Error(`the first entry was refused: ${placed.code}`);
  await desk.advanceTo(FILLED_AT);
  const { clientOrderId } = placed;
  if (!placed.isOver) {
    await orders.cancelOrder({ clientOrderId });
  }
  await followToEnd(desk, orders, rest.intent, clientOrderId);
  const row = await rowOf(desk, clientOrderId);
  const left = market.count * 100 - (row?.filled_centi ?? 0);
  await complete(desk, orders, request("1/r1", taking(left), clientOrderId));
  await complete(
    desk,
    orders,
    request("2", { ...taking(2_500), strategy: "model-edge", phase: "live" }),
  );
  await complete(desk, orders, request("3", sale()));
  const again = await orders.placeOrder(now(desk, request("4", resting(10))));
  await desk.advanceTo(FINAL_AT + 2_000);
  const { result } = await createSettleActivities(deps).awaitSettlement({ game: GAME });
  return { secondAttempt: again.kind === "refused" ? again.code : null, result };
}

type OrderActivities = ReturnType<typeof createOrderActivities>;

/** Whoever takes over decides anew only what was not written down, and on the quote of its own moment. */
function now(desk: Desk, wish: PlaceRequest): PlaceRequest {
  return { ...wish, quote: quoteNow(desk.deps.clock) };
}

/** Places an order and follows it to its end. */
async function complete(desk: Desk, orders: OrderActivities, wish: PlaceRequest): Promise<void> {
  const placed = await orders.placeOrder(now(desk, wish));
  if (placed.kind === "refused") {
    // Nothing to sell, if what was to buy it was proven absent.
    if (wish.intent.purpose === "exit" && placed.code === "exit_reduces") return;
    throw new Error(`${wish.intentKey} refused: ${placed.code}`);
  }
  await followToEnd(desk, orders, wish.intent, placed.clientOrderId);
  const row = await rowOf(desk, placed.clientOrderId);
  // The stage offers enough for every taker: one that did not fill is a fault of its own, unless it
  // was never sent and whoever took over came so late that the account proved it.
  if (row?.status === "filled" || row?.reject_code === "absent") return;
  throw new Error(
    `${wish.intentKey} ended ${row?.status ?? "unknown"}: ${row?.reject_code ?? "-"}`,
  );
}

async function rowOf(desk: Desk, clientOrderId: string): Promise<OrderRow | null> {
  return await findOrder(desk.deps.db, clientOrderId as ClientOrderId); // The id of an order above.
}

async function followToEnd(
  desk: Desk,
  orders: OrderActivities,
  intent: OwnedIntent,
  clientOrderId: string,
): Promise<void> {
  for (;;) {
    const step = await follow(
      desk.deps,
      {
        occasion: occasionOfGame(GAME),
        intent,
        clientOrderId,
        placedAt: 0,
        replacements: 0,
        isCanceling: true,
        stopBecause: null,
      },
      new AbortController().signal,
    );
    if (step.kind === "over") return;
    if (step.kind === "advice") await orders.cancelOrder({ clientOrderId });
  }
}

function request(key: string, intent: OwnedIntent, parentId: string | null = null): PlaceRequest {
  return {
    occasion: occasionOfGame(GAME),
    intent,
    intentKey: `${GAME.gameId}/${key}`,
    parentId,
    decisionId: `${GAME.gameId}#${key}`,
    quote: null,
    basis: BASIS,
  };
}
