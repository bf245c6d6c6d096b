import type { Verdict } from "../domain/decision.ts";
import type { OwnStrategy } from "../domain/order.ts";
import { ONE_USD_MICROS } from "../domain/units.ts";
import { ownConfig } from "./config.ts";
import { type EntryContext, entryGate, marketGate, proposeEntry } from "./entry.ts";
import type { OwnNeed, ParameterSchema, Strategy } from "./own-api.ts";
import { ownSight } from "./own-sight.ts";
import { readParameters } from "./parameters.ts";
import type { GameStrategyDefinition, LeaveAnswer } from "./strategy.ts";
import { verdict } from "./verdicts.ts";

/** The code of a strategy that its user wrote, behind whatever runs it. A hook that fails throws. */
export interface OwnCode {
  /** Sha256 of the file. */
  readonly hash: string;
  readonly version: string;
  readonly summary: string;
  readonly needs: readonly OwnNeed[];
  readonly parameters: ParameterSchema;
  readonly entry: Strategy["entry"];
  /** Null where the settings alone decide about exits. */
  readonly exit: NonNullable<Strategy["exit"]> | null;
}

/**
 * A strategy that its user wrote, as one of the strategies of a game: the same gates, prices, sizes and
 * exits as those that come with Tipoff. Its code says only which team's contract it wants and what that
 * is worth. It acts only where the settings name exactly the code that was loaded.
 */
export function ownStrategy(name: OwnStrategy, code: OwnCode): GameStrategyDefinition {
  const { exit } = code;
  return {
    name,
    version: code.version,
    summary: code.summary,
    needs: code.needs,
    entry: (context) => decideEntry(name, code, context),
    exit: exit === null ? null : (context) => decideLeaving(name, code, exit, context),
  };
}

function decideEntry(name: OwnStrategy, code: OwnCode, context: EntryContext): Verdict {
  const { input, config } = context;
  const gate = entryGate(context);
  if (gate) return gate;
  const settings = ownConfig(config.strategies, name);
  if (settings.codeHash !== code.hash) return verdict(name, "not_loaded");
  if (code.needs.includes("forecast") && context.forecast.homeProbability === null) {
    return verdict(name, "no_forecast");
  }
  const clock = input.clock;
  if (code.needs.includes("live-score") && input.phase === "live") {
    if (clock === null || clock.isReconstructed) return verdict(name, "no_live_score");
    const detail = clock.staleBecause.join(",");
    if (detail !== "") return verdict(name, "clock_stale", { detail });
  }
  const answer = guarded(() =>
    code.entry(ownSight(context), readParameters(code.parameters, settings.parameters).values),
  );
  if ("failure" in answer) return verdict(name, "own_failed", { detail: answer.failure });
  if ("refusal" in answer) return verdict(name, "own_refused", { detail: answer.refusal });
  const market = input.markets.find(({ team }) => team === answer.team);
  if (market === undefined) return verdict(name, "no_market");
  const blocked = marketGate(market, context);
  if (blocked) return blocked;
  const fairValue = answer.fairValue * ONE_USD_MICROS;
  return proposeEntry({ market, fairValue, numbers: { own: answer.fairValue } }, context);
}

function decideLeaving(
  name: OwnStrategy,
  code: OwnCode,
  exit: NonNullable<OwnCode["exit"]>,
  context: EntryContext,
): LeaveAnswer {
  const settings = ownConfig(context.config.strategies, name);
  // Other code than that which entered has no say: the settings' exits still have.
  if (settings.codeHash !== code.hash) return { leaves: false, numbers: {} };
  const { values } = readParameters(code.parameters, settings.parameters);
  const answer = guarded(() => exit(ownSight(context), values));
  return "failure" in answer
    ? { leaves: false, numbers: { ownFailed: 1 } }
    : { leaves: answer.leaves, numbers: { own: answer.leaves ? 1 : 0 } };
}

/** What users wrote may fail; that costs its strategy the entry, and never the decision of the others. */
function guarded<Answer extends object>(call: () => Answer): Answer | { readonly failure: string } {
  try {
    return call();
  } catch (error) {
    return { failure: String(error) };
  }
}
