import { describe, expect, it } from "vitest";
import { required } from "../core/domain/assert.ts";
import type { DecisionInput } from "../core/domain/decision.ts";
import type { DecisionConfig } from "../core/strategies/config.ts";
import { decide } from "../core/strategies/decide.ts";
import { marketGate } from "../core/strategies/entry.ts";
import { routeOf, type RouterRule } from "../core/strategies/router.ts";
import { CONFIG, inputOf, liveInputOf, marketOf } from "../core/strategies/testing/inputs.ts";
import { PACKAGE_ROOT } from "./package-root.ts";
import { loadTipoffConfig } from "./tipoff-config.ts";

const { config } = loadTipoffConfig(`${PACKAGE_ROOT}config/tipoff.yaml`);
const router = required(config.routerRules, "rules of the shipped settings");
/** As shipped, with the narrowest spread that any stage allows. */
const shipped: DecisionConfig = {
  ...config.decision,
  limits: { ...CONFIG.limits, ...config.limits, maxSpreadMicros: 30_000 },
};

/** Games of every kind: before tip and in play, each spread, movement and price of home. */
const INPUTS: readonly DecisionInput[] = [inputOf, liveInputOf].flatMap((make) =>
  [1, 2, 3].flatMap((spread) =>
    [0, 0.5, 1, 1.5, 2, 2.5, 3].flatMap((range) =>
      [20, 50, 80].map((home) => {
        const recentRange = range * 10_000;
        const markets = [
          marketOf("home", home, home + spread, { recentRange }),
          marketOf("away", 100 - home - spread, 100 - home, { recentRange }),
        ];
        return make({ markets });
      }),
    ),
  ),
);

const forecast = decide(inputOf(), CONFIG).forecast;

/** Of the entries that `marketGate` lets through without a router: whether each is weighted otherwise without a rule. */
function changedBy(rule: RouterRule): readonly boolean[] {
  const { strategy } = rule;
  const without = { ...router, rules: router.rules.filter((one) => one !== rule) };
  return INPUTS.flatMap((input) => {
    const { strategies, markets } = input;
    const own = required(
      strategies.find((one) => one.strategy === strategy),
      "a strategy that plays",
    );
    const context = { ...{ input, strategies, forecast, own, config: shipped }, isBrief: false };
    const [routed, other] = [router, without].map((rules) =>
      routeOf(input, rules).weights.find((one) => one.strategy === strategy),
    );
    return markets
      .filter((market) => marketGate(market, { ...context, weight: null }) === null)
      .map(({ team }) => routed?.[team] !== other?.[team]);
  });
}

describe("the rules of the shipped router", () => {
  it.each(router.rules.map((rule) => [JSON.stringify(rule), rule] as const))(
    "%s changes some entries that are not refused before, and not all",
    (_, rule) => {
      expect(new Set(changedBy(rule))).toEqual(new Set([false, true]));
    },
  );

  it("keep mean reversion out of a thin book, however calm it is", () => {
    const markets = [marketOf("home", 49, 52), marketOf("away", 48, 51)];
    const { regime, weights } = routeOf(liveInputOf({ markets }), router);
    expect(regime).toMatchObject({ volatility: "calm", liquidity: "thin" });
    expect(weights.find(({ strategy }) => strategy === "mean-reversion")).toMatchObject({
      ...{ home: 0, away: 0 },
    });
  });
});
