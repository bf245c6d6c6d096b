import { expect, it } from "vitest";
import { instant } from "../core/domain/units.ts";
import { FEATURE_NAMES, FEATURES_VERSION } from "../core/models/features/list.ts";
import type { TreeModels } from "../core/strategies/model-trees.ts";
import { gameStrategies } from "../core/strategies/registry.ts";
import type { TreesOfGame } from "../core/strategies/trees-feed.ts";
import { playNight } from "./night.ts";
import { smallConfig, smallNight, sourceOf } from "./testing/small-night.ts";

const MID = FEATURE_NAMES.indexOf("price_mid");
const DAY_MS = 86_400_000;
/** Says of a contract above 70 cents that it is worth 20 more than the market's mid, and to be held for an hour. */
const HOPEFUL: TreeModels = {
  entry: {
    ...{ hash: "entry", featureSet: FEATURES_VERSION },
    predict: (features) => {
      const middle = features[MID] ?? Number.NaN;
      return middle > 0.7 ? Math.min(0.99, middle + 0.2) : 0.01;
    },
  },
  exit: {
    ...{ hash: "exit", featureSet: FEATURES_VERSION, minHoldSeconds: 60 },
    predict: () => 3_600,
  },
};

/** Minute candles: no live score, and so no forecast of the blend in play. */
async function playedWith(learnedDaysAgo: number | null) {
  const content = smallNight();
  const { startAt } = content.manifest;
  const learnedUntil = learnedDaysAgo === null ? null : instant(startAt - learnedDaysAgo * DAY_MS);
  const models = { entryModel: "entry", exitModel: "exit", absentBecause: null };
  const trees: TreesOfGame = { ...models, learnedUntil };
  const forecasts = new Set<number | null>();
  const night = await playNight(sourceOf(content), smallConfig("model-trees"), {
    strategies: gameStrategies({ trees: HOPEFUL }),
    trees,
    onDecision: (_, { forecast, verdicts: [verdict] }) => {
      if (verdict?.intent?.purpose === "entry") forecasts.add(forecast.homeProbability);
    },
  });
  expect([...forecasts]).toEqual([null]);
  const [game] = night.games;
  const refused = new Set((game?.intents ?? []).map(({ refusalCode }) => refusalCode));
  return { refused: [...refused], fills: game?.fills.length ?? 0 };
}

it("enters by its own model where there is no live score", async () => {
  const { refused, fills } = await playedWith(30);
  expect(refused).toEqual([null]);
  expect(fills).toBeGreaterThan(0);
});

it("enters nothing by a model that is too old, or of an age that nobody knows", async () => {
  expect(await playedWith(121)).toEqual({ refused: ["model_age"], fills: 0 });
  expect(await playedWith(null)).toEqual({ refused: ["model_age"], fills: 0 });
});
