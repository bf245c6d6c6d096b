import type { FeeSchedule, PriceBand, Quote } from "../domain/market.ts";
import { mid } from "../domain/market.ts";
import type { OrderOwner, OwnedIntent } from "../domain/order.ts";
import { snap } from "../domain/price-grid.ts";
import {
  type CountCenti,
  countCenti,
  ONE_CONTRACT_CENTI,
  ONE_USD_MICROS,
  type PriceMicros,
  priceMicros,
} from "../domain/units.ts";
import { allIn } from "./execution.ts";
import { wholeMicros } from "./verdicts.ts";

/** What one attempt of a kill to flatten may do. */
export interface FlattenBounds {
  /** How far below the bid, or for a NO above the ask, the limit of an attempt may lie, micros. */
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
  readonly outcome: "yes" | "no";
  /** What the venue still shows of it, hundredths. */
  readonly count: CountCenti;
}

/** What the market looks like now. */
export interface FlattenMarket {
  readonly quote: Pick<Quote, "bid" | "bidSize" | "ask" | "askSize">;
  readonly grid: readonly PriceBand[];
  readonly fees: FeeSchedule;
  readonly isTradable: boolean;
}

/** An attempt, or why there is none. */
export type FlattenPlan =
  | { readonly kind: "close"; readonly intent: OwnedIntent }
  | {
      readonly kind: "wait";
      readonly why: "market_not_active" | "no_bid" | "no_ask" | "loss_bound";
    };

/**
 * Plans one attempt to close a position because a kill flattens: reduce-only, immediate or cancel, and no
 * more contracts than the loss of one attempt allows. YES is sold at the bid less the slippage; a NO is
 * closed by buying YES at the ask and the slippage. Whether it pays is no question: the kill's own risk is
 * what it may lose.
 */
export function planFlatten(
  held: HeldPosition,
  market: FlattenMarket,
  bounds: FlattenBounds,
): FlattenPlan {
  const { quote, grid, fees } = market;
  if (!market.isTradable) return { kind: "wait", why: "market_not_active" };
  const isYes = held.outcome === "yes";
  const side = isYes ? "ask" : "bid";
  const price = isYes ? quote.bid : quote.ask;
  if (price === null) return { kind: "wait", why: isYes ? "no_bid" : "no_ask" };
  const worth = mid(quote) ?? price;
  const limitPrice = isYes
    ? (snap(price - bounds.slippageMicros, grid, "up") ?? price)
    : (snap(price + bounds.slippageMicros, grid, "down") ?? price);
  /** What a contract gains against its worth at the middle: less than nothing. */
  const gainAt = (at: PriceMicros): number =>
    (isYes ? 1 : -1) * (allIn(side, at, "taker", fees) - worth);
  const count = boundedCount(held.count, 0 - gainAt(limitPrice), bounds.maxLossMicros);
  if (count === 0) return { kind: "wait", why: "loss_bound" };
  const size = isYes ? quote.bidSize : quote.askSize;
  const share = size === null ? 1 : Math.min(1, size / count);
  return {
    kind: "close",
    intent: {
      strategy: held.strategy,
      purpose: "exit",
      exitType: "kill",
      phase: held.phase,
      marketTicker: held.marketTicker,
      eventTicker: held.eventTicker,
      exchangeIndex: held.exchangeIndex,
      side,
      count,
      isReduceOnly: true,
      limitPrice,
      fairValue: priceMicros(Math.min(ONE_USD_MICROS - 1, Math.max(1, Math.round(worth)))),
      edgeMicros: wholeMicros(gainAt(price)),
      plan: {
        price: limitPrice,
        timeInForce: "immediate_or_cancel",
        isPostOnly: false,
        expectedFillProbability: share,
        expectedPrice: price,
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
