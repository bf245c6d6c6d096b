import { expect, it } from "vitest";
import type { MarketInput } from "../core/domain/decision.ts";
import { decide } from "../core/strategies/decide.ts";
import { clockOf, CONFIG, inputOf, marketOf, TIP } from "../core/strategies/testing/inputs.ts";
import { instant } from "../core/domain/units.ts";
import { GameLog } from "./game-log.ts";

/** What is logged of a game that is looked at once, at its tip, with these books. */
function logged(...markets: readonly MarketInput[]) {
  const log = new GameLog(TIP, TIP);
  const at = instant(TIP + 60_000);
  const input = inputOf({ at, clock: clockOf(at), phase: "live", markets });
  log.evaluated(input, decide(input, CONFIG), null);
  return log.end(true);
}

it("scores the market by a believed book alone, as the night does", () => {
  const market = (...markets: readonly MarketInput[]) =>
    logged(...markets).scores.find(({ instantName }) => instantName === "tip")?.market;
  const away = marketOf("away", 30, 32);
  expect(market(marketOf("home", 68, 71), away)).toBe(0.695);
  // A recorded book may be crossed for a moment; the live watch calls its quote stale then.
  expect(market(marketOf("home", 71, 68), away)).toBeNull();
  expect(market(marketOf("home", 68, 71, { staleBecause: "gap" }), away)).toBeNull();
  expect(market(marketOf("home", 68, 71), { ...away, staleBecause: "gap" })).toBeNull();
  expect(market(marketOf("home", 99, null), away)).toBe(0.69);
});

it("keeps no price of books that are not believed among what decisions saw", () => {
  const seen = (...markets: readonly MarketInput[]) =>
    logged(...markets).sights.map(({ bid, ask }) => [bid, ask]);
  expect(seen(marketOf("home", 68, 71))).toEqual([[680_000, 710_000]]);
  expect(seen(marketOf("home", 71, 68))).toEqual([[null, null]]);
  expect(seen(marketOf("home", 71, 72, { staleBecause: "gap" }))).toEqual([[null, null]]);
});
