import type { MarketInput, Verdict } from "../domain/decision.ts";
import { gameTime } from "../domain/game-clock.ts";
import { mid } from "../domain/market.ts";
import { ONE_USD_MICROS } from "../domain/units.ts";
import {
  bestVerdict,
  type EntryContext,
  entryGate,
  marketGate,
  proposeEntry,
  teamProbability,
} from "./entry.ts";
import type { GameStrategyDefinition } from "./strategy.ts";
import { type VerdictCode, verdict } from "./verdicts.ts";

/** MeanReversion: while the game is played, buys what fell below the anchor of its window in a wide swing. */
export const meanReversion: GameStrategyDefinition = {
  name: "mean-reversion",
  version: "1",
  summary: "In play, buys what fell below the anchor of its window in a wide swing.",
  needs: ["window"],
  entry: decideEntry,
  exit: null,
};

function decideEntry(context: EntryContext): Verdict {
  const { input, own, config } = context;
  const refuse = (code: VerdictCode, detail: string | null = null): Verdict =>
    verdict(own.strategy, code, { detail });
  const gate = entryGate(context);
  if (gate) return gate;
  if (input.phase !== "live") return refuse("not_live");
  const { closesAfterTipMs, minSecondsToGameEnd } = config.strategies.meanReversion;
  if (input.at - input.tipAt >= (closesAfterTipMs ?? Infinity)) return refuse("after_window");
  const { clock } = input;
  // Where the facts have no live score the price alone must do; elsewhere the clock must be sound.
  if (!input.lacks.includes("live-score")) {
    if (clock === null) return refuse("no_live_score");
    if (clock.staleBecause.length > 0) return refuse("clock_stale", clock.staleBecause.join(","));
    const { secsToGameEnd } = gameTime(clock);
    if (secsToGameEnd < minSecondsToGameEnd) return refuse("too_late");
  }
  const verdicts = input.markets.map((market) => enter(market, context));
  return bestVerdict(verdicts, own.strategy);
}

function enter(market: MarketInput, context: EntryContext): Verdict {
  const { input, own, config } = context;
  const settings = config.strategies.meanReversion;
  const blocked = marketGate(market, context);
  if (blocked) return blocked;
  const middle = mid(market.quote);
  const window = input.windows.find((one) => one.marketTicker === market.ticker);
  const range = window ? window.high - window.low : null;
  const anchor = settings.anchor === "high" ? window?.high : window?.mean;
  const deviation = anchor !== undefined && middle !== null ? anchor - middle : null;
  const numbers = {
    mid: middle,
    mean: window?.mean ?? null,
    range,
    deviation,
    recentRange: market.recentRange,
    spanMs: window?.spanMs ?? null,
    samples: window?.samples ?? null,
  };
  const refuse = (code: VerdictCode): Verdict =>
    context.isBrief
      ? verdict(own.strategy, code)
      : verdict(own.strategy, code, { numbers, detail: market.ticker });
  if (!window?.isWarm || range === null || deviation === null || middle === null) {
    return refuse("window_cold");
  }
  if (middle < settings.minPriceMicros || middle > settings.maxPriceMicros) {
    return refuse("price_out_of_bounds");
  }
  if (range < settings.minRangeMicros) return refuse("range_narrow");
  if (deviation < settings.minDeviationMicros) return refuse("deviation_small");
  if (middle > window.low + (settings.maxAboveLowMicros ?? Infinity)) return refuse("above_low");
  const fairValue = middle + settings.reversionShare * deviation;
  const home = context.forecast.homeProbability;
  if (home !== null) {
    const forecastValue = teamProbability(home, market.team) * ONE_USD_MICROS;
    if (fairValue - forecastValue > settings.maxForecastGapMicros) {
      return refuse("forecast_disagrees");
    }
  }
  return proposeEntry({ market, fairValue, numbers }, context);
}
