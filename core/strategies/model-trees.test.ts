import { describe, expect, it } from "vitest";
import type { DecisionInput, Verdict } from "../domain/decision.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../domain/units.ts";
import type { DecisionConfig } from "./config.ts";
import { decide } from "./decide.ts";
import type { TreeModels } from "./model-trees.ts";
import { gameStrategies } from "./registry.ts";
import { CONFIG, liveInputOf, marketOf, strategyOf, TIP } from "./testing/inputs.ts";

const AT = instant(TIP + 3_000_000);
/** The entry model reads the first feature, the exit model the second. */
const MODELS: TreeModels = {
  entry: { hash: "e", featureSet: "f", predict: (features) => features[0] ?? Number.NaN },
  exit: {
    ...{ hash: "x", featureSet: "f", minHoldSeconds: 30 },
    predict: (features) => features[1] ?? Number.NaN,
  },
};
const { modelEdge } = CONFIG.strategies;
const TREES: DecisionConfig = {
  ...CONFIG,
  strategies: {
    ...CONFIG.strategies,
    modelTrees: {
      ...modelEdge,
      mayRest: false,
      model: "test",
      maxModelAgeDays: 30,
      minProbability: 0.6,
    },
  },
};

function inputWith(
  values: readonly (number | null)[],
  changes: Partial<DecisionInput> = {},
  own: Partial<DecisionInput["strategies"][number]> = {},
): DecisionInput {
  const market = marketOf("home", 64, 65);
  const input = liveInputOf({ markets: [market], ...changes });
  return {
    ...input,
    strategies: [strategyOf("model-trees", own)],
    trees: {
      featureSet: "f",
      entryModel: "e",
      exitModel: "x",
      absentBecause: null,
      markets: [{ marketTicker: market.ticker, values, knownAt: AT }],
      ...changes.trees,
    },
  };
}

function verdictOf(input: DecisionInput, models = MODELS, config = TREES): Verdict | undefined {
  return decide(input, config, gameStrategies({ trees: models })).verdicts[0];
}

describe("the entry of model-trees", () => {
  it("buys where the model's probability is worth more than the ask", () => {
    // Trust 1: fair value 75 cents against an ask of 65 and its fee.
    const verdict = verdictOf(inputWith([0.75, 600]));
    expect(verdict).toMatchObject({ strategy: "model-trees", code: "propose" });
    expect(verdict?.intent?.fairValue).toBe(750_000);
  });

  it("does not where the probability is below 60 %, however cheap the contract", () => {
    const cheap = inputWith([0.59, 600], { markets: [marketOf("home", 30, 31)] });
    expect(verdictOf(cheap)?.code).toBe("probability_low");
  });

  it("does not where the edge does not pay the fee", () => {
    expect(verdictOf(inputWith([0.655, 600]))?.code).toBe("edge_below_threshold");
  });

  it("does nothing by another model than the input names, nor by none", () => {
    const other = { ...MODELS, entry: { hash: "new", featureSet: "f", predict: () => 0.9 } };
    expect(verdictOf(inputWith([0.75, 600]), other)?.code).toBe("no_model");
    expect(verdictOf(inputWith([0.75, 600]), { entry: null, exit: null })?.code).toBe("no_model");
  });

  it("does nothing without features, or with one that was known later", () => {
    const ticker = marketOf("home", 64, 65).ticker;
    const trees = (knownAt: number | null) => ({
      ...{ featureSet: "f", entryModel: "e", exitModel: "x", absentBecause: null },
      markets: [
        {
          marketTicker: ticker,
          values: [0.75, 1],
          knownAt: knownAt === null ? null : instant(knownAt),
        },
      ],
    });
    expect(verdictOf(inputWith([], { trees: trees(null) }))?.code).toBe("no_features");
    expect(verdictOf(inputWith([], { trees: trees(AT + 1) }))?.code).toBe("no_features");
  });

  it("hands what is missing to the model as NaN", () => {
    let seen: number | undefined;
    const spying = {
      ...MODELS,
      entry: { hash: "e", featureSet: "f", predict: (f: Float64Array) => (seen = f[1]) ?? 0 },
    };
    verdictOf(inputWith([0.75, null]), spying);
    expect(seen).toBeNaN();
  });
});

describe("the exit of model-trees", () => {
  const held = {
    entries: 1,
    positions: [
      {
        marketTicker: marketOf("home", 64, 65).ticker,
        team: "home" as const,
        count: countCenti(1_000),
        averagePrice: priceMicros(620_000),
        feesPaid: usdMicros(0),
        openedAt: instant(AT - 60_000),
      },
    ],
  };

  it("leaves when the model gives the position no more than the model's own least hold", () => {
    const verdict = verdictOf(inputWith([0.9, 30], {}, held));
    expect(verdict).toMatchObject({ code: "propose", exitType: "take-profit" });
    expect(verdict?.numbers).toMatchObject({ holdSeconds: 30, minHoldSeconds: 30 });
  });

  it("never leaves by a model whose training found no hold too short", () => {
    const exit = { hash: "x", featureSet: "f", minHoldSeconds: 0, predict: () => -1 };
    const verdict = verdictOf(inputWith([0.9, 0], {}, held), { ...MODELS, exit });
    expect(verdict).toMatchObject({ code: "hold", numbers: { holdSeconds: -1 } });
  });

  it("holds while it gives it longer, and where the model is not there", () => {
    expect(verdictOf(inputWith([0.9, 31], {}, held))?.code).toBe("hold");
    expect(verdictOf(inputWith([0.9, 1], {}, held), { ...MODELS, exit: null })?.code).toBe("hold");
  });

  it("never stays longer than the settings allow", () => {
    const stopped = inputWith([0.9, 9_999], { markets: [marketOf("home", 40, 41)] }, held);
    expect(verdictOf(stopped)).toMatchObject({ code: "propose", exitType: "stop-loss" });
  });
});

describe("a game that the settings do not fit", () => {
  it("does nothing where the strategy has no settings or is not known", () => {
    expect(verdictOf(inputWith([0.75, 600]), MODELS, CONFIG)?.code).toBe("not_loaded");
    const own = { ...inputWith([0.75, 600]), strategies: [strategyOf("own-lost")] };
    expect(verdictOf(own)).toMatchObject({ strategy: "own-lost", code: "not_loaded" });
  });
});
