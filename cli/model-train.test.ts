import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FEATURE_COLUMNS } from "../backtest/feature-csv.ts";
import { strategyRules, type Training, trainModel } from "./model-train.ts";
import { trainingPython } from "./train-environment.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "train-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A stand-in for an interpreter: answers what is asked of it by what is among its arguments. */
function interpreter(path: string, cases: Readonly<Record<string, string>>): string {
  const lines = Object.entries(cases).map(([part, does]) => `*"${part}"*) ${does} ;;`);
  writeFileSync(path, `#!/bin/sh\ncase "$*" in\n${lines.join("\n")}\nesac\n`);
  chmodSync(path, 0o755);
  return path;
}

const has = (missing: readonly string[], isNewEnough = true): string =>
  `echo '${JSON.stringify({ python: "3.10.1", isNewEnough, missing })}'`;
const environment = (): string => join(folder, "environment");

test("an interpreter that has every library is used as it is", async () => {
  const python = interpreter(join(folder, "python"), { environment: has([]) });
  expect(await trainingPython(environment(), python)).toBe(python);
  expect(existsSync(environment())).toBe(false);
});

test("without an interpreter it says what to install", async () => {
  const none = join(folder, "none");
  await expect(trainingPython(environment(), none)).rejects.toMatchObject({
    message: `${none} does not run: models are trained in Python`,
    next: expect.stringContaining("install Python 3.11 or newer") as string,
  });
});

test("an old interpreter is refused with its version", async () => {
  const python = interpreter(join(folder, "python"), { environment: has([], false) });
  await expect(trainingPython(environment(), python)).rejects.toThrow("is Python 3.10.1, and 3.11");
});

test("an interpreter without venv says what to do, and nothing is left", async () => {
  const python = interpreter(join(folder, "python"), {
    "environment.py": has(["catboost 1.2.8"]),
    "-m venv": "echo no ensurepip >&2; exit 1",
  });
  await expect(trainingPython(environment(), python)).rejects.toMatchObject({
    message: `${python} cannot make an environment: no ensurepip`,
    next: expect.stringContaining("python3-venv") as string,
  });
  expect(existsSync(environment())).toBe(false);
});

test("an environment is made once, and then used", async () => {
  const own = join(environment(), "bin", "python");
  // As `python -m venv` and pip do: an interpreter in the folder, which then has the libraries.
  const made = join(folder, "made");
  interpreter(made, {
    "environment.py": `test -e ${folder}/pip && ${has([])} || ${has(["catboost 1.2.8"])}`,
    "-m pip": `touch ${folder}/pip`,
  });
  const python = interpreter(join(folder, "python"), {
    "environment.py": has(["catboost 1.2.8"]),
    "-m venv": `mkdir -p ${environment()}/bin && cp ${made} ${own}`,
  });
  expect(await trainingPython(environment(), python)).toBe(own);
  rmSync(made);
  expect(await trainingPython(environment(), python)).toBe(own);
});

test("libraries that cannot be installed are told with what pip said", async () => {
  const own = join(environment(), "bin", "python");
  mkdirSync(join(environment(), "bin"), { recursive: true });
  const lacks = has(["catboost 1.2.8"]);
  interpreter(own, { "environment.py": lacks, "-m pip": "echo no network >&2; exit 1" });
  const python = interpreter(join(folder, "python"), { "environment.py": lacks });
  await expect(trainingPython(environment(), python)).rejects.toThrow("installed: no network");
});

test("the policy of a card is played by the settings of the strategy", () => {
  const rules = strategyRules("config/tipoff.yaml").join(" ");
  expect(rules).toContain("--threshold 0.6 --trust 0.7 --min-edge-cents 1.2 --min-price-cents 12");
  expect(rules).toContain("--take-profit-cents 40 --stop-loss-cents 45 --tip-delay-seconds 600");
});

const training = (change: Partial<Training>): Training => ({
  ...{ data: join(folder, "features.csv"), out: join(folder, "out"), name: "it" },
  ...{ described: "nights", more: [] },
  features: { version: "features-1", names: [] },
  python: interpreter(join(folder, "python"), { "environment.py": has([]) }),
  environment: environment(),
  ...change,
});

/** A CSV that can be trained on: one row, of a game that has settled. */
function featuresCsv(change: (line: string) => string = (line) => line): void {
  const row = FEATURE_COLUMNS.map((name, index) =>
    name === "source" ? "recording" : index < 2 ? "KX" : name === "mid" ? "" : "1",
  );
  const lines = [FEATURE_COLUMNS.join(","), row.join(",")];
  writeFileSync(join(folder, "features.csv"), `${change(lines.join("\n"))}\n`);
}

test.each<[string, (text: string) => string, string]>([
  [
    "other columns",
    (text) => text.replace("yes_bid", "bid"),
    "features.csv: its first line is not",
  ],
  [
    "what is no feature",
    (text) => text.replace("label_settled", "x,label_settled"),
    "x is no feature",
  ],
  ["no rows", (text) => text.split("\n")[0] ?? "", "features.csv has no rows"],
  ["a short row", (text) => text.replace("KX,", ""), "features.csv, line 2: "],
  [
    "a word for a number",
    (text) => text.replace("recording,1", "recording,one"),
    "instant_ms is one, no number",
  ],
  [
    "an origin that is none",
    (text) => text.replace("recording", "world"),
    "features.csv, line 2: source is world, and neither recording nor world:SEED",
  ],
  [
    "no origin",
    (text) => text.replace(",source", "").replace(",recording", ""),
    "features.csv: its first line is not game_id,market,source,",
  ],
  ["no result", (text) => text.replace(/1,1,1$/, ",,"), "no game of it has settled"],
])("data with %s are refused, by their file, before Python is asked", async (_, change, said) => {
  featuresCsv(change);
  const python = join(folder, "never");
  await expect(trainModel(training({ python }))).rejects.toThrow(said);
  expect(existsSync(environment())).toBe(false);
});

test("features that know what comes end the training as a refusal, in the tool's words", async () => {
  featuresCsv();
  const python = interpreter(join(folder, "suspicious"), {
    "environment.py": has([]),
    "train.py": "echo refused: later >&2; exit 3",
  });
  await expect(trainModel(training({ python }))).rejects.toMatchObject({
    ...{ message: "refused: later", exitCode: 3 },
  });
});

test("what cannot be trained is said before Python is asked", async () => {
  const python = join(folder, "never");
  await expect(trainModel(training({ python }))).rejects.toThrow("features.csv is not there");
  writeFileSync(join(folder, "features.csv"), "");
  mkdirSync(join(folder, "out"));
  await expect(trainModel(training({ python }))).rejects.toThrow("out is there already");
});
