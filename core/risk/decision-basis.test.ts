import { describe, expect, it } from "vitest";
import type { DecisionInput, DecisionOutput, TreesInput, Verdict } from "../domain/decision.ts";
import { instant } from "../domain/units.ts";
import { CONFIG, liveInputOf, marketOf, strategyOf, TIP } from "../strategies/testing/inputs.ts";
import { decide } from "../strategies/decide.ts";
import { gameStrategies } from "../strategies/registry.ts";
import { basisOf } from "./decision-basis.ts";

const AT = instant(TIP + 3_000_000);
const LEARNED = instant(TIP - 40 * 86_400_000);
const KNOWN = instant(AT - 30_000);
const entry = { hash: "trees-7", featureSet: "f", predict: (of: Float64Array) => of[0] ?? NaN };
const CONFIGURED = {
  ...CONFIG,
  strategies: {
    ...CONFIG.strategies,
    modelTrees: {
      ...CONFIG.strategies.modelEdge,
      ...{ mayRest: false, model: "test", maxModelAgeDays: 30, minProbability: 0.6 },
    },
  },
};

/** What the entry model, which says what the first feature says, makes of a game without any forecast. */
function decided(pays: readonly number[], markets = [marketOf("home", 64, 65)]) {
  const input: DecisionInput = {
    ...liveInputOf({ markets, readings: [] }),
    at: AT,
    strategies: [strategyOf("model-trees")],
    trees: {
      featureSet: "f",
      entryModel: "trees-7",
      exitModel: null,
      absentBecause: null,
      learnedUntil: LEARNED,
      markets: markets.map(({ ticker }) => ({
        ...{ marketTicker: ticker, values: pays, knownAt: KNOWN },
      })),
    },
  };
  const output = decide(input, CONFIGURED, gameStrategies({ trees: { entry, exit: null } }));
  return { input, output };
}

function basisOfEntry(
  { input, output }: ReturnType<typeof decided>,
  change: Partial<Verdict> = {},
) {
  const [verdict] = output.verdicts;
  if (!verdict?.intent) throw new Error(`proposes nothing: ${String(verdict?.code)}`);
  const told: DecisionOutput = { ...output, verdicts: [{ ...verdict, ...change }] };
  return basisOf(input, told, verdict.intent);
}

describe("the basis of an entry of model-trees", () => {
  it("is its own model: what that said, its version, and the last date it learned from", () => {
    expect(basisOfEntry(decided([0.75]))).toEqual({
      decidedBy: "trees",
      decidedAt: AT,
      mid: 645_000,
      modelVersion: "trees-7",
      homeProbability: 0.75,
      forecastKnownAt: KNOWN,
      modelKnownAt: LEARNED,
      confidence: 0.5,
    });
  });

  it("turns what an away contract is worth to home", () => {
    const away = decided([0.9], [marketOf("away", 64, 65)]);
    expect(basisOfEntry(away).homeProbability).toBeCloseTo(0.1, 12);
  });

  it("has nothing of the blend in place of what the model did not say", () => {
    expect(basisOfEntry(decided([0.75]), { numbers: {} })).toMatchObject({
      ...{ decidedBy: "trees", homeProbability: null, confidence: null },
    });
    const { input, output } = decided([0.75]);
    const { learnedUntil, ...before } = input.trees ?? ({} as TreesInput);
    expect(learnedUntil).toBe(LEARNED);
    expect(basisOfEntry({ input: { ...input, trees: before }, output }).modelKnownAt).toBeNull();
    const { trees, ...bare } = input;
    expect(trees).toBeDefined();
    expect(basisOfEntry({ input: bare, output })).toMatchObject({
      ...{ modelVersion: "", forecastKnownAt: null, modelKnownAt: null },
    });
  });
});

it("is the blend for every other strategy, and for what model-trees leaves", () => {
  const { input, output } = decided([0.75]);
  const intent = output.verdicts[0]?.intent;
  if (!intent) throw new Error("proposes nothing");
  const { modelVersion } = output.forecast;
  const blend = { decidedBy: "blend", modelVersion, homeProbability: null, confidence: null };
  expect(basisOf(input, output, { ...intent, strategy: "model-edge" })).toMatchObject(blend);
  expect(basisOf(input, output, { ...intent, purpose: "exit" })).toMatchObject(blend);
});
