import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { evaluateTrees } from "../../core/models/trees/evaluate.ts";
import { admissionRefusal, learnedUntil, nightKind, type NightToPlay } from "./admission.ts";
import { findArtifact, installArtifact, listArtifacts } from "./installed.ts";
import { KNOWN, tamper, writeArtifact } from "./testing/artifact.ts";
import { loadTreeArtifact } from "./tree-artifact.ts";
import { treesForNight } from "./trees-for-night.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "artifact-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("an artifact", () => {
  test("that is whole gives models that read the code's own vector", async () => {
    const { entry, exit, hash } = await loadTreeArtifact(writeArtifact(folder), KNOWN);
    const vector = new Float64Array(KNOWN.names.length).fill(1);
    expect(evaluateTrees(entry, vector)).toBeGreaterThan(0);
    expect(evaluateTrees(entry, vector)).toBeLessThan(1);
    expect(evaluateTrees(exit, vector)).toBeTypeOf("number");
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each([
    ["entry.json is truncated", "entry.json", '"scale_and_bias"', "", "is not JSON, or truncated"],
    [
      "its trees count double",
      "entry.json",
      '"scale_and_bias":[1',
      '"scale_and_bias":[2',
      "samples.json",
    ],
    ["an exit leaf is NaN", "exit.txt", "leaf_value=", "leaf_value=nan ", "Tree=0.leaf_value"],
    [
      "a sample is missing",
      "samples.json",
      '"entry":[',
      '"entry":[0.5,',
      "entry: expected 50 predictions, found 51",
    ],
    [
      "a row is short",
      "samples.json",
      '"rows":[[',
      '"rows":[[],[',
      "entry: expected 51 predictions",
    ],
    ["samples are other", "samples.json", '"entry":[0.', '"entry":[1.', "the training said 1."],
    ["the card says nothing", "card.json", '["orders"]', "[]", "mustNotBeUsedFor"],
  ])("is refused with its file when %s", async (_, file, part, instead, reason) => {
    writeArtifact(folder);
    tamper(folder, file, part, instead);
    await expect(loadTreeArtifact(folder, KNOWN)).rejects.toThrow(reason);
    await expect(loadTreeArtifact(folder, KNOWN)).rejects.toThrow("MODEL_INVALID");
  });

  test("is refused when a file is not the one that was hashed", async () => {
    writeFileSync(join(writeArtifact(folder), "exit.txt"), "tree\n");
    await expect(loadTreeArtifact(folder, KNOWN)).rejects.toThrow("it was changed or cut");
  });

  test.each([
    [{ featureSet: "test-0" }, "featureSet: test-0, the code makes test-1"],
    [
      { features: ["lead", "price", "range", "ratio", "team", "phase"] },
      "other features than the manifest",
    ],
    [
      { exit: { file: "exit.txt", family: "lightgbm", target: "better-held-seconds", trees: 29 } },
      "holds 30 trees, the manifest says 29",
    ],
    [
      { entry: { file: "../entry.json", family: "catboost", target: "settled", trees: 30 } },
      "the name of a file beside",
    ],
    [
      { entry: { file: "other.json", family: "catboost", target: "settled", trees: 30 } },
      "lacks other.json",
    ],
    [{ name: "Ünfit" }, "small letters, digits and dashes"],
  ] as const)("is refused when its manifest says %j", async (change, reason) => {
    const changed = structuredClone(change) as Parameters<typeof writeArtifact>[1];
    await expect(loadTreeArtifact(writeArtifact(folder, changed), KNOWN)).rejects.toThrow(reason);
  });

  test("is refused when a feature of it is not known", async () => {
    const fewer = { ...KNOWN, names: KNOWN.names.slice(1) };
    await expect(loadTreeArtifact(writeArtifact(folder), fewer)).rejects.toThrow("phase");
  });

  test("that is not there is named", async () => {
    await expect(loadTreeArtifact(join(folder, "none"), KNOWN)).rejects.toThrow("manifest.json");
  });
});

describe("a model may play", () => {
  const night = (kind: NightToPlay["kind"], date = "2026-01-01", seed: number | null = null) => ({
    ...{ kind, seed, date: date },
  });
  const learned = (kind: "world" | "recording") => ({
    name: "it",
    source: {
      ...{ kind, described: "", csvSha256: "", rows: 1, games: 1, seeds: [7, 8] },
      ...{ from: "2025-10-21", to: "2025-12-01" },
    },
  });

  test("worlds it has not learned from, and nothing else, when it is of a world", () => {
    const world = learned("world");
    expect(admissionRefusal(world, night("world", "2026-01-01", 9), 60)).toBeNull();
    expect(admissionRefusal(world, night("world", "2026-01-01", 7), 60)).toContain(
      "from world 7 itself",
    );
    expect(admissionRefusal(world, night("live"), 60)).toContain("off outside simulation");
    expect(admissionRefusal(world, night("recording"), 60)).toContain("off outside simulation");
  });

  test("nights after those it has learned from, until it is stale", () => {
    const recording = learned("recording");
    expect(admissionRefusal(recording, night("recording", "2025-12-01"), 60)).toContain(
      "it would know what comes",
    );
    expect(admissionRefusal(recording, night("recording", "2025-12-02"), 60)).toBeNull();
    expect(admissionRefusal(recording, night("live", "2026-01-30"), 60)).toBeNull();
    expect(admissionRefusal(recording, night("live", "2026-01-31"), 60)).toContain(
      "stale: it has learned until 2025-12-01, 61 days before",
    );
  });

  test("as known since the last date that it learned from was over, in a world since that night began", () => {
    const at = (kind: NightToPlay["kind"], of: "world" | "recording", date = "2026-01-01") =>
      new Date(learnedUntil(learned(of), night(kind, date))).toISOString();
    expect(at("recording", "recording")).toBe("2025-12-02T05:00:00.000Z");
    expect(at("live", "recording")).toBe("2025-12-02T05:00:00.000Z");
    // Dates of a world are invented: between them and a recording's there is no age.
    expect(at("world", "recording")).toBe("2026-01-01T05:00:00.000Z");
    expect(at("world", "world", "2025-07-01")).toBe("2025-07-01T04:00:00.000Z");
  });

  test("a night whose source is not named as a world or a recording counts as live", () => {
    expect(["world:7", "recording:x", "kalshi"].map(nightKind)).toEqual([
      "world",
      "recording",
      "live",
    ]);
  });
});

describe("installing", () => {
  const places = () => ({
    installed: join(folder, "home"),
    shipped: join(folder, "shipped"),
    features: KNOWN,
  });
  const act = { by: "ann", at: new Date("2026-11-02T00:00:00Z") };

  test("copies what is sound with where it came from, and is found before what is shipped", async () => {
    writeArtifact(join(folder, "shipped", "test"), { commit: "shipped" });
    expect((await findArtifact("test", places())).manifest.commit).toBe("shipped");
    const from = writeArtifact(join(folder, "made"));
    await installArtifact(from, places(), act);
    await installArtifact(from, places(), act);
    expect((await findArtifact("test", places())).folder).toBe(join(folder, "home", "test"));
    const [first, second, ...others] = await listArtifacts(places());
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      where: "installed",
      provenance: { from, by: "ann" },
      fault: null,
    });
    expect(second).toMatchObject({ where: "shipped", provenance: null, fault: null });
  });

  test("refuses what is not sound, and leaves nothing behind", async () => {
    const from = writeArtifact(join(folder, "made"));
    tamper(from, "samples.json", '"entry":[0.', '"entry":[1.');
    await expect(installArtifact(from, places(), act)).rejects.toThrow("MODEL_INVALID");
    expect(await listArtifacts(places())).toEqual([]);
    await expect(findArtifact("test", places())).rejects.toThrow("no model is named test");
  });

  test("the models of a night are both there or both absent with the reason", async () => {
    await installArtifact(writeArtifact(join(folder, "made")), places(), act);
    const rules = { places: places(), maxAgeDays: 60 };
    const night = (date: string): NightToPlay => ({ kind: "live", seed: null, date });
    const { entry, exit, absentBecause } = await treesForNight("test", night("2025-12-20"), rules);
    const vector = new Float64Array(KNOWN.names.length).fill(Number.NaN);
    expect([entry?.featureSet, exit?.featureSet, absentBecause]).toEqual([
      "test-1",
      "test-1",
      null,
    ]);
    expect(entry?.predict(vector)).toBeGreaterThan(0);
    // By one hash, that of all of it: the same trees with another least hold are another model.
    expect([exit?.hash, exit?.minHoldSeconds]).toEqual([entry?.hash, 60]);
    const absent = { entry: null, exit: null, learnedUntil: null };
    expect(await treesForNight("test", night("2026-12-20"), rules)).toEqual({
      ...{ ...absent, absentBecause: expect.stringContaining("stale") as string },
    });
    expect(await treesForNight("none", night("2025-12-20"), rules)).toEqual({
      ...{ ...absent, absentBecause: expect.stringContaining("no model is named none") as string },
    });
  });

  test("an installed model whose manifest was written anew is not used any more", async () => {
    await installArtifact(writeArtifact(join(folder, "made")), places(), act);
    const installed = join(folder, "home", "test");
    writeArtifact(installed, { commit: "other" });
    await expect(findArtifact("test", places())).rejects.toThrow("was written for");
    const [listed] = await listArtifacts(places());
    expect(String(listed?.fault)).toContain("was written for");
    rmSync(join(installed, "provenance.json"));
    await expect(findArtifact("test", places())).rejects.toThrow("says not where");
  });
});
