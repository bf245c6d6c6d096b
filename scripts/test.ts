/**
 * `npm test`: every suite that needs no keys, then one line with the sums. Four suites run as one, which
 * `vitest.config.ts` calls `together`, so that what waits in one leaves its core to another; the workflow
 * suite, whose files take turns, and then the replays run beside them and are shown when they have ended; the
 * nights, whose seconds matter, run alone at the end. Files that failed beside others run once more with nothing beside them: a
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

/** Unit, sim, db and recorded as one suite, which there is in the modes `together` and `unrecorded`. */
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

const Results = z.looseObject({ testResults: z.array(FileResult) });

/** More failed files than a busy machine explains: they stay failed. */
const MOST_AGAIN = 3;

/** Of each failure's message: enough for the assertion and its place, whatever its stack's length. */
const MESSAGE_LINES = 12;

/** What came of one file's tests. */
interface FileTally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One entry a failed test, or one where the file could not be collected: name, then its message. */
  readonly failures: readonly string[];
}

/** By the file's path. */
type Tally = ReadonlyMap<string, FileTally>;

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

const folder = await mkdtemp(join(tmpdir(), "tipoff-tests-"));
const dataPath = await findData();
await prepareWorkflowBundle(folder); // Once, or every suite and night that begins would make its own.
const first: Outcome[] = [];
const beside = playInTurn(["workflow", "replay"]);
first.push(await play({ suite: TOGETHER, files: [], output: "inherit" }));
first.push(...(await beside));
first.push(await play({ suite: "night", files: [], output: "inherit" }));
const failedFiles = first.flatMap(({ tally }) => failedOf(tally));
const outcomes: Outcome[] = [];
const unstable: string[] = [];
for (const outcome of first) outcomes.push(await playAgain(outcome));
await rm(folder, { recursive: true, force: true });
process.exitCode = sumUp();

/** Says what failed, what is unstable, and the sums. @returns the exit code. */
function sumUp(): number {
  const files = outcomes.flatMap(({ tally }) => [...tally.values()]);
  const sum = (what: "passed" | "failed" | "skipped"): number =>
    files.reduce((total, file) => total + file[what], 0);
  const failedSuites = outcomes
    .filter(({ hasFailed }) => hasFailed)
    .map(({ suite, tally }) =>
      failedOf(tally).length > 0 ? suite : `${suite} (no test: see the errors that it ended with)`,
    );
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
  for (const failure of files.flatMap(({ failures }) => failures)) {
    process.stdout.write(`FAILED ${failure}\n\n`);
  }
  if (failedSuites.length > 0) process.stdout.write(`Failed suites: ${failedSuites.join(", ")}\n`);
  process.stdout.write(
    `${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped\n`,
  );
  return failedSuites.length > 0 ? 1 : 0;
}

/** Runs suites one after the other. */
async function playInTurn(suites: readonly string[]): Promise<readonly Outcome[]> {
  const ended: Outcome[] = [];
  for (const suite of suites) ended.push(await play({ suite, files: [], output: "pipe" }));
  return ended;
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
  const hasRun = [...tally.values()].some(({ passed, failed }) => passed + failed > 0);
  return { ...wanted, tally, hasFailed: code !== 0 || !hasRun };
}

/** Gives a suite's failed files their second run. @returns the suite's outcome after it. */
async function playAgain(outcome: Outcome): Promise<Outcome> {
  const { suite, tally } = outcome;
  const files = failedOf(tally);
  if (files.length === 0 || failedFiles.length > MOST_AGAIN) return outcome;
  const again = await play({ suite, files, output: "inherit" });
  if (again.hasFailed) return outcome;
  unstable.push(...files.flatMap((file) => tally.get(file)?.failures ?? []));
  return { ...outcome, hasFailed: false, tally: new Map([...tally, ...again.tally]) };
}

/** Paths of the files in which something failed. */
function failedOf(tally: Tally): string[] {
  return [...tally].flatMap(([path, { failures }]) => (failures.length > 0 ? [path] : []));
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

/** @returns nothing where the suite could not even write its results. */
async function readTally(outFile: string): Promise<Tally> {
  const text = await readFile(outFile, "utf8").catch(() => null);
  if (text === null) return new Map();
  return new Map(
    Results.parse(JSON.parse(text)).testResults.map((file) => {
      const count = (status: string): number =>
        file.assertionResults.filter((test) => test.status === status).length;
      const [passed, failed] = [count("passed"), count("failed")];
      const skipped = file.assertionResults.length - passed - failed;
      const failures = failuresOf(file);
      return [relative(PACKAGE_ROOT, file.name), { passed, failed, skipped, failures }];
    }),
  );
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
