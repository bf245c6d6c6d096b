import type { MarketInput, Verdict } from "../domain/decision.ts";
import { mid } from "../domain/market.ts";
import {
  bestOfMarkets,
  clockGate,
  type EntryContext,
  entryGate,
  forecastValue,
  marketGate,
  proposeEntry,
} from "./entry.ts";
import type { GameStrategyDefinition } from "./strategy.ts";
import { verdict } from "./verdicts.ts";

/** ModelEdge: while the game is played, enters where the blend is worth more than the market asks, fees and spread paid. */
export const modelEdge: GameStrategyDefinition = {
  name: "model-edge",
  version: "1",
  summary: "In play, where the blend of all that is known is worth more than the market asks.",
  needs: ["forecast", "live-score"],
  entry: decideEntry,
  exit: null,
};

function decideEntry(context: EntryContext): Verdict {
  const { input, own, config } = context;
  const gate = entryGate(context);
  if (gate) return gate;
  if (input.phase !== "live") return verdict(own.strategy, "not_live");
  const { clock } = input;
  if (clock === null || clock.isReconstructed || clock.state !== "in") {
    return verdict(own.strategy, "no_live_score");
  }
  const unfit = clockGate(clock, config.strategies.modelEdge.minSecondsToGameEnd, context);
  if (unfit) return unfit;
  if (context.forecast.homeProbability === null) return verdict(own.strategy, "no_forecast");
  return bestOfMarkets(context, enter);
}

function enter(market: MarketInput, context: EntryContext): Verdict {
  const { own, config, forecast } = context;
  const { minPriceMicros, maxPriceMicros, trust } = config.strategies.modelEdge;
  const blocked = marketGate(market, context);
  if (blocked) return blocked;
  const middle = mid(market.quote);
  const { recentRange, ticker: detail } = market;
  const numbers = { home: forecast.homeProbability, mid: middle, recentRange };
  if (middle === null || middle < minPriceMicros || middle > maxPriceMicros) {
    return verdict(own.strategy, "price_out_of_bounds", { numbers, detail });
  }
  const fairValue = forecastValue(market, context, trust);
  return proposeEntry({ market, fairValue, numbers }, context);
}
