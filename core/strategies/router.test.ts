import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "./decide.ts";
import { regimeOf, type RouterConfig, routeOf } from "./router.ts";
import { CONFIG, inputOf, liveInputOf, marketOf, readingOf } from "./testing/inputs.ts";

const BORDERS = {
  volatileRangeMicros: 30_000,
  thinSpreadMicros: 30_000,
  favouriteGapMicros: 150_000,
};
/** Ten minutes before tip, forecast 60 % for a home team that is offered at 50: the strategy before tip buys. */
const EAGER = inputOf({ readings: [readingOf("elo", 0.6), readingOf("partner", 0.6)] });

function routed(weight: number): RouterConfig {
  return { borders: BORDERS, rules: [{ strategy: "pregame-anchored", weight }] };
}

describe("regimeOf", () => {
  it("calls a quiet even game before tip so", () => {
    expect(regimeOf(inputOf(), BORDERS)).toEqual({
      volatility: "calm",
      liquidity: "deep",
      phase: "pregame",
      favourite: "none",
    });
  });

  it("looks at the livelier and the wider of two books", () => {
    const markets = [marketOf("home", 49, 50, { recentRange: 30_000 }), marketOf("away", 48, 51)];
    const regime = regimeOf(liveInputOf({ markets }), BORDERS);
    expect(regime).toMatchObject({ volatility: "volatile", liquidity: "thin", phase: "live" });
  });

  it("reads the favourite from either team's book", () => {
    const home = regimeOf(inputOf({ markets: [marketOf("home", 70, 71)] }), BORDERS);
    const away = regimeOf(inputOf({ markets: [marketOf("away", 70, 71)] }), BORDERS);
    expect([home?.favourite, away?.favourite]).toEqual(["home", "away"]);
  });

  it("knows none where no book can be believed", () => {
    const markets = [marketOf("home", 49, 50, { staleBecause: "old" }), marketOf("away", null, 50)];
    expect(regimeOf(inputOf({ markets }), BORDERS)).toBeNull();
  });
});

describe("routeOf", () => {
  it("takes of a strategy's rules the first that fits, and 1 where none does", () => {
    const config: RouterConfig = {
      borders: BORDERS,
      rules: [
        { strategy: "model-edge", phase: "live", weight: 0.1 },
        { strategy: "model-edge", standing: "dog", weight: 0.2 },
        { strategy: "model-edge", weight: 0.3 },
      ],
    };
    const input = inputOf({ markets: [marketOf("home", 70, 71), marketOf("away", 29, 30)] });
    const { weights } = routeOf(input, config);
    expect(weights.find(({ strategy }) => strategy === "model-edge")).toMatchObject({
      home: 0.3,
      away: 0.2,
    });
    expect(weights.find(({ strategy }) => strategy === "mean-reversion")).toMatchObject({
      home: 1,
      away: 1,
    });
  });
});

describe("a routed decision", () => {
  const plain = decide(EAGER, CONFIG);
  const count = plain.verdicts[0]?.intent?.count ?? 0;

  it("is the same without a router, and has no route", () => {
    expect(plain.verdicts[0]?.code).toBe("propose");
    expect("route" in plain).toBe(false);
  });

  it("with weight 1 differs in its route alone", () => {
    const { route, ...rest } = decide(EAGER, { ...CONFIG, router: routed(1) });
    expect(rest).toEqual(plain);
    expect(route?.regime?.volatility).toBe("calm");
  });

  it("with weight 0 enters nothing and says why", () => {
    const { verdicts } = decide(EAGER, { ...CONFIG, router: routed(0) });
    expect(verdicts[0]).toMatchObject({ code: "not_routed", intent: null });
  });

  it("takes that share of the stake, in whole contracts", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1, noNaN: true }), (weight) => {
        const { verdicts } = decide(EAGER, { ...CONFIG, router: routed(weight) });
        const got = verdicts[0]?.intent?.count ?? 0;
        expect(got % 100).toBe(0);
        // The stake bought between `count` and one contract more.
        expect(got).toBeGreaterThan(weight * count - 100);
        expect(got).toBeLessThan(weight * (count + 100) + 1e-6);
      }),
    );
  });
});
