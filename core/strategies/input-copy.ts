import type { DecisionInput, MarketInput, WindowStats } from "../domain/decision.ts";
import type { Quote } from "../domain/market.ts";

/*
 * Copies are written out field by field, and lists are pushed together: so they have the shape of what they are
 * copied from, which neither a spread nor `map` promises, and what reads both stays fast.
 */

/** A copy of an input whose markets and windows are written over by the next look. */
export function copyOfInput(input: DecisionInput): DecisionInput {
  const copy: DecisionInput = {
    schemaVersion: 1,
    at: input.at,
    mode: input.mode,
    eventTicker: input.eventTicker,
    home: input.home,
    away: input.away,
    phase: input.phase,
    tipAt: input.tipAt,
    clock: input.clock,
    markets: copiesOf(input.markets, copyOfMarket),
    readings: input.readings,
    windows: copiesOf(input.windows, copyOfWindow),
    strategies: input.strategies,
    fees: input.fees,
    lacks: input.lacks,
    entriesPaused: input.entriesPaused,
    configHash: input.configHash,
  };
  return input.trees === undefined ? copy : { ...copy, trees: input.trees };
}

function copiesOf<T>(list: readonly T[], copyOf: (one: T) => T): readonly T[] {
  const copies: T[] = [];
  for (const one of list) copies.push(copyOf(one));
  return copies;
}

function copyOfMarket(market: MarketInput): MarketInput {
  return {
    team: market.team,
    ticker: market.ticker,
    exchangeIndex: market.exchangeIndex,
    status: market.status,
    grid: market.grid,
    quote: copyOfQuote(market.quote),
    isDerived: market.isDerived,
    staleBecause: market.staleBecause,
    recentRange: market.recentRange,
    recentVolume: market.recentVolume,
  };
}

function copyOfQuote(quote: Quote): Quote {
  return {
    marketTicker: quote.marketTicker,
    bid: quote.bid,
    bidSize: quote.bidSize,
    ask: quote.ask,
    askSize: quote.askSize,
    quotedAt: quote.quotedAt,
    receivedAt: quote.receivedAt,
  };
}

/** A copy of one window of it. */
function copyOfWindow(window: WindowStats): WindowStats {
  return {
    marketTicker: window.marketTicker,
    samples: window.samples,
    spanMs: window.spanMs,
    low: window.low,
    high: window.high,
    mean: window.mean,
    isWarm: window.isWarm,
  };
}
