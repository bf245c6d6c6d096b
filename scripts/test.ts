/**
 * `npm test`: every suite that needs no keys, then one line with the sums. Five suites run as one, which
 * `vitest.config.ts` calls `together`, so that what waits in one leaves its core to another; the workflow
 * suite, whose files take turns, runs beside them and is shown when it has ended; the nights, whose seconds
 * matter, run alone at the end. Files that failed beside others run once more with nothing beside them: a
 * machine that others share can starve a test of its seconds. What passes only then counts as passed and is
 * said at the end with its first failure, since it may as well be a race. The recorded suite runs where the
 * recorded data is; where it is not, the last lines say so.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { z } from "zod";
import { readEnvironment } from "../runtime/config.ts";
import { PACKAGE_ROOT } from "../runtime/package-root.ts";
import { prepareWorkflowBundle } from "../workers/workflow-bundle.ts";

/** Unit, sim, db, replay and recorded as one suite, which there is in the modes `together` and `unrecorded`. */
const TOGETHER = "together";

const FileResult = z.looseObject({
  name: z.string(),
  status: z.string(),
  message: z.string().optional(),
  assertionResults: z.array(
    z.looseObject({
      fullName: z.string(),
      status: z.string(),
      failureMessages: z.array(z.string()).nullish(),
    }),
  ),
});

const Results = z.looseObject({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(FileResult),
});

/** More failed files than a busy machine explains: they stay failed. */
const MOST_AGAIN = 3;

/** Of each failure's message: enough for the assertion and its place, whatever its stack's length. */
const MESSAGE_LINES = 12;

interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Paths of the files in which something failed. */
  readonly failedFiles: readonly string[];
  /** One entry a failed test, and one a file that could not be collected: name, then its message. */
  readonly failures: readonly string[];
}

/** A suite, or some files of it. */
interface Play {
  readonly suite: string;
  /** Empty: all. */
  readonly files: readonly string[];
  readonly output: "inherit" | "pipe";
}

/** A suite's end. It failed though no test did where it could not even collect its tests. */
interface Outcome extends Play {
  readonly tally: Tally;
  readonly hasFailed: boolean;
}

const NO_TESTS: Tally = { passed: 0, failed: 0, skipped: 0, failedFiles: [], failures: [] };

const folder = await mkdtemp(join(tmpdir(), "tipoff-tests-"));
const dataPath = await findData();
await prepareWorkflowBundle(folder); // Once, or every suite and night that begins would make its own.
const first: Outcome[] = [];
const beside = play({ suite: "workflow", files: [], output: "pipe" });
first.push(await play({ suite: TOGETHER, files: [], output: "inherit" }));
first.push(await beside);
first.push(await play({ suite: "night", files: [], output: "inherit" }));
const failedFiles = first.flatMap(({ tally }) => tally.failedFiles);
const outcomes: Outcome[] = [];
const unstable: string[] = [];
for (const outcome of first) outcomes.push(await playAgain(outcome));
await rm(folder, { recursive: true, force: true });
process.exitCode = sumUp();

/** Says what failed, what is unstable, and the sums. @returns the exit code. */
function sumUp(): number {
  const sum = (pick: (tally: Tally) => number): number =>
    outcomes.reduce((total, { tally }) => total + pick(tally), 0);
  const failedSuites = outcomes.filter(({ hasFailed }) => hasFailed).map(({ suite }) => suite);
  process.stdout.write("\n");
  if (dataPath === null) {
    process.stdout.write(
      "The recorded suite did NOT run: there is no recorded data at TIPOFF_DATA or ../shared/data.\n",
    );
  }
  for (const failure of unstable) {
    process.stdout.write(`UNSTABLE (passed when run again alone) ${failure}\n\n`);
  }
  // Said again at the end: in a long log the failure itself stands where nobody looks.
  for (const failure of outcomes.flatMap(({ tally }) => tally.failures)) {
    process.stdout.write(`FAILED ${failure}\n\n`);
  }
  if (failedSuites.length > 0) process.stdout.write(`Failed suites: ${failedSuites.join(", ")}\n`);
  process.stdout.write(
    `${sum((tally) => tally.passed)} passed, ${sum((tally) => tally.failed)} failed, ` +
      `${sum((tally) => tally.skipped)} skipped\n`,
  );
  return failedSuites.length > 0 ? 1 : 0;
}

/** Runs a suite and counts what came of it. Its output goes out at once, or when it has ended. */
async function play(wanted: Play): Promise<Outcome> {
  const { suite, files, output } = wanted;
  const startedAt = Date.now();
  const outFile = join(folder, `${suite}.json`);
  const title = files.length === 0 ? suite : `${suite}, again: ${files.join(", ")}`;
  if (output === "inherit") process.stdout.write(`\n== ${title}\n`);
  const { code, said } = await runSuite(wanted, outFile);
  if (output === "pipe") process.stdout.write(`\n== ${title}\n${said}`);
  const tally = await readTally(outFile);
  await rm(outFile, { force: true });
  process.stdout.write(`== ${suite}: ${Math.round((Date.now() - startedAt) / 1_000)} s\n`);
  const hasFailed = code !== 0 || tally === null || tally.passed + tally.failed === 0;
  return { ...wanted, tally: tally ?? NO_TESTS, hasFailed };
}

/** Gives a suite's failed files their second run. @returns the suite's outcome after it. */
async function playAgain(outcome: Outcome): Promise<Outcome> {
  const { suite, tally } = outcome;
  const files = tally.failedFiles;
  if (files.length === 0 || failedFiles.length > MOST_AGAIN) return outcome;
  const again = await play({ suite, files, output: "inherit" });
  if (again.hasFailed) return outcome;
  unstable.push(...tally.failures);
  const passed = tally.passed + tally.failed;
  return {
    ...outcome,
    hasFailed: false,
    tally: { ...tally, passed, failed: 0, failedFiles: [], failures: [] },
  };
}

async function findData(): Promise<string | null> {
  const wanted = readEnvironment().dataPath ?? join(PACKAGE_ROOT, "..", "shared", "data");
  return stat(wanted).then(
    (found) => (found.isDirectory() ? wanted : null),
    () => null,
  );
}

function runSuite(
  { suite, files, output }: Play,
  outFile: string,
): Promise<{ readonly code: number | null; readonly said: string }> {
  const vitest = join(PACKAGE_ROOT, "node_modules", "vitest", "vitest.mjs");
  const mode = dataPath === null ? "unrecorded" : TOGETHER;
  const args = ["run", `--mode=${mode}`, ...files, `--project=${suite}`];
  args.push("--reporter=default", "--reporter=json");
  const child = spawn(process.execPath, [vitest, ...args, `--outputFile.json=${outFile}`], {
    cwd: PACKAGE_ROOT,
    stdio: ["ignore", output, output],
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => said.push(chunk));
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({ code, said: Buffer.concat(said).toString() });
    });
  });
}

async function readTally(outFile: string): Promise<Tally | null> {
  try {
    const results = Results.parse(JSON.parse(await readFile(outFile, "utf8")));
    return {
      passed: results.numPassedTests,
      failed: results.numFailedTests,
      skipped: results.numPendingTests + results.numTodoTests,
      failedFiles: results.testResults
        .filter((file) => failuresOf(file).length > 0)
        .map((file) => relative(PACKAGE_ROOT, file.name)),
      failures: results.testResults.flatMap(failuresOf),
    };
  } catch {
    return null;
  }
}

function failuresOf(file: z.infer<typeof FileResult>): string[] {
  const path = relative(PACKAGE_ROOT, file.name);
  const failed = file.assertionResults.filter((test) => test.status === "failed");
  if (failed.length === 0 && file.status === "failed") {
    return [`${path}\n${firstLines(file.message ?? "")}`];
  }
  return failed.map(
    (test) => `${path} > ${test.fullName}\n${firstLines(test.failureMessages?.join("\n") ?? "")}`,
  );
}

function firstLines(message: string): string {
  return message.split("\n").slice(0, MESSAGE_LINES).join("\n");
}
