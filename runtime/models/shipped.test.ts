import { join } from "node:path";
import { expect, test } from "vitest";
import { FEATURE_NAMES, FEATURES_VERSION } from "../../core/models/features/list.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { treesForNight } from "./trees-for-night.ts";
import { listArtifacts } from "./installed.ts";

const places = {
  installed: "/nowhere",
  shipped: join(PACKAGE_ROOT, "artifacts", "models"),
  features: { version: FEATURES_VERSION, names: FEATURE_NAMES },
};

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
