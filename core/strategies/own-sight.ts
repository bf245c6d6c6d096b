import type { DecisionInput, MarketInput, StrategyInput } from "../domain/decision.ts";
import { gameTime } from "../domain/game-clock.ts";
import { mid, spread } from "../domain/market.ts";
import { ONE_CONTRACT_CENTI, ONE_USD_MICROS } from "../domain/units.ts";
import type { EntryContext } from "./entry.ts";
import type { OwnMarket, OwnPosition, OwnSight } from "./own-api.ts";

/** What a strategy of one's own sees of a decision. */
export function ownSight({ input, own, forecast }: EntryContext): OwnSight {
  const { at, phase, home, away, tipAt } = input;
  return {
    at,
    phase,
    home,
    away,
    secondsToTip: (tipAt - at) / 1_000,
    clock: clockOf(input),
    homeProbability: forecast.homeProbability,
    markets: input.markets.map((market) => marketOf(market, input)),
    position: positionOf(input, own),
  };
}

function clockOf({ clock }: DecisionInput): OwnSight["clock"] {
  if (clock === null) return null;
  const { period, clockSeconds, homeScore, awayScore, staleBecause, isReconstructed } = clock;
  return {
    period,
    secondsLeftInPeriod: clockSeconds,
    secondsToGameEnd: gameTime(clock).secsToGameEnd,
    homeScore,
    awayScore,
    isReliable: staleBecause.length === 0 && !isReconstructed,
  };
}

function marketOf(market: MarketInput, { windows }: DecisionInput): OwnMarket {
  const { quote, ticker } = market;
  const window = windows.find((one) => one.marketTicker === ticker);
  return {
    team: market.team,
    bid: usd(quote.bid),
    ask: usd(quote.ask),
    mid: usd(mid(quote)),
    spread: usd(spread(quote)),
    bidSize: contracts(quote.bidSize),
    askSize: contracts(quote.askSize),
    recentRange: usd(market.recentRange),
    recentVolume: contracts(market.recentVolume),
    window:
      window === undefined
        ? null
        : {
            low: window.low / ONE_USD_MICROS,
            high: window.high / ONE_USD_MICROS,
            mean: window.mean / ONE_USD_MICROS,
            isWarm: window.isWarm,
          },
    isReliable: market.staleBecause === null && market.status === "active",
  };
}

function positionOf({ at }: DecisionInput, { positions }: StrategyInput): OwnPosition | null {
  const held = positions.find(({ count }) => count > 0);
  if (held === undefined) return null;
  return {
    team: held.team,
    contracts: held.count / ONE_CONTRACT_CENTI,
    averagePrice: held.averagePrice / ONE_USD_MICROS,
    heldSeconds: (at - held.openedAt) / 1_000,
  };
}

function usd(value: number | null): number | null {
  return value === null ? null : value / ONE_USD_MICROS;
}

function contracts(value: number | null): number | null {
  return value === null ? null : value / ONE_CONTRACT_CENTI;
}
