import { userInfo } from "node:os";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import {
  type ArtifactPlaces,
  findArtifact,
  type FoundArtifact,
  installArtifact,
  listArtifacts,
} from "../../runtime/models/installed.ts";
import { ModelName, SourceInWords } from "../../runtime/models/manifest.ts";
import { loadTreeArtifact, type TreeArtifact } from "../../runtime/models/tree-artifact.ts";
import { FEATURE_NAMES, FEATURES_VERSION } from "../../core/models/features/list.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { type HomeOption, openHome, withHome } from "../context.ts";
import { strategyRules, trainModel } from "../model-train.ts";
import {
  action,
  EXIT,
  integerOption,
  numberOption,
  print,
  printJson,
  reasonOf,
  table,
  typedOption,
} from "../output.ts";

const FEATURES = { version: FEATURES_VERSION, names: FEATURE_NAMES };
const HASH_SHOWN = 12;
const DAY_MS = 86_400_000;

interface JsonOption extends HomeOption {
  readonly json?: boolean;
}

interface TrainOptions extends HomeOption {
  readonly data: string;
  readonly out: string;
  readonly name: string;
  readonly described: string;
  readonly python: string;
  readonly folds: number;
  readonly firstShare: number;
  readonly embargoHours: number;
  readonly threads: number;
  readonly strategyConfig: string;
}

/** `tipoff model`: the trees of the strategy `model-trees`, from training to use. */
export function registerModel(program: Command): void {
  const model = program.command("model").description("train, look at and install models of trees");
  registerTrain(model);
  withHome(model.command("card"))
    .description(
      "what a model is, how it did on what it had not seen, and what it must not be used for",
    )
    .argument("<model>", "name of a model, or the folder of an artifact")
    .option("--json", "answer as JSON")
    .action(action(card));
  withHome(model.command("install"))
    .description("prove an artifact and copy it into the home; it plays no night by that alone")
    .argument("<dir>", "folder that `tipoff model train` wrote")
    .option("--json", "answer as JSON")
    .action(action(install));
  withHome(model.command("list"))
    .description("the models that are there: source, age, hash, and whether they are sound")
    .option("--json", "answer as JSON")
    .action(action(list));
}

function registerTrain(model: Command): void {
  withHome(model.command("train"))
    .description("train an entry and an exit model from a feature export, in Python")
    .requiredOption("--data <file>", "CSV of `tipoff features export`")
    .requiredOption("--out <dir>", "folder of the artifact, which is not there yet")
    .requiredOption("--name <name>", "small letters, digits and dashes", typedOption(ModelName))
    .requiredOption(
      "--described <text>",
      "the source in words, for the card",
      typedOption(SourceInWords),
    )
    .option("--folds <n>", "tests, one after the other", integerOption(1, 20), 4)
    .option(
      "--first-share <share>",
      "of the dates that is never tested",
      numberOption(0.1, 0.9),
      0.5,
    )
    .option(
      "--embargo-hours <h>",
      "between what is learned from and tested",
      numberOption(0, 720),
      12,
    )
    .option("--threads <n>", "of the libraries", integerOption(1, 64), 2)
    .option(
      "--strategy-config <file>",
      "settings of model-trees that the card's policy plays by",
      `${PACKAGE_ROOT}config/tipoff.yaml`,
    )
    .option(
      "--python <file>",
      "interpreter; without the libraries it makes an environment in the home",
      "python3",
    )
    .action(action(train));
}

async function train(options: TrainOptions): Promise<number> {
  const { home } = openHome(options);
  const { data, out, name, described, python, folds, firstShare, embargoHours } = options;
  const folder = await trainModel({
    ...{ data, out, name, described, python, features: FEATURES },
    environment: home.training,
    more: [
      ...["--folds", String(folds), "--first-share", String(firstShare)],
      ...["--embargo-hours", String(embargoHours), "--threads", String(options.threads)],
      ...strategyRules(options.strategyConfig),
    ],
  });
  const { card: found, hash } = await loadTreeArtifact(folder, FEATURES);
  print(`wrote        ${folder}, ${hash.slice(0, HASH_SHOWN)}; its samples are reproduced`);
  for (const note of found.notes) print(`             ${note}`);
  print(`next         npx tipoff model card ${folder}; npx tipoff model install ${folder}`);
  return EXIT.done;
}

async function card(model: string, options: JsonOption): Promise<number> {
  const isFolder = existsSync(join(model, "manifest.json"));
  const found = isFolder
    ? await loadTreeArtifact(resolve(model), FEATURES)
    : await findArtifact(model, placesOf(options));
  if (options.json) printJson({ hash: found.hash, folder: found.folder, ...found.card });
  else print(found.cardText.trimEnd());
  return EXIT.done;
}

async function install(dir: string, options: JsonOption): Promise<number> {
  const act = { by: userInfo().username, at: new Date() };
  const installed = await installArtifact(resolve(dir), placesOf(options), act);
  if (options.json) printJson({ folder: installed.folder, ...rowOf(installed) });
  else {
    const { name, source } = installed.manifest;
    print(`installed  ${name} ${installed.hash.slice(0, HASH_SHOWN)} in ${installed.folder}`);
    print(`           of a ${source.kind}: ${source.described}, ${source.from} to ${source.to}`);
    for (const use of installed.card.mustNotBeUsedFor) print(`           not for ${use}`);
  }
  return EXIT.done;
}

async function list(options: JsonOption): Promise<number> {
  const found = await listArtifacts(placesOf(options));
  if (options.json) printJson(found.map(describe));
  else if (found.length === 0) print("no model is there: `npx tipoff model train` makes one");
  else {
    print(
      table(
        ["model", "", "of a", "learned from", "trained", "days old", "hash", ""],
        found.map((one) => {
          const row = one.artifact === null ? null : rowOf(one.artifact);
          const window = row === null ? "" : `${row.from} to ${row.to}`;
          const known = [row?.source ?? "", window, row?.trainedAt.slice(0, 10) ?? ""];
          const age = row === null ? "" : String(row.ageDays);
          const state = one.fault === null ? "sound" : `REFUSED: ${reasonOf(one.fault)}`;
          return [one.name, one.where, ...known, age, row?.hash.slice(0, HASH_SHOWN) ?? "", state];
        }),
      ),
    );
  }
  return found.every(({ fault }) => fault === null) ? EXIT.done : EXIT.failed;
}

function describe({ name, where, folder, provenance, artifact, fault }: FoundArtifact): object {
  const known = artifact === null ? null : rowOf(artifact);
  return {
    name,
    where,
    folder,
    provenance,
    ...known,
    fault: fault === null ? null : reasonOf(fault),
  };
}

function rowOf({ manifest, hash }: TreeArtifact) {
  const { source, trainedAt, name } = manifest;
  return {
    ...{
      name,
      hash,
      source: source.kind,
      described: source.described,
      from: source.from,
      to: source.to,
    },
    ...{ trainedAt, ageDays: Math.floor((Date.now() - Date.parse(trainedAt)) / DAY_MS) },
  };
}

function placesOf(options: HomeOption): ArtifactPlaces {
  const installed = openHome(options).home.models;
  return { installed, shipped: join(PACKAGE_ROOT, "artifacts", "models"), features: FEATURES };
}
