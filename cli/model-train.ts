import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadTipoffConfig } from "../runtime/tipoff-config.ts";
import type { KnownFeatures } from "../runtime/models/tree-artifact.ts";
import { codeCommit } from "../runtime/code-commit.ts";
import { assertTrainable } from "./training-data.ts";
import { failed, print, refused, wrongUse } from "./output.ts";
import { run, TRAINER, trainingPython } from "./train-environment.ts";

/** What a training is asked for. */
export interface Training {
  readonly data: string;
  readonly out: string;
  readonly name: string;
  readonly described: string;
  readonly features: KnownFeatures;
  /** The interpreter, and where an environment of its own may be made. */
  readonly python: string;
  readonly environment: string;
  /** Options handed on to `tools/train/train.py` as they are. */
  readonly more: readonly string[];
}

const MICROS_PER_CENT = 10_000;
const SECOND_MS = 1_000;

/**
 * The settings of `model-trees` as options of `train.py`, so that its policy is the strategy's.
 *
 * @throws CommandError when the settings have none; TradingError CONFIG_INVALID naming file, key and value.
 */
export function strategyRules(file: string): readonly string[] {
  const { decision, view } = loadTipoffConfig(file).config;
  const { modelTrees } = decision.strategies;
  if (modelTrees === undefined) {
    throw wrongUse(
      `${file} has no section strategies.modelTrees`,
      "the card's policy is the strategy's: take config/tipoff.yaml for a pattern",
    );
  }
  const rules = {
    threshold: modelTrees.minProbability,
    trust: modelTrees.trust,
    "min-edge-cents": modelTrees.minEdgeMicros / MICROS_PER_CENT,
    "min-price-cents": modelTrees.minPriceMicros / MICROS_PER_CENT,
    "max-price-cents": modelTrees.maxPriceMicros / MICROS_PER_CENT,
    "min-seconds-left": modelTrees.minSecondsToGameEnd,
    "take-profit-cents": modelTrees.exits.takeProfitMicros / MICROS_PER_CENT,
    "stop-loss-cents": modelTrees.exits.stopLossMicros / MICROS_PER_CENT,
    "tip-delay-seconds": view.assumedTipDelayMs / SECOND_MS,
  };
  return Object.entries(rules).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

/** What `train.py` answers when features know what comes. */
const SUSPECT = 3;

/**
 * Trains a model with the Python tool, and says how far it is.
 *
 * @returns the folder of the artifact.
 * @throws CommandError with the tool's own words when it ends without one.
 */
export async function trainModel(training: Training): Promise<string> {
  const out = resolve(training.out);
  const { data, name, described, features, more } = training;
  if (!existsSync(data)) {
    throw wrongUse(`${data} is not there`, "`npx tipoff features export` makes it");
  }
  if (existsSync(out)) {
    throw wrongUse(
      `${out} is there already`,
      "an artifact is never written over: name another --out",
    );
  }
  // Before an environment is made, which takes minutes.
  await assertTrainable(data);
  const python = await trainingPython(training.environment, training.python);
  const named = { data, out, name, described };
  const args = [
    join(TRAINER, "train.py"),
    ...Object.entries(named).flatMap(([option, value]) => [`--${option}`, value]),
    ...["--feature-set", features.version, "--commit", codeCommit()],
    ...["--trained-at", new Date().toISOString()],
    ...more,
  ];
  const { code, errors } = await run(python, args, print);
  if (code === 0) return out;
  const said = errors.join("\n") || `the training ended with ${code ?? "a signal"}`;
  if (code === SUSPECT) {
    throw refused(said, "take these features out of the export, or find how they know");
  }
  throw failed(said, "`tools/train/README.md` says what the CSV must be");
}
