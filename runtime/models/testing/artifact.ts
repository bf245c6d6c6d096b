import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readReferences } from "../../../test/references/read.ts";
import type { TreeManifest } from "../manifest.ts";
import type { KnownFeatures } from "../tree-artifact.ts";

const Rows = z.object({
  features: z.array(z.string()),
  rows: z.array(z.array(z.number().nullable())),
  predictions: z.record(z.string(), z.array(z.number())),
});

/** The features of the reference models, and one that they do not read. */
export const KNOWN: KnownFeatures = {
  version: "test-1",
  names: ["phase", "team", "other", "ratio", "range", "lead", "price"],
};

/** A sound artifact of the reference models in a folder. @returns the folder. */
export function writeArtifact(folder: string, change: Partial<TreeManifest> = {}): string {
  mkdirSync(folder, { recursive: true });
  const { features, rows, predictions } = readReferences("trees/rows", Rows);
  const reference = (file: string): string =>
    new URL(`../../../test/references/trees/${file}`, import.meta.url).pathname;
  cpSync(reference("catboost-logloss.json"), join(folder, "entry.json"));
  cpSync(reference("lightgbm-none.txt"), join(folder, "exit.txt"));
  const json = (file: string, content: unknown): void => {
    writeFileSync(join(folder, file), JSON.stringify(content));
  };
  const said = (name: string): readonly number[] => predictions[name]?.slice(0, 50) ?? [];
  json("samples.json", {
    rows: rows.slice(0, 50),
    entry: said("catboost-logloss"),
    exit: said("lightgbm-none"),
  });
  json("card.json", { notes: ["AUC: no edge shown."], mustNotBeUsedFor: ["orders"] });
  writeFileSync(join(folder, "card.md"), "# Model test\n");
  const names = ["entry.json", "exit.txt", "samples.json", "card.json", "card.md"];
  const manifest: TreeManifest = {
    ...{ schemaVersion: 1, name: "test", trainedAt: "2026-11-01T00:00:00Z", commit: "abc" },
    source: {
      ...{ kind: "recording", described: "nights", csvSha256: "0".repeat(64), rows: 9, games: 3 },
      ...{ from: "2025-10-21", to: "2025-12-01", seeds: [] },
    },
    ...{ featureSet: "test-1", features },
    rules: {
      ...{ threshold: 0.6, minEdgeCents: 1, trust: 1, minPriceCents: 12, maxPriceCents: 88 },
      ...{ minSecondsLeft: 240, takeProfitCents: 40, stopLossCents: 45 },
      ...{ minHoldSeconds: 60, horizonSeconds: 1_800 },
    },
    entry: { file: "entry.json", family: "catboost", target: "settled", trees: 30 },
    exit: { file: "exit.txt", family: "lightgbm", target: "better-held-seconds", trees: 30 },
    ...{ training: { folds: 4 }, libraries: { catboost: "1.2.8" } },
    files: Object.fromEntries(names.map((name) => [name, hashOf(join(folder, name))])),
    ...change,
  };
  json("manifest.json", manifest);
  return folder;
}

function hashOf(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

/** Replaces a part of a file of an artifact, and puts its new hash into the manifest. */
export function tamper(folder: string, file: string, part: string, instead: string): void {
  const path = join(folder, file);
  const text = readFileSync(path, "utf8");
  if (!text.includes(part)) throw new Error(`${file} does not hold ${part}`);
  const before = hashOf(path);
  writeFileSync(path, text.replace(part, instead));
  const manifest = join(folder, "manifest.json");
  writeFileSync(manifest, readFileSync(manifest, "utf8").replace(before, hashOf(path)));
}
