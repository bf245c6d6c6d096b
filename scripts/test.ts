/**
 * `npm test`: every suite that needs no keys, then one line with the sums. The workflow suite, which
 * mostly waits for Temporal's timers, runs beside the others and is shown when it has ended; the nights,
 * whose seconds matter, run alone at the end. The recorded suite runs where the recorded data is; where
 * it is not, the last lines say so.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { z } from "zod";
import { readEnvironment } from "../runtime/config.ts";
import { PACKAGE_ROOT } from "../runtime/package-root.ts";

const SUITES = ["unit", "sim", "db", "replay"] as const;

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

/** Of each failure's message: enough for the assertion and its place, whatever its stack's length. */
const MESSAGE_LINES = 12;

interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One entry a failed test, and one a file that could not be collected: name, then its message. */
  readonly failures: readonly string[];
}

const folder = await mkdtemp(join(tmpdir(), "tipoff-tests-"));
const dataPath = await findData();
const suites = dataPath === null ? SUITES : [...SUITES, "recorded"];
const tallies: Tally[] = [];
const failedSuites: string[] = [];
const beside = play("workflow", "pipe");
for (const suite of suites) await play(suite, "inherit");
await beside;
await play("night", "inherit");
await rm(folder, { recursive: true, force: true });

const sum = (pick: (tally: Tally) => number): number =>
  tallies.reduce((total, tally) => total + pick(tally), 0);
process.stdout.write("\n");
if (dataPath === null) {
  process.stdout.write(
    "The recorded suite did NOT run: there is no recorded data at TIPOFF_DATA or ../shared/data.\n",
  );
}
// Said again at the end: in a long log the failure itself stands where nobody looks.
for (const failure of tallies.flatMap((tally) => tally.failures)) {
  process.stdout.write(`FAILED ${failure}\n\n`);
}
if (failedSuites.length > 0) process.stdout.write(`Failed suites: ${failedSuites.join(", ")}\n`);
process.stdout.write(
  `${sum((tally) => tally.passed)} passed, ${sum((tally) => tally.failed)} failed, ` +
    `${sum((tally) => tally.skipped)} skipped\n`,
);
process.exitCode = failedSuites.length > 0 || sum((tally) => tally.failed) > 0 ? 1 : 0;

/** Runs one suite and counts what came of it. Its output goes out at once, or when it has ended. */
async function play(suite: string, output: "inherit" | "pipe"): Promise<void> {
  const startedAt = Date.now();
  const outFile = join(folder, `${suite}.json`);
  if (output === "inherit") process.stdout.write(`\n== ${suite}\n`);
  const { code, said } = await runSuite(suite, outFile, output);
  if (output === "pipe") process.stdout.write(`\n== ${suite}\n${said}`);
  const tally = await readTally(outFile);
  if (tally) tallies.push(tally);
  // A suite that could not even collect its tests reports no failed test: its exit code tells.
  if (code !== 0 || tally === null || tally.passed + tally.failed === 0) failedSuites.push(suite);
  process.stdout.write(`== ${suite}: ${Math.round((Date.now() - startedAt) / 1_000)} s\n`);
}

async function findData(): Promise<string | null> {
  const wanted = readEnvironment().dataPath ?? join(PACKAGE_ROOT, "..", "shared", "data");
  return stat(wanted).then(
    (found) => (found.isDirectory() ? wanted : null),
    () => null,
  );
}

function runSuite(
  suite: string,
  outFile: string,
  output: "inherit" | "pipe",
): Promise<{ readonly code: number | null; readonly said: string }> {
  const vitest = join(PACKAGE_ROOT, "node_modules", "vitest", "vitest.mjs");
  const args = ["run", "--project", suite, "--reporter=default", "--reporter=json"];
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
