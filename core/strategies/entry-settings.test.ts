import { describe, expect, it } from "vitest";
import { instant, usdMicros } from "../domain/units.ts";
import type { DecisionInput, PositionInput } from "../domain/decision.ts";
import { countCenti, priceMicros } from "../domain/units.ts";
import type { DecisionConfig, StrategiesConfig } from "./config.ts";
import { contractsFor } from "./sizing.ts";
import { CONFIG, inputOf, liveInputOf, marketOf, TIP, withStrategy } from "./testing/inputs.ts";
import { verdictOf } from "./testing/verdict-of.ts";

type Of<Name extends "pregameAnchored" | "meanReversion"> = Partial<StrategiesConfig[Name]>;

function configOf(
  pregame: Of<"pregameAnchored">,
  reversion: Of<"meanReversion"> = {},
): DecisionConfig {
  const { strategies } = CONFIG;
  return {
    ...CONFIG,
    strategies: {
      ...strategies,
      pregameAnchored: { ...strategies.pregameAnchored, mayRest: false, ...pregame },
      meanReversion: {
        ...strategies.meanReversion,
        mayRest: false,
        minEdgeMicros: 0,
        ...reversion,
      },
    },
  };
}

/** Home at 43 to 44, worth 50 by every source: 6 cents below fair value, and 1.72 of fee. */
const cheap = inputOf({ markets: [marketOf("home", 43, 44)] });

describe("minDiscount", () => {
  it("asks its distance below fair value before fees, beside the edge after them", () => {
    const at = (minDiscountMicros: number | null) =>
      verdictOf(cheap, "pregame-anchored", configOf({ minDiscountMicros })).code;
    expect(at(null)).toBe("propose");
    expect(at(60_000)).toBe("propose");
    expect(at(60_001)).toBe("edge_below_threshold");
  });
});

describe("maxEntries", () => {
  it("bounds one strategy below the limits of the game", () => {
    const entered = withStrategy(cheap, "pregame-anchored", { entries: 1 });
    const code = (maxEntries: number | null) => {
      const config = configOf({ maxEntries });
      const limits = { ...config.limits, maxEntriesPerGame: 4 };
      return verdictOf(entered, "pregame-anchored", { ...config, limits }).code;
    };
    expect([code(null), code(2), code(1)]).toEqual(["propose", "propose", "entries_used"]);
  });
});

describe("isReentryAllowed", () => {
  it("lets a strategy that left whole come back, and is off unless it is set", () => {
    const left = withStrategy(cheap, "pregame-anchored", { hasExited: true });
    const config = configOf({});
    const allowed = { ...config, limits: { ...config.limits, isReentryAllowed: true } };
    expect(verdictOf(left, "pregame-anchored", config).code).toBe("no_reentry");
    expect(verdictOf(left, "pregame-anchored", allowed).code).toBe("propose");
  });
});

describe("a quote whose bid and ask are one price", () => {
  it("is crossed when the venue quotes it, and a price when it was derived", () => {
    const locked = (isDerived: boolean) =>
      inputOf({ markets: [marketOf("home", 44, 44, { isDerived })] });
    const code = (isDerived: boolean) =>
      verdictOf(locked(isDerived), "pregame-anchored", configOf({})).code;
    expect([code(false), code(true)]).toEqual(["crossed", "propose"]);
  });
});

/** Home at 44 in a window from 43.5 to 52 whose mean is 45. */
function swing(): DecisionInput {
  const home = marketOf("home", 43, 45, { isDerived: true });
  const window = {
    marketTicker: home.ticker,
    ...{ samples: 50, spanMs: 300_000, isWarm: true },
    ...{ low: 435_000, high: 520_000, mean: 450_000 },
  };
  return liveInputOf({
    markets: [home],
    windows: [window],
    lacks: ["live-score"],
    readings: [],
    clock: null,
  });
}
const toHigh = { anchor: "high", reversionShare: 1, minRangeMicros: 60_000 } as const;

describe("the anchor of MeanReversion", () => {
  it("is the mean, from which the price is not far enough, or the high, from which it is", () => {
    const code = (reversion: Of<"meanReversion">) =>
      verdictOf(swing(), "mean-reversion", configOf({}, reversion));
    expect(code({ ...toHigh, anchor: "mean" }).code).toBe("deviation_small");
    // Worth the high of 52 cents, for 45 and a fee of 0.07 * 0.45 * 0.55 = 1.7325 cents: 5.2675 are left.
    expect(code(toHigh)).toMatchObject({ code: "propose", edgeMicros: 52_675 });
  });

  it("may be asked for near the window's low only", () => {
    const code = (maxAboveLowMicros: number) =>
      verdictOf(swing(), "mean-reversion", configOf({}, { ...toHigh, maxAboveLowMicros })).code;
    expect([code(5_000), code(4_999)]).toEqual(["propose", "above_low"]);
  });

  it("closes so long after the scheduled tip, to the millisecond", () => {
    const sinceTip = swing().at - TIP;
    const code = (closesAfterTipMs: number) =>
      verdictOf(swing(), "mean-reversion", configOf({}, { ...toHigh, closesAfterTipMs })).code;
    expect([code(sinceTip + 1), code(sinceTip)]).toEqual(["propose", "after_window"]);
  });
});

describe("the target of a position", () => {
  it("sells when the bid has come so far above the price paid, fees apart", () => {
    const position: PositionInput = {
      marketTicker: marketOf("home", 50, 51).ticker,
      team: "home",
      count: countCenti(1_000),
      averagePrice: priceMicros(400_000),
      feesPaid: usdMicros(168_000),
      openedAt: instant(TIP),
    };
    const held = withStrategy(
      liveInputOf({ markets: [marketOf("home", 46, 47)] }),
      "mean-reversion",
      { positions: [position] },
    );
    const { exits } = CONFIG.strategies.meanReversion;
    const far = { ...exits, takeProfitMicros: 990_000, lockGainMicros: 990_000 };
    const answer = (targetMicros: number | null) =>
      verdictOf(held, "mean-reversion", configOf({}, { exits: { ...far, targetMicros } }));
    expect(answer(null).code).toBe("hold");
    expect(answer(60_001).code).toBe("hold");
    expect(answer(60_000)).toMatchObject({ code: "propose", exitType: "take-profit" });
  });
});

describe("sizing by a number of contracts", () => {
  const config = {
    ...CONFIG.strategies.modelEdge.sizing,
    method: "contracts",
    contracts: 10,
  } as const;
  const request = { fairValue: 500_000, unitCost: 450_000, capitalLeft: 2_000_000_000 };

  it("buys that number, or what cap, capital and router leave of it", () => {
    const of = (change: object, sizing: object = {}) =>
      contractsFor({ ...request, ...change }, { ...config, ...sizing });
    expect(of({})).toBe(1_000);
    expect(of({ capitalLeft: 1_000_000 })).toBe(200);
    expect(of({}, { maxEntryMicros: 1_400_000 })).toBe(300);
    expect(of({ share: 0.25 })).toBe(200);
    expect(of({ fairValue: 450_000 })).toBe(0);
  });
});
