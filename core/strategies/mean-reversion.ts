import type { MarketInput, Verdict, WindowStats } from "../domain/decision.ts";
import { mid } from "../domain/market.ts";
import { ONE_USD_MICROS } from "../domain/units.ts";
import {
  bestOfMarkets,
  type EntryContext,
  entryGate,
  marketGate,
  proposeEntry,
  scoreGate,
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
  const gate = entryGate(context);
  if (gate) return gate;
  if (input.phase !== "live") return verdict(own.strategy, "not_live");
  const { closesAfterTipMs, minSecondsToGameEnd } = config.strategies.meanReversion;
  if (input.at - input.tipAt >= (closesAfterTipMs ?? Infinity)) {
    return verdict(own.strategy, "after_window");
  }
  const unscored = scoreGate(context, minSecondsToGameEnd);
  if (unscored) return unscored;
  return bestOfMarkets(context, enter);
}

function enter(market: MarketInput, context: EntryContext): Verdict {
  const { input, own, config, isBrief } = context;
  const blocked = marketGate(market, context);
  if (blocked) return blocked;
  const { anchor, reversionShare } = config.strategies.meanReversion;
  const middle = mid(market.quote);
  const window = windowOf(input.windows, market.ticker);
  const top = (anchor === "high" ? window?.high : window?.mean) ?? null;
  const deviation = top === null || middle === null ? null : top - middle;
  const fairValue = (middle ?? Number.NaN) + reversionShare * (deviation ?? Number.NaN);
  const code = refusal({ market, middle, window, deviation, fairValue }, context);
  if (code !== null && isBrief) return verdict(own.strategy, code);
  const numbers = {
    mid: middle,
    mean: window?.mean ?? null,
    range: window === null ? null : window.high - window.low,
    deviation,
    recentRange: market.recentRange,
    spanMs: window?.spanMs ?? null,
    samples: window?.samples ?? null,
  };
  if (code !== null) return verdict(own.strategy, code, { numbers, detail: market.ticker });
  return proposeEntry({ market, fairValue, numbers }, context);
}

/** What speaks against buying a dip, in the sequence in which it is looked at. */
function refusal(
  dip: {
    readonly market: MarketInput;
    readonly middle: number | null;
    readonly window: WindowStats | null;
    readonly deviation: number | null;
    readonly fairValue: number;
  },
  context: EntryContext,
): VerdictCode | null {
  const { market, middle, window, deviation, fairValue } = dip;
  const settings = context.config.strategies.meanReversion;
  if (window?.isWarm !== true || deviation === null || middle === null) return "window_cold";
  const isInBounds = middle >= settings.minPriceMicros && middle <= settings.maxPriceMicros;
  if (!isInBounds) return "price_out_of_bounds";
  if (window.high - window.low < settings.minRangeMicros) return "range_narrow";
  if (deviation < settings.minDeviationMicros) return "deviation_small";
  if (middle > window.low + (settings.maxAboveLowMicros ?? Infinity)) return "above_low";
  // The forecast is made when it is asked for: seldom does anything come so far.
  const home = context.forecast.homeProbability;
  if (home === null) return null;
  const gap = fairValue - teamProbability(home, market.team) * ONE_USD_MICROS;
  return gap > settings.maxForecastGapMicros ? "forecast_disagrees" : null;
}

function windowOf(windows: readonly WindowStats[], ticker: string): WindowStats | null {
  for (const window of windows) if (window.marketTicker === ticker) return window;
  return null;
}
