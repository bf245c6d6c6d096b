import { isCrossed } from "../domain/believed-price.ts";
import type {
  DecisionInput,
  Forecast,
  GameClock,
  MarketInput,
  RouteWeight,
  StrategyInput,
  Verdict,
} from "../domain/decision.ts";
import type { Liquidity } from "../domain/fees.ts";
import { gameTime } from "../domain/game-clock.ts";
import { mid, spread } from "../domain/market.ts";
import type { GameIntent, OrderPlan } from "../domain/order.ts";
import {
  type CountCenti,
  countCenti,
  ONE_CONTRACT_CENTI,
  ONE_USD_MICROS,
  type PriceMicros,
  priceMicros,
} from "../domain/units.ts";
import {
  type CommonStrategyConfig,
  commonConfig,
  type DecisionConfig,
  leastEdge,
} from "./config.ts";
import { allIn, highestBid, planRest, planTake } from "./execution.ts";
import { contractsFor } from "./sizing.ts";
import { proposal, verdict, wholeMicros } from "./verdicts.ts";

/** What an entry is judged by. */
export interface EntryContext {
  readonly input: DecisionInput;
  /** The strategies as they stand: with an order working where an earlier one of this decision proposed. */
  readonly strategies: readonly StrategyInput[];
  readonly forecast: Forecast;
  readonly own: StrategyInput;
  readonly config: DecisionConfig;
  /** Whether codes are all that is wanted: a verdict that proposes nothing may leave its numbers out. */
  readonly isBrief: boolean;
  /** What a router leaves of the strategy's size, by team; null where there is no router. */
  readonly weight: Pick<RouteWeight, "home" | "away"> | null;
}

/**
 * The reasons against an entry that do not depend on a market, the same for all strategies.
 *
 * @returns `null` when there is none.
 */
export function entryGate(context: EntryContext): Verdict | null {
  const { input, own, config } = context;
  const { isEnabled, maxEntries } = commonConfig(config.strategies, own.strategy);
  if (!isEnabled) return verdict(own.strategy, "disabled_by_config");
  if (own.disabledBecause !== null) {
    return verdict(own.strategy, "disabled", { detail: own.disabledBecause });
  }
  if (input.entriesPaused !== null) {
    return verdict(own.strategy, "entries_paused", { detail: input.entriesPaused });
  }
  if (own.hasWorkingOrder) return verdict(own.strategy, "order_working");
  if (own.hasExited && !config.limits.isReentryAllowed) return verdict(own.strategy, "no_reentry");
  const entriesMax = Math.min(config.limits.maxEntriesPerGame, maxEntries ?? Infinity);
  if (own.entries >= entriesMax) return verdict(own.strategy, "entries_used");
  if (input.phase === "closing") return verdict(own.strategy, "closing");
  if (isTaken(context)) return verdict(own.strategy, "position_open");
  const isCooling = own.retryAt !== null && input.at < own.retryAt;
  return isCooling ? verdict(own.strategy, "cooling_down") : null;
}

/**
 * The reasons against an entry in play that a game clock gives.
 *
 * @returns `null` when it is sound and enough is left on it.
 */
export function clockGate(
  clock: GameClock,
  minSecondsToGameEnd: number,
  { own }: EntryContext,
): Verdict | null {
  if (clock.staleBecause.length > 0) {
    return verdict(own.strategy, "clock_stale", { detail: clock.staleBecause.join(",") });
  }
  const { secsToGameEnd } = gameTime(clock);
  return secsToGameEnd < minSecondsToGameEnd ? verdict(own.strategy, "too_late") : null;
}

/**
 * The same for a strategy that plays without a live score where the facts have none; elsewhere there must
 * be a clock.
 *
 * @returns `null` when there is none.
 */
export function scoreGate(context: EntryContext, minSecondsToGameEnd: number): Verdict | null {
  const { input, own } = context;
  const { clock } = input;
  if (input.lacks.includes("live-score")) return null;
  if (clock === null) return verdict(own.strategy, "no_live_score");
  return clockGate(clock, minSecondsToGameEnd, context);
}

/** With a shared position scope, any strategy's position or order bars the others. */
function isTaken({ strategies, own, config }: EntryContext): boolean {
  if (config.limits.positionScope !== "shared") return own.positions.length > 0;
  for (const one of strategies) if (one.positions.length > 0 || one.hasWorkingOrder) return true;
  return false;
}

/** A market that may be entered, and at what it is valued. */
export interface Candidate {
  readonly market: MarketInput;
  /** Micros; may lie outside 0 to 1 USD, and is then no price. */
  readonly fairValue: number;
  readonly numbers: Readonly<Record<string, number | null>>;
}

/**
 * The reasons against a market whoever wants it.
 *
 * @returns `null` when its quote can be traded on.
 */
export function marketGate(
  market: MarketInput,
  { input, own, config, weight }: EntryContext,
): Verdict | null {
  const { ticker: detail, quote } = market;
  const { strategy } = own;
  if (market.status !== "active") return verdict(strategy, "market_not_active", { detail });
  if (market.staleBecause !== null) return verdict(strategy, "quote_stale", { detail });
  if (quote.bid === null || quote.ask === null) return verdict(strategy, "one_sided", { detail });
  if (isCrossed(market)) {
    return verdict(strategy, "crossed", { numbers: { bid: quote.bid, ask: quote.ask }, detail });
  }
  const ageMs = input.at - quote.receivedAt;
  if (ageMs > config.limits.maxQuoteAgeMs) {
    return verdict(strategy, "quote_old", { numbers: { ageMs }, detail });
  }
  const width = spread(quote);
  if (width !== null && width > config.limits.maxSpreadMicros) {
    return verdict(strategy, "spread_wide", { numbers: { spread: width }, detail });
  }
  const { maxRecentRangeMicros } = commonConfig(config.strategies, strategy);
  const recentRange = gameRange(input.markets);
  if (recentRange > maxRecentRangeMicros) {
    return verdict(strategy, "market_moving", { numbers: { recentRange }, detail });
  }
  const isRouted = weight === null || weight[market.team] > 0;
  return isRouted ? null : verdict(strategy, "not_routed", { detail });
}

/** Home's probability turned to the team of a market. */
export function teamProbability(homeProbability: number, team: "home" | "away"): number {
  return team === "home" ? homeProbability : 1 - homeProbability;
}

/**
 * Recent range of the livelier of a game's books, micros. Feeds lag behind the floor, the market
 * does not, and of two books one moves first: after a jump in either the apparent edge is its news.
 */
export function gameRange(markets: readonly MarketInput[]): number {
  let widest = 0;
  for (const { recentRange } of markets) widest = Math.max(widest, recentRange ?? 0);
  return widest;
}

/**
 * What a team's YES is worth, micros: from the market's opinion the strategy's trust of the way to
 * the forecast. Both books of a game have an opinion; `isCautious` takes the lower, for a buyer, and
 * else the higher is taken, for a holder.
 *
 * @returns `null` when no book has a mid.
 */
export function trustedValue(
  markets: readonly MarketInput[],
  team: "home" | "away",
  homeProbability: number,
  trust: number,
  isCautious: boolean,
): number | null {
  let opinion: number | null = null;
  for (const market of markets) {
    const middle = mid(market.quote);
    if (middle === null || market.staleBecause !== null) continue;
    const own = market.team === team ? middle : ONE_USD_MICROS - middle;
    const isBetter = opinion === null || (isCautious ? own < opinion : own > opinion);
    if (isBetter) opinion = own;
  }
  if (opinion === null) return null;
  const forecast = teamProbability(homeProbability, team) * ONE_USD_MICROS;
  return opinion + trust * (forecast - opinion);
}

/** `trustedValue` for a buyer, by the forecast of the decision; NaN, which is no price, where there is none. */
export function forecastValue(market: MarketInput, context: EntryContext, trust: number): number {
  const home = context.forecast.homeProbability;
  const { markets } = context.input;
  return home === null
    ? Number.NaN
    : (trustedValue(markets, market.team, home, trust, true) ?? Number.NaN);
}

/** One way to buy: crossing the spread, or resting. */
interface Way {
  readonly liquidity: Liquidity;
  /** The price the order is sent at: a taker may pay less. */
  readonly price: PriceMicros;
  /** Fair value minus all-in cost, micros per contract. */
  readonly edge: number;
  readonly limitPrice: PriceMicros;
}

/**
 * Prices one candidate: crosses when the edge pays for the spread and the taker's fee with the
 * margin the strategy wants, else rests where it may, else says what was missing.
 */
export function proposeEntry(candidate: Candidate, context: EntryContext): Verdict {
  const { own, config } = context;
  const { market } = candidate;
  const common = commonConfig(config.strategies, own.strategy);
  const minEdge = leastEdge(common, config.limits);
  const fairValue = Math.round(candidate.fairValue);
  const detail = market.ticker;
  if (!(fairValue > 0 && fairValue < ONE_USD_MICROS)) {
    return verdict(own.strategy, "no_price", { numbers: candidate.numbers, detail });
  }
  const take = takingEdge(market, fairValue, context);
  const rest = common.mayRest ? restingWay(market, fairValue, minEdge, context) : null;
  const crossFrom = common.mayRest ? Math.max(minEdge, common.crossEdgeMicros) : minEdge;
  // What the fee takes off an edge is not part of the distance that is asked for.
  const priceMax = fairValue - (common.minDiscountMicros ?? -Infinity);
  const mayTake = take !== null && take >= crossFrom && (market.quote.ask ?? 0) <= priceMax;
  const mayRest = rest !== null && rest.edge >= minEdge && rest.price <= priceMax;
  const edgeMicros = Math.max(take ?? -Infinity, rest?.edge ?? -Infinity);
  const isRefused = !mayTake && !mayRest;
  if (isRefused && context.isBrief) {
    return verdict(own.strategy, "edge_below_threshold", { edgeMicros });
  }
  // Not spread: see backtest/README.md; and records keep the sequence.
  const numbers = Object.assign({}, candidate.numbers, {
    fairValue,
    bid: market.quote.bid,
    ask: market.quote.ask,
    takeEdge: take,
    restEdge: rest?.edge ?? null,
    minEdge,
  });
  const chosen = mayTake ? takingWay(market, fairValue, minEdge, context) : mayRest ? rest : null;
  if (chosen === null) {
    return verdict(own.strategy, "edge_below_threshold", { edgeMicros, numbers, detail });
  }
  // Sized by the worst that the order may pay.
  const unitCost = allIn("bid", chosen.price, chosen.liquidity, context.input.fees);
  const share = context.weight?.[market.team] ?? 1;
  const request = { fairValue, unitCost, capitalLeft: own.capitalLeft, share };
  const count = contractsFor(request, common.sizing);
  const plan = count === 0 ? null : planEntry(market, chosen, count, common, config);
  if (!plan) {
    const code = own.capitalLeft < unitCost ? "capital_spent" : "size_zero";
    return verdict(own.strategy, code, { edgeMicros: chosen.edge, numbers, detail });
  }
  return proposal(entryIntent(context, market, { chosen, fairValue, count, plan }), numbers);
}

/** What taking the ask gains on fair value, micros per contract. @returns `null` when nothing is offered. */
function takingEdge(
  { quote: { ask } }: MarketInput,
  fairValue: number,
  { input }: Pick<EntryContext, "input">,
): number | null {
  return ask === null ? null : fairValue - allIn("bid", ask, "taker", input.fees);
}

function takingWay(
  market: MarketInput,
  fairValue: number,
  minEdge: number,
  { input, config }: EntryContext,
): Way | null {
  const { ask } = market.quote;
  const edge = takingEdge(market, fairValue, { input });
  if (ask === null || edge === null) return null;
  const limitPrice = highestBid(fairValue, minEdge, "taker", input.fees, market.grid) ?? ask;
  const request = { book: market, limitPrice, count: ONE_CONTRACT };
  const price = planTake("bid", request, config.execution)?.price ?? ask;
  return { liquidity: "taker", price, edge, limitPrice };
}

function restingWay(
  market: MarketInput,
  fairValue: number,
  minEdge: number,
  { input, config }: EntryContext,
): Way | null {
  const limitPrice = highestBid(fairValue, minEdge, "maker", input.fees, market.grid);
  if (limitPrice === null) return null;
  const request = { book: market, limitPrice, count: ONE_CONTRACT, patienceMs: 0 };
  const price = planRest(request, config.execution)?.price ?? null;
  if (price === null) return null;
  const edge = fairValue - allIn("bid", price, "maker", input.fees);
  return { liquidity: "maker", price, edge, limitPrice };
}

/** The price of a plan does not depend on its size, only its chance to fill does. */
const ONE_CONTRACT = countCenti(ONE_CONTRACT_CENTI);

function planEntry(
  market: MarketInput,
  way: Way,
  count: CountCenti,
  common: CommonStrategyConfig,
  config: DecisionConfig,
): OrderPlan | null {
  const request = {
    book: market,
    limitPrice: way.limitPrice,
    count,
    patienceMs: common.patienceMs,
  };
  return way.liquidity === "taker"
    ? planTake("bid", request, config.execution)
    : planRest(request, config.execution);
}

function entryIntent(
  { input, own, config }: EntryContext,
  market: MarketInput,
  made: { chosen: Way; fairValue: number; count: CountCenti; plan: OrderPlan },
): GameIntent {
  const { mayTakeFallback } = commonConfig(config.strategies, own.strategy);
  return {
    strategy: own.strategy,
    purpose: "entry",
    exitType: null,
    phase: input.phase === "pregame" ? "pregame" : "live",
    marketTicker: market.ticker,
    eventTicker: input.eventTicker,
    exchangeIndex: market.exchangeIndex,
    side: "bid",
    count: made.count,
    isReduceOnly: false,
    limitPrice: made.chosen.limitPrice,
    fairValue: priceMicros(made.fairValue),
    edgeMicros: wholeMicros(made.chosen.edge),
    plan: made.plan,
    mayTakeFallback: made.chosen.liquidity === "maker" && mayTakeFallback,
  };
}

/**
 * Of the answers for a game's markets the one to give: a proposal before a refusal, then the
 * widest edge, then the market that came first.
 */
export function bestOfMarkets(
  context: EntryContext,
  enter: (market: MarketInput, context: EntryContext) => Verdict,
): Verdict {
  let best: Verdict | null = null;
  for (const market of context.input.markets) {
    const one = enter(market, context);
    if (best === null || isBetter(one, best)) best = one;
  }
  return best ?? verdict(context.own.strategy, "no_market");
}

function isBetter(a: Verdict, b: Verdict): boolean {
  if ((a.intent === null) !== (b.intent === null)) return a.intent !== null;
  return (a.edgeMicros ?? -Infinity) > (b.edgeMicros ?? -Infinity);
}
