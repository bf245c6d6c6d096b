import type { PlaceRequest } from "../../activities/place-order.ts";
import type { OrderIntent } from "../../core/domain/order.ts";
import type { RunClock } from "../../core/domain/time.ts";
import { countCenti, priceMicros } from "../../core/domain/units.ts";
import { NBA_SHARD } from "../../sim/exchange/shards.ts";
import { GAME, HOME } from "./game.ts";

/** A quote that is fresh, and narrow enough for every rule. */
export function quoteNow(clock: RunClock): NonNullable<PlaceRequest["quote"]> {
  const receivedAt = clock.now();
  return { bidMicros: 560_000, askMicros: 600_000, receivedAt, receivedWallMs: 0 };
}

/** An entry that takes what is offered up to 62 cents. `count` in hundredths of a contract. */
export function taking(count: number): OrderIntent {
  const price = priceMicros(620_000);
  const entry = resting(1);
  return {
    ...entry,
    count: countCenti(count),
    plan: { ...entry.plan, price, timeInForce: "immediate_or_cancel", isPostOnly: false },
  };
}

/** Sells five contracts that model-edge holds. */
export function sale(): OrderIntent {
  const price = priceMicros(540_000);
  return {
    ...taking(500),
    strategy: "model-edge",
    phase: "live",
    purpose: "exit",
    exitType: "take-profit",
    side: "ask",
    isReduceOnly: true,
    limitPrice: price,
    plan: { ...taking(1).plan, price, expectedPrice: price },
  };
}

/** The game's one pregame entry, of whole contracts. */
export function resting(count: number): OrderIntent {
  const price = priceMicros(550_000);
  return {
    strategy: "pregame-anchored",
    purpose: "entry",
    exitType: null,
    phase: "pregame",
    marketTicker: HOME,
    eventTicker: GAME.eventTicker,
    exchangeIndex: NBA_SHARD,
    side: "bid",
    count: countCenti(count * 100),
    isReduceOnly: false,
    limitPrice: priceMicros(620_000),
    fairValue: priceMicros(700_000),
    edgeMicros: 60_000,
    plan: {
      price,
      timeInForce: "good_till_canceled",
      isPostOnly: true,
      expectedFillProbability: 0.5,
      expectedPrice: price,
    },
    mayTakeFallback: false,
  };
}
