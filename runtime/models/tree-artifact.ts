import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { TradingError } from "../../core/domain/errors.ts";
import { bindTrees } from "../../core/models/trees/bind.ts";
import { parseCatBoost } from "../../core/models/trees/catboost-json.ts";
import { evaluateTrees } from "../../core/models/trees/evaluate.ts";
import { parseLightGbm } from "../../core/models/trees/lightgbm-text.ts";
import { ModelFileError, type TreeModel } from "../../core/models/trees/model.ts";
import { TreeCard, TreeManifest, TreeSamples } from "./manifest.ts";

/** How far the evaluator may be from the training's own predictions. */
const TOLERANCE = 1e-9;
/** Files that every artifact has beside its models. */
const ALWAYS = { samples: "samples.json", card: "card.json", cardText: "card.md" } as const;

/** The features that the code makes, in their sequence, and the version of what they mean. */
export interface KnownFeatures {
  readonly version: string;
  readonly names: readonly string[];
}

/** An artifact that was found whole and sound. */
export interface TreeArtifact {
  readonly folder: string;
  readonly manifest: TreeManifest;
  /** Sha256 of the manifest, and by it of everything in the artifact. */
  readonly hash: string;
  /** Both read a vector in the sequence of the features they were loaded for. */
  readonly entry: TreeModel;
  readonly exit: TreeModel;
  readonly card: TreeCard;
  readonly cardText: string;
}

/**
 * Loads an artifact and proves it: every file has the hash of the manifest, both models can be read
 * whole, have the manifest's features and trees, and say of the samples what they said in training.
 *
 * @throws TradingError MODEL_INVALID naming the file, the place and what is wrong.
 */
export async function loadTreeArtifact(
  folder: string,
  known: KnownFeatures,
): Promise<TreeArtifact> {
  const content = await read(folder, "manifest.json");
  const manifest = parse(folder, "manifest.json", content, TreeManifest);
  if (manifest.featureSet !== known.version) {
    const fault = `featureSet: ${manifest.featureSet}, the code makes ${known.version}`;
    throw invalid(folder, "manifest.json", fault);
  }
  const files = await readFiles(folder, manifest);
  const text = (file: string): string => {
    const found = files.get(file);
    if (found === undefined) throw invalid(folder, "manifest.json", `files: lacks ${file}`);
    return found;
  };
  const models = {
    entry: modelOf(folder, manifest, text(manifest.entry.file), "entry"),
    exit: modelOf(folder, manifest, text(manifest.exit.file), "exit"),
  };
  reproduce(folder, parse(folder, ALWAYS.samples, text(ALWAYS.samples), TreeSamples), models);
  const bound = (kind: "entry" | "exit"): TreeModel =>
    inFile(folder, manifest[kind].file, () => bindTrees(models[kind], known.names));
  return {
    ...{ folder, manifest, hash: sha256(content), entry: bound("entry"), exit: bound("exit") },
    card: parse(folder, ALWAYS.card, text(ALWAYS.card), TreeCard),
    cardText: text(ALWAYS.cardText),
  };
}

/** What is wrong with a file of an artifact. */
function invalid(folder: string, file: string, fault: string): TradingError {
  const nextStep = "train it again, or install a whole copy: a model is never repaired by hand";
  return new TradingError("MODEL_INVALID", { file: join(folder, file), faults: [fault], nextStep });
}

async function read(folder: string, file: string): Promise<string> {
  try {
    return await readFile(join(folder, file), "utf8");
  } catch (error) {
    throw invalid(folder, file, error instanceof Error ? error.message : String(error));
  }
}

async function readFiles(
  folder: string,
  { files }: TreeManifest,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const [file, expected] of Object.entries(files)) {
    const content = await read(folder, file);
    const hash = sha256(content);
    if (hash !== expected) {
      const fault = `its sha256 is ${hash}, the manifest's ${expected}: it was changed or cut`;
      throw invalid(folder, file, fault);
    }
    found.set(file, content);
  }
  return found;
}

function modelOf(
  folder: string,
  manifest: TreeManifest,
  text: string,
  kind: "entry" | "exit",
): TreeModel {
  const { file, trees, family } = manifest[kind];
  const model = inFile(folder, file, () =>
    family === "catboost" ? parseCatBoost(text) : parseLightGbm(text),
  );
  if (model.treeCount !== trees) {
    throw invalid(folder, file, `holds ${model.treeCount} trees, the manifest says ${trees}`);
  }
  if (model.features.join("\n") !== manifest.features.join("\n")) {
    throw invalid(folder, file, "has other features than the manifest, or in another sequence");
  }
  if (kind === "entry" && model.link.kind !== "sigmoid") {
    throw invalid(folder, file, "gives no probability: its loss is not Logloss");
  }
  return model;
}

function inFile<T>(folder: string, file: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof ModelFileError) throw invalid(folder, file, error.message);
    throw error;
  }
}

function parse<T>(folder: string, file: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(folder, file, "is not JSON, or truncated");
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(folder, file, z.prettifyError(parsed.error));
}

function reproduce(
  folder: string,
  { rows, ...said }: z.infer<typeof TreeSamples>,
  models: Readonly<Record<"entry" | "exit", TreeModel>>,
): void {
  for (const kind of ["entry", "exit"] as const) {
    const fault = (what: string): TradingError => invalid(folder, ALWAYS.samples, what);
    const { length } = said[kind];
    if (length !== rows.length) {
      throw fault(`${kind}: expected ${rows.length} predictions, found ${length}`);
    }
    for (const [at, row] of rows.entries()) {
      if (row.length !== models[kind].features.length) {
        const expected = models[kind].features.length;
        throw fault(`rows[${at}]: expected ${expected} values, found ${row.length}`);
      }
      const vector = Float64Array.from(row, (value) => value ?? Number.NaN);
      const found = evaluateTrees(models[kind], vector);
      const expected = said[kind][at] ?? Number.NaN;
      if (Math.abs(found - expected) <= TOLERANCE * Math.max(1, Math.abs(expected))) continue;
      throw fault(`${kind}[${at}]: the training said ${expected}, the evaluator says ${found}`);
    }
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
