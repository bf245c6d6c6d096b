import { join } from "node:path";
import { expect, test } from "vitest";
import { playNight } from "../../backtest/night.ts";
import { smallConfig } from "../../backtest/testing/small-night.ts";
import { FEATURE_NAMES, FEATURES_VERSION } from "../../core/models/features/list.ts";
import { gameStrategies } from "../../core/strategies/registry.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { createWorld } from "../../sim/world/world.ts";
import { treesForNight, treesOfGame } from "./trees-for-night.ts";
import { listArtifacts } from "./installed.ts";

const places = {
  installed: "/nowhere",
  shipped: join(PACKAGE_ROOT, "artifacts", "models"),
  features: { version: FEATURES_VERSION, names: FEATURE_NAMES },
};

/** A world in which the model enters, and later leaves by its own word. */
const SEED = 12;

test("every model that comes with the product is sound, and of worlds", async () => {
  const found = await listArtifacts(places);
  expect(found.map(({ name }) => name)).toEqual(["world"]);
  for (const { artifact, fault } of found) {
    expect(fault).toBeNull();
    expect(artifact?.manifest.source.kind).toBe("world");
    expect(artifact?.manifest.features).toEqual(FEATURE_NAMES);
  }
});

test("the model of worlds plays other worlds, and is off everywhere else", async () => {
  const rules = { places, maxAgeDays: 60 };
  const night = { seed: null, date: "2026-11-29" };
  const simulated = await treesForNight("world", { ...night, kind: "world", seed: 7 }, rules);
  expect(simulated.absentBecause).toBeNull();
  const missing = new Float64Array(FEATURE_NAMES.length).fill(Number.NaN);
  const probability = simulated.entry?.predict(missing) ?? Number.NaN;
  expect(probability > 0 && probability < 1).toBe(true);
  for (const kind of ["live", "recording"] as const) {
    const { entry, exit, absentBecause } = await treesForNight("world", { ...night, kind }, rules);
    expect([entry, exit]).toEqual([null, null]);
    expect(absentBecause).toContain("off outside simulation");
  }
});

test("its exit model leaves a position of a world that it has not learned from", async () => {
  const rules = { places, maxAgeDays: 60 };
  const world = createWorld({ seed: SEED, games: 1 });
  const { date } = world.manifest;
  const trees = await treesForNight("world", { kind: "world", seed: SEED, date }, rules);
  const { entry, exit } = trees;
  const left: (number | null)[] = [];
  const night = await playNight(world, smallConfig("model-trees"), {
    strategies: gameStrategies({ trees: { entry, exit } }),
    trees: treesOfGame(trees, null),
    recorded: "as-live",
    onDecision: (_, { verdicts }) => {
      const [verdict] = verdicts;
      // Only where nothing else sold is the exit model asked: then its numbers are with the proposal.
      const hold = verdict?.numbers["holdSeconds"];
      if (verdict?.intent?.purpose === "exit" && hold !== undefined) left.push(hold);
    },
  });
  expect(left.length).toBeGreaterThan(0);
  for (const hold of left) expect(hold).toBeLessThanOrEqual(exit?.minHoldSeconds ?? 0);
  expect(night.games[0]?.strategies[0]?.exits).toBeGreaterThan(0);
});
