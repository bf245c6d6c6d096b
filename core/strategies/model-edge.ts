import type { MarketInput, Verdict } from "../domain/decision.ts";
import { gameTime } from "../domain/game-clock.ts";
import { mid } from "../domain/market.ts";
import {
  bestVerdict,
  type EntryContext,
  entryGate,
  marketGate,
  proposeEntry,
  trustedValue,
} from "./entry.ts";
import type { GameStrategyDefinition } from "./strategy.ts";
import { type VerdictCode, verdict } from "./verdicts.ts";

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
  const settings = config.strategies.modelEdge;
  const refuse = (code: VerdictCode, detail: string | null = null): Verdict =>
    verdict(own.strategy, code, { detail });
  const gate = entryGate(context);
  if (gate) return gate;
  if (input.phase !== "live") return refuse("not_live");
  const { clock } = input;
  if (clock === null || clock.isReconstructed || clock.state !== "in") {
    return refuse("no_live_score");
  }
  if (clock.staleBecause.length > 0) return refuse("clock_stale", clock.staleBecause.join(","));
  if (gameTime(clock).secsToGameEnd < settings.minSecondsToGameEnd) return refuse("too_late");
  const home = context.forecast.homeProbability;
  if (home === null) return refuse("no_forecast");
  const verdicts = input.markets.map((market) => enter(market, home, context));
  return bestVerdict(verdicts, own.strategy);
}

function enter(market: MarketInput, home: number, context: EntryContext): Verdict {
  const { input, own, config } = context;
  const settings = config.strategies.modelEdge;
  const blocked = marketGate(market, context);
  if (blocked) return blocked;
  const middle = mid(market.quote);
  const numbers = { home, mid: middle, recentRange: market.recentRange };
  const refuse = (code: VerdictCode): Verdict =>
    verdict(own.strategy, code, { numbers, detail: market.ticker });
  if (middle === null || middle < settings.minPriceMicros || middle > settings.maxPriceMicros) {
    return refuse("price_out_of_bounds");
  }
  const fairValue =
    trustedValue(input.markets, market.team, home, settings.trust, true) ?? Number.NaN;
  return proposeEntry({ market, fairValue, numbers }, context);
}
