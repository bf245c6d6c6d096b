import { z } from "zod";

const Hash = z.string().regex(/^[0-9a-f]{64}$/, "expected a sha256 in hex");
const Day = z.iso.date();
/** A file of the artifact itself: no path leads out of its folder. */
const FileName = z
  .string()
  .regex(/^[a-z][a-z-]*\.(json|txt|md)$/, "expected the name of a file beside");

/** What a model may be called: its folder is. */
export const ModelName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "expected small letters, digits and dashes, at most 40");
/** What a model was made of, for its card. */
export const SourceInWords = z.string().min(1, "expected some words");

/** `manifest.json` of an artifact of trees, as `tools/train/artifact.py` writes it. */
export const TreeManifest = z.strictObject({
  schemaVersion: z.literal(1),
  name: ModelName,
  trainedAt: z.iso.datetime(),
  /** Of the code that made the features. */
  commit: z.string(),
  source: z.strictObject({
    kind: z.enum(["world", "recording"]),
    described: SourceInWords,
    csvSha256: Hash,
    rows: z.int().positive(),
    games: z.int().positive(),
    /** First and last Eastern date that was learned from. */
    from: Day,
    to: Day,
    /** Seeds of the worlds that were learned from. */
    seeds: z.array(z.int().nonnegative()),
  }),
  /** Version of what the features mean, and their names in the sequence of the models. */
  featureSet: z.string().min(1),
  features: z.array(z.string().min(1)).min(1),
  rules: z.strictObject({
    /** Probability from which the training's policy entered. */
    threshold: z.number().min(0).max(1),
    /** The settings of `model-trees` that the policy of the card plays by; cents per contract. */
    minEdgeCents: z.number(),
    trust: z.number().min(0).max(1),
    minPriceCents: z.number(),
    maxPriceCents: z.number(),
    minSecondsLeft: z.number().nonnegative(),
    takeProfitCents: z.number().positive(),
    stopLossCents: z.number().positive(),
    /** Chosen by the training: the strategy leaves what the exit model gives no longer than this; 0 never leaves. */
    minHoldSeconds: z.number().nonnegative(),
    /** How far the exit model looks, seconds. */
    horizonSeconds: z.number().positive(),
  }),
  entry: z.strictObject({
    file: FileName,
    family: z.literal("catboost"),
    /** Probability that YES settles. */
    target: z.literal("settled"),
    trees: z.int().positive(),
  }),
  exit: z.strictObject({
    file: FileName,
    family: z.literal("lightgbm"),
    /** Seconds of the horizon in which selling would bring more than now, net of fees. */
    target: z.literal("better-held-seconds"),
    trees: z.int().positive(),
  }),
  training: z.record(z.string(), z.number()),
  libraries: z.record(z.string(), z.string()),
  files: z.record(FileName, Hash),
});
export type TreeManifest = z.infer<typeof TreeManifest>;

/** `samples.json`: rows of the training, null where a feature is missing, and what the libraries said of them. */
export const TreeSamples = z.strictObject({
  rows: z.array(z.array(z.number().nullable())).min(1),
  entry: z.array(z.number()),
  exit: z.array(z.number()),
});

/** What a reader of `card.json` looks for; the rest is for people. */
export const TreeCard = z.object({
  notes: z.array(z.string()),
  mustNotBeUsedFor: z.array(z.string()).min(1),
});
export type TreeCard = z.infer<typeof TreeCard>;
