import type { DecisionInput, MarketInput, PositionInput, Verdict } from "../domain/decision.ts";
import { mid } from "../domain/market.ts";
import type { ExitType, GameIntent } from "../domain/order.ts";
import { snap } from "../domain/price-grid.ts";
import {
  type CountCenti,
  countCenti,
  ONE_USD_MICROS,
  type PriceMicros,
  priceMicros,
} from "../domain/units.ts";
import { commonConfig } from "./config.ts";
import { type EntryContext, gameRange, trustedValue } from "./entry.ts";
import { allIn, planTake } from "./execution.ts";
import type { GameStrategyDefinition } from "./strategy.ts";
import { proposal, verdict, wholeMicros } from "./verdicts.ts";

/** What is held beyond the pairs that already cancel out. */
interface Holding {
  readonly position: PositionInput;
  readonly count: CountCenti;
}

/** One way to close: selling what is held, or buying the other team's YES, which pays when it loses. */
interface Closing {
  readonly market: MarketInput;
  readonly side: "ask" | "bid";
  /** What one contract held is worth by closing now, fees paid, micros. */
  readonly value: number;
}

/**
 * What to do with a strategy's position. Exits look at prices and time alone, so they go on when
 * the score feeds are stale; a forecast, where there is one, only makes a lock wait. The strategy's own
 * hook is asked last, when the position would be held.
 *
 * @returns `null` when nothing is held: the strategy may look for an entry.
 */
export function decideExit(
  context: EntryContext,
  hook: GameStrategyDefinition["exit"],
): Verdict | null {
  const { input, own } = context;
  if (!isHolding(own.positions)) return null;
  const holding = unpaired(own.positions);
  if (!holding) return verdict(own.strategy, "locked");
  if (own.hasWorkingOrder) return verdict(own.strategy, "order_working");
  if (own.retryAt !== null && input.at < own.retryAt) return verdict(own.strategy, "cooling_down");
  const market = marketOf(input.markets, holding.position.marketTicker);
  if (!market || market.staleBecause !== null) return verdict(own.strategy, "exit_quote_stale");
  if (market.quote.bid === null) return verdict(own.strategy, "exit_no_bid");
  const { position, count } = holding;
  return judge(context, { position, count, market, bid: market.quote.bid }, hook);
}

function judge(
  context: EntryContext,
  held: Holding & { readonly market: MarketInput; readonly bid: PriceMicros },
  hook: GameStrategyDefinition["exit"],
): Verdict {
  const { input, own, config } = context;
  const { position, market, bid } = held;
  const { exits, maxRecentRangeMicros, trust } = commonConfig(config.strategies, own.strategy);
  const sell: Closing = {
    market,
    side: "ask",
    value: allIn("ask", bid, "taker", input.fees),
  };
  const pair = pairClosing(input, market);
  const close = pair && pair.value > sell.value ? pair : sell;
  const cost = position.averagePrice + (position.feesPaid * 100) / position.count;
  const gain = close.value - cost;
  const sellGain = sell.value - cost;
  const heldMs = input.at - position.openedAt;
  const isStopped = bid <= position.averagePrice - exits.stopLossMicros;
  // A lock is no hurry: after a jump the forecast must first catch up with the market.
  const isCalm = gameRange(input.markets) <= maxRecentRangeMicros;
  const mayLock = isCalm && own.lockAttempts < config.limits.maxLockAttempts;
  const wantsLock = mayLock && gain >= exits.lockGainMicros;
  const isAtTarget = bid >= position.averagePrice + (exits.targetMicros ?? Infinity);
  const takesProfit = isAtTarget || sellGain >= exits.takeProfitMicros;
  const isOverdue = exits.maxHoldMs !== null && heldMs >= exits.maxHoldMs;
  const stays = !isStopped && !wantsLock && !takesProfit && !isOverdue && hook === null;
  if (stays && context.isBrief) return verdict(own.strategy, "hold");
  const home = context.forecast.homeProbability;
  const forecast =
    home === null ? null : trustedValue(input.markets, market.team, home, trust, false);
  const numbers = { bid, cost, gain, sellGain, forecast, heldMs, count: held.count };
  const heldWorth = forecast ?? mid(market.quote) ?? bid;
  const exit = (exitType: ExitType, closing: Closing): Verdict =>
    proposeExit(context, held, exitType, closing, heldWorth, numbers);
  if (isStopped) return exit("stop-loss", sell);
  const byGain = sellGain >= 0 ? "take-profit" : "stop-loss";
  const holdingPays = forecast !== null && forecast > close.value - exits.lockPremiumMicros;
  if (wantsLock && !holdingPays) return exit("lock", close);
  if (takesProfit) return exit("take-profit", sell);
  if (isOverdue) return exit(byGain, sell);
  const { team } = position;
  const asked = hook?.(context, { marketTicker: market.ticker, team, cost, sellGain, heldMs });
  if (asked === undefined) return verdict(own.strategy, "hold", { numbers, detail: market.ticker });
  const more = { ...numbers, ...asked.numbers };
  return asked.leaves
    ? proposeExit(context, held, byGain, sell, heldWorth, more)
    : verdict(own.strategy, "hold", { numbers: more, detail: market.ticker });
}

function isHolding(positions: readonly PositionInput[]): boolean {
  for (const { count } of positions) if (count > 0) return true;
  return false;
}

function marketOf(markets: readonly MarketInput[], ticker: string): MarketInput | null {
  for (const market of markets) if (market.ticker === ticker) return market;
  return null;
}

/** The larger side less the smaller: a pair of both teams' YES pays 1 USD whoever wins. */
function unpaired(positions: readonly PositionInput[]): Holding | null {
  const home = heldOf(positions, "home");
  const away = heldOf(positions, "away");
  const homeCount = home?.count ?? 0;
  const awayCount = away?.count ?? 0;
  const position = homeCount > awayCount ? home : away;
  if (!position || homeCount === awayCount) return null;
  return { position, count: countCenti(Math.abs(homeCount - awayCount)) };
}

function heldOf(positions: readonly PositionInput[], team: "home" | "away"): PositionInput | null {
  for (const position of positions) {
    if (position.team === team && position.count > 0) return position;
  }
  return null;
}

function pairClosing(input: DecisionInput, held: MarketInput): Closing | null {
  for (const market of input.markets) {
    if (market.team === held.team) continue;
    const { ask } = market.quote;
    if (ask === null || market.staleBecause !== null || market.status !== "active") return null;
    const value = ONE_USD_MICROS - allIn("bid", ask, "taker", input.fees);
    return { market, side: "bid", value };
  }
  return null;
}

function proposeExit(
  { input, own, config }: EntryContext,
  holding: Holding,
  exitType: ExitType,
  closing: Closing,
  heldWorth: number,
  numbers: Readonly<Record<string, number | null>>,
): Verdict {
  const { market, side, value } = closing;
  const slack = config.execution.exitSlackMicros;
  const best = side === "ask" ? market.quote.bid : market.quote.ask;
  const reach = (best ?? 0) + (side === "ask" ? -slack : slack);
  // At the end of the grid there is no room for slack: the best price is the limit.
  const limitPrice = snap(reach, market.grid, side === "ask" ? "down" : "up") ?? best;
  const plan =
    limitPrice === null
      ? null
      : planTake(side, { book: market, limitPrice, count: holding.count }, config.execution);
  if (limitPrice === null || plan === null) {
    return verdict(own.strategy, "exit_no_bid", { numbers });
  }
  const fairValue = side === "ask" ? heldWorth : ONE_USD_MICROS - heldWorth;
  const intent: GameIntent = {
    strategy: own.strategy,
    purpose: "exit",
    exitType,
    phase: input.phase === "pregame" ? "pregame" : "live",
    marketTicker: market.ticker,
    eventTicker: input.eventTicker,
    exchangeIndex: market.exchangeIndex,
    side,
    count: holding.count,
    // A pair is closed by a purchase, which the venue would not take as a reduction.
    isReduceOnly: side === "ask",
    limitPrice,
    fairValue: priceMicros(Math.min(ONE_USD_MICROS - 1, Math.max(1, Math.round(fairValue)))),
    edgeMicros: wholeMicros(value - heldWorth),
    plan,
    mayTakeFallback: false,
  };
  return proposal(intent, numbers, exitType);
}
