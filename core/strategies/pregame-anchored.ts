import type { MarketInput, Verdict } from "../domain/decision.ts";
import {
  bestOfMarkets,
  type EntryContext,
  entryGate,
  forecastValue,
  marketGate,
  proposeEntry,
} from "./entry.ts";
import type { GameStrategyDefinition } from "./strategy.ts";
import { type VerdictCode, verdict } from "./verdicts.ts";

/** PregameAnchored: one attempt a game, for ever, inside a window before tip, anchored to model and partner. */
export const pregameAnchored: GameStrategyDefinition = {
  name: "pregame-anchored",
  version: "1",
  summary:
    "One attempt a game, inside a window before tip, anchored to ratings, injuries and the partner.",
  needs: ["forecast"],
  entry: decideEntry,
  exit: null,
};

function decideEntry(context: EntryContext): Verdict {
  const { input, own, config } = context;
  const settings = config.strategies.pregameAnchored;
  const gate = entryGate(context);
  if (gate) return gate;
  if (own.pregameAttempts > 0) return verdict(own.strategy, "attempt_used");
  if (input.phase !== "pregame") return verdict(own.strategy, "not_pregame");
  const toTipMs = input.tipAt - input.at;
  if (toTipMs > settings.windowOpensBeforeTipMs) return outside("before_window", toTipMs, context);
  if (toTipMs < settings.windowClosesBeforeTipMs) return outside("after_window", toTipMs, context);
  if (context.forecast.homeProbability === null) return verdict(own.strategy, "no_forecast");
  return bestOfMarkets(context, enter);
}

function outside(code: VerdictCode, toTipMs: number, { own, isBrief }: EntryContext): Verdict {
  return verdict(own.strategy, code, isBrief ? undefined : { numbers: { toTipMs } });
}

function enter(market: MarketInput, context: EntryContext): Verdict {
  const blocked = marketGate(market, context);
  if (blocked) return blocked;
  const { input, config, forecast } = context;
  const fairValue = forecastValue(market, context, config.strategies.pregameAnchored.trust);
  const numbers = { toTipMs: input.tipAt - input.at, home: forecast.homeProbability };
  return proposeEntry({ market, fairValue, numbers }, context);
}
