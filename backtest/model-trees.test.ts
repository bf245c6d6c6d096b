import { expect, it } from "vitest";
import type { DecisionInput } from "../core/domain/decision.ts";
import { positionOfMode } from "../core/domain/stage.ts";
import { FEATURE_NAMES, FEATURES_VERSION } from "../core/models/features/list.ts";
import { decideUnder } from "../core/strategies/config.ts";
import type { TreeModels } from "../core/strategies/model-trees.ts";
import { gameStrategies } from "../core/strategies/registry.ts";
import { replayDecision } from "../core/strategies/replay.ts";
import { limitsOf, loadRiskLimits } from "../runtime/risk-limits.ts";
import { loadTipoffConfig } from "../runtime/tipoff-config.ts";
import { createWorld } from "../sim/world/world.ts";
import { playNight } from "./night.ts";

const settings = loadTipoffConfig("config/tipoff.yaml").config;
const { file } = loadRiskLimits("config/risk_limits.yaml");
const config = {
  ...settings,
  decision: {
    ...settings.decision,
    strategies: { ...settings.decision.strategies, active: ["model-trees"] as const },
  },
  limits: { ...limitsOf(file, positionOfMode("paper"), "world:7"), ...settings.limits },
};
const MID = FEATURE_NAMES.indexOf("price_mid");

/** Says of every contract that it is worth 10 cents more than the market's mid, and to be held for an hour. */
const HOPEFUL: TreeModels = {
  entry: {
    hash: "entry",
    featureSet: FEATURES_VERSION,
    predict: (features) => Math.min(0.99, (features[MID] ?? Number.NaN) + 0.1),
  },
  exit: {
    ...{ hash: "exit", featureSet: FEATURES_VERSION, minHoldSeconds: 60 },
    predict: () => 3_600,
  },
};

it("plays a night by the features of its view, and every decision of it replays to the same bytes", async () => {
  expect(MID).toBeGreaterThanOrEqual(0);
  const known = gameStrategies({ trees: HOPEFUL });
  const under = decideUnder(config.decision, config.limits);
  let unequal = 0;
  const inputs: DecisionInput[] = [];
  const world = createWorld({ seed: 7, games: 2 });
  const models = { entryModel: "entry", exitModel: "exit", absentBecause: null };
  const night = await playNight(world, config, {
    decideEveryMs: 20_000,
    strategies: known,
    trees: { ...models, learnedUntil: world.manifest.startAt },
    onDecision: (input, output) => {
      inputs.push(input);
      if (!replayDecision(JSON.stringify(input), JSON.stringify(output), under, known)) {
        unequal += 1;
      }
    },
  });
  expect(unequal).toBe(0);
  expect(Object.keys(night.byStrategy)).toEqual(["model-trees"]);
  expect(night.games.reduce((sum, { orders }) => sum + orders, 0)).toBeGreaterThan(0);
  const [first] = inputs.flatMap(({ trees, markets }) => (markets.length === 0 ? [] : [trees]));
  expect(first?.markets.map(({ values }) => values.length)).toEqual([70, 70]);
  const late = inputs.flatMap(({ trees, at }) =>
    (trees?.markets ?? []).filter(({ knownAt }) => knownAt !== null && knownAt > at),
  );
  expect(late).toEqual([]);
});

it("enters nothing without models, and says why", async () => {
  const night = await playNight(createWorld({ seed: 7, games: 1 }), config, {
    decideEveryMs: 60_000,
    trees: { entryModel: null, exitModel: null, absentBecause: "stale", learnedUntil: null },
  });
  expect(night.orders).toBe(0);
  expect(night.games[0]?.strategies[0]?.verdicts["no_model"]).toBeGreaterThan(0);
});
