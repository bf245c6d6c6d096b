import type { Verdict } from "../domain/decision.ts";
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
  const refuse = (code: VerdictCode, numbers: Record<string, number> = {}): Verdict =>
    verdict(own.strategy, code, { numbers });
  const gate = entryGate(context);
  if (gate) return gate;
  if (own.pregameAttempts > 0) return refuse("attempt_used");
  if (input.phase !== "pregame") return refuse("not_pregame");
  const toTipMs = input.tipAt - input.at;
  if (toTipMs > settings.windowOpensBeforeTipMs) return refuse("before_window", { toTipMs });
  if (toTipMs < settings.windowClosesBeforeTipMs) return refuse("after_window", { toTipMs });
  const home = context.forecast.homeProbability;
  if (home === null) return refuse("no_forecast");
  const verdicts = input.markets.map((market) => {
    const blocked = marketGate(market, context);
    if (blocked) return blocked;
    const fairValue =
      trustedValue(input.markets, market.team, home, settings.trust, true) ?? Number.NaN;
    return proposeEntry({ market, fairValue, numbers: { toTipMs, home } }, context);
  });
  return bestVerdict(verdicts, own.strategy);
}
