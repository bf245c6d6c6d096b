import { describe, expect, it } from "vitest";
import { FEATURE_NAMES, FEATURES_VERSION } from "../core/models/features/list.ts";
import type { LoadedTrees, TreeModels } from "../core/strategies/model-trees.ts";
import { gameStrategies } from "../core/strategies/registry.ts";
import type { FactSource } from "../sim/facts.ts";
import { createWorld } from "../sim/world/world.ts";
import type { FeatureRow } from "./feature-desk.ts";
import { featureRows } from "./feature-rows.ts";
import { NIGHT_DEFAULTS, playNight } from "./night.ts";
import { smallConfig, smallNight, sourceOf } from "./testing/small-night.ts";

const MINUTE_MS = 60_000;
const place = (name: string): number => FEATURE_NAMES.indexOf(name);
const model = (hash: string, predict: LoadedTrees["predict"]): LoadedTrees => {
  return { hash, featureSet: FEATURES_VERSION, predict };
};
/** Buys in every market, and sells what it has bought at the next look: our own orders are no news to a model. */
const BUSY: TreeModels = {
  entry: model("entry", (features) => Math.min(0.99, (features[place("price_mid")] ?? NaN) + 0.2)),
  exit: { ...model("exit", () => 0), minHoldSeconds: 1 },
};

/** What decisions on each market were made by: `null` where a feature is missing. */
async function decidedBy(source: FactSource) {
  const seen = new Map<string, readonly (number | null)[]>();
  const night = await playNight(source, smallConfig("model-trees"), {
    strategies: gameStrategies({ trees: BUSY }),
    trees: {
      ...{ entryModel: "entry", exitModel: "exit", absentBecause: null },
      learnedUntil: source.manifest.startAt,
    },
    onDecision: ({ at, trees }) => {
      for (const { marketTicker, values } of trees?.markets ?? []) {
        seen.set(`${marketTicker} ${at}`, values);
      }
    },
  });
  return { seen, orders: night.orders };
}

async function rowsOf(source: FactSource): Promise<readonly FeatureRow[]> {
  const settings = { config: smallConfig(), everyMs: MINUTE_MS, holdMs: 15 * MINUTE_MS };
  const rows: FeatureRow[] = [];
  for await (const row of featureRows(source, { ...settings, fees: NIGHT_DEFAULTS.fees })) {
    rows.push(row);
  }
  return rows;
}

describe.each([
  ["a night of candles", () => sourceOf(smallNight()), 150],
  ["a world", () => createWorld({ seed: 7, games: 1 }), 300],
])("the rows that models learn from, of %s", (_, open, leastRows) => {
  it("are what decisions at the same instants see, value by value", async () => {
    const rows = await rowsOf(open());
    const { seen, orders } = await decidedBy(open());
    expect(orders).toBeGreaterThan(0);
    expect(rows.length).toBeGreaterThan(leastRows);
    const stored = (row: FeatureRow) =>
      Array.from(row.features, (value) => (Number.isNaN(value) ? null : value));
    const trained = rows.map((row) => [row.marketTicker, row.at, stored(row)]);
    const traded = rows.map(({ marketTicker, at }) => {
      return [marketTicker, at, seen.get(`${marketTicker} ${at}`)];
    });
    expect(trained).toEqual(traded);
  });
});

it("know nothing of the volume of a whole minute, which the venue's stream does not tell", async () => {
  const content = smallNight();
  expect(content.facts.some(({ kind }) => kind === "volume")).toBe(true);
  const rows = await rowsOf(sourceOf(content));
  const volumes = rows.map(({ features }) => features[place("micro_volume_300s")]);
  expect(new Set(volumes)).toEqual(new Set([NaN]));
});
