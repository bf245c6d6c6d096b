import type { FeeSchedule, PriceBand, Quote } from "../domain/market.ts";
import { mid } from "../domain/market.ts";
import type { OrderOwner, OwnedIntent } from "../domain/order.ts";
import { snap } from "../domain/price-grid.ts";
import {
  type CountCenti,
  countCenti,
  ONE_CONTRACT_CENTI,
  ONE_USD_MICROS,
  priceMicros,
} from "../domain/units.ts";
import { allIn } from "./execution.ts";
import { wholeMicros } from "./verdicts.ts";

/** What one attempt of a kill to flatten may do. */
export interface FlattenBounds {
  /** How far below the bid the limit of an attempt may lie, micros. */
  readonly slippageMicros: number;
  /** Most that one attempt may lose against what the position is worth at the mid, fees included, micros. */
  readonly maxLossMicros: number;
}

/** What is held in one market. */
export interface HeldPosition {
  readonly strategy: OrderOwner;
  readonly marketTicker: string;
  readonly eventTicker: string;
  readonly exchangeIndex: number;
  readonly phase: "pregame" | "live";
  /** What the venue still shows of it, hundredths. */
  readonly count: CountCenti;
}

/** What the market looks like now. */
export interface FlattenMarket {
  readonly quote: Pick<Quote, "bid" | "bidSize" | "ask">;
  readonly grid: readonly PriceBand[];
  readonly fees: FeeSchedule;
  readonly isTradable: boolean;
}

/** An attempt, or why there is none. */
export type FlattenPlan =
  | { readonly kind: "sell"; readonly intent: OwnedIntent }
  | { readonly kind: "wait"; readonly why: "market_not_active" | "no_bid" | "loss_bound" };

/**
 * Plans one attempt to sell a position because a kill flattens: reduce-only, immediate or cancel, at
 * the bid less the slippage, and no more contracts than the loss of one attempt allows. Whether it
 * pays is no question: the kill's own risk is what it may lose.
 */
export function planFlatten(
  held: HeldPosition,
  market: FlattenMarket,
  bounds: FlattenBounds,
): FlattenPlan {
  const { quote, grid, fees } = market;
  if (!market.isTradable) return { kind: "wait", why: "market_not_active" };
  const { bid } = quote;
  if (bid === null) return { kind: "wait", why: "no_bid" };
  const worth = mid(quote) ?? bid;
  const limitPrice = snap(bid - bounds.slippageMicros, grid, "up") ?? bid;
  const lossPerContract = worth - allIn("ask", limitPrice, "taker", fees);
  const count = boundedCount(held.count, lossPerContract, bounds.maxLossMicros);
  if (count === 0) return { kind: "wait", why: "loss_bound" };
  const share = quote.bidSize === null ? 1 : Math.min(1, quote.bidSize / count);
  return {
    kind: "sell",
    intent: {
      strategy: held.strategy,
      purpose: "exit",
      exitType: "kill",
      phase: held.phase,
      marketTicker: held.marketTicker,
      eventTicker: held.eventTicker,
      exchangeIndex: held.exchangeIndex,
      side: "ask",
      count,
      isReduceOnly: true,
      limitPrice,
      fairValue: priceMicros(Math.min(ONE_USD_MICROS - 1, Math.max(1, Math.round(worth)))),
      edgeMicros: wholeMicros(allIn("ask", bid, "taker", fees) - worth),
      plan: {
        price: limitPrice,
        timeInForce: "immediate_or_cancel",
        isPostOnly: false,
        expectedFillProbability: share,
        expectedPrice: bid,
      },
      mayTakeFallback: false,
    },
  };
}

/** Hundredths that lose at most `maxLoss`. A loss that is not a number bounds to nothing. */
function boundedCount(held: CountCenti, lossPerContract: number, maxLoss: number): CountCenti {
  if (lossPerContract <= 0) return held;
  const allowed = Math.floor((maxLoss / lossPerContract) * ONE_CONTRACT_CENTI);
  return countCenti(Number.isFinite(allowed) ? Math.max(0, Math.min(held, allowed)) : 0);
}
