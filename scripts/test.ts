/**
 * `npm test`: every suite that needs no keys, one after the other, then one line with the sums.
 * The recorded suite runs where the recorded data is; where it is not, the last lines say so.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { readEnvironment } from "../runtime/config.ts";
import { PACKAGE_ROOT } from "../runtime/package-root.ts";

const SUITES = ["unit", "sim", "db", "workflow", "replay", "night"] as const;

const Results = z.looseObject({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
});

interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const folder = await mkdtemp(join(tmpdir(), "tipoff-tests-"));
const dataPath = await findData();
const suites = dataPath === null ? SUITES : [...SUITES, "recorded"];
const tallies: Tally[] = [];
const failedSuites: string[] = [];
for (const suite of suites) {
  const startedAt = Date.now();
  process.stdout.write(`\n== ${suite}\n`);
  const outFile = join(folder, `${suite}.json`);
  const code = await runSuite(suite, outFile);
  const tally = await readTally(outFile);
  if (tally) tallies.push(tally);
  // A suite that could not even collect its tests reports no failed test: its exit code tells.
  if (code !== 0 || tally === null || tally.passed + tally.failed === 0) failedSuites.push(suite);
  process.stdout.write(`== ${suite}: ${Math.round((Date.now() - startedAt) / 1_000)} s\n`);
}
await rm(folder, { recursive: true, force: true });

const sum = (pick: (tally: Tally) => number): number =>
  tallies.reduce((total, tally) => total + pick(tally), 0);
process.stdout.write("\n");
if (dataPath === null) {
  process.stdout.write(
    "The recorded suite did NOT run: there is no recorded data at TIPOFF_DATA or ../shared/data.\n",
  );
}
if (failedSuites.length > 0) process.stdout.write(`Failed suites: ${failedSuites.join(", ")}\n`);
process.stdout.write(
  `${sum((tally) => tally.passed)} passed, ${sum((tally) => tally.failed)} failed, ` +
    `${sum((tally) => tally.skipped)} skipped\n`,
);
process.exitCode = failedSuites.length > 0 || sum((tally) => tally.failed) > 0 ? 1 : 0;

async function findData(): Promise<string | null> {
  const wanted = readEnvironment().dataPath ?? join(PACKAGE_ROOT, "..", "shared", "data");
  return stat(wanted).then(
    (found) => (found.isDirectory() ? wanted : null),
    () => null,
  );
}

function runSuite(suite: string, outFile: string): Promise<number | null> {
  const vitest = join(PACKAGE_ROOT, "node_modules", "vitest", "vitest.mjs");
  const args = ["run", "--project", suite, "--reporter=default", "--reporter=json"];
  const child = spawn(process.execPath, [vitest, ...args, `--outputFile.json=${outFile}`], {
    cwd: PACKAGE_ROOT,
    stdio: "inherit",
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
}

async function readTally(outFile: string): Promise<Tally | null> {
  try {
    const results = Results.parse(JSON.parse(await readFile(outFile, "utf8")));
    return {
      passed: results.numPassedTests,
      failed: results.numFailedTests,
      skipped: results.numPendingTests + results.numTodoTests,
    };
  } catch {
    return null;
  }
}
