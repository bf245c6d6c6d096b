import { execFile, spawn } from "node:child_process";
import { cp, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { PACKAGE_ROOT } from "../runtime/package-root.ts";
import type { BenchResult } from "./result.ts";

/** Of the default night. */
const SEED = 7;

/** What a person waits for who types the README's first line, in a fresh copy of what is committed. */
export async function install(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), "tipoff-install-"));
  try {
    const copy = join(folder, "tipoff");
    await promisify(execFile)("git", ["clone", "--quiet", PACKAGE_ROOT, copy]);
    const log = join(folder, "said.log");
    const installing = await timed(["ci"], copy, log);
    const home = join(folder, "home");
    const playing = await timed(["start", "--", "--exit", "--home", home], copy, log);
    return {
      name: "install",
      definition:
        "a fresh clone of the last commit: `npm ci`, then `npm start -- --exit` to the end of the default " +
        "night, with the `temporal` binary and the packages' cache as they are on this machine",
      seed: SEED,
      figures: [
        {
          name: "npm ci to finished night",
          value: round(installing + playing),
          unit: "s",
          target: { atMost: 360 },
        },
        { name: "of it npm ci", value: round(installing), unit: "s", target: null },
      ],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a developer waits for who types the README's second line. */
export async function suite(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), "tipoff-suite-"));
  try {
    const seconds = await timed(["test"], PACKAGE_ROOT, join(folder, "said.log"));
    return {
      name: "suite",
      definition: "`npm test`, every suite, from its start to its exit code 0",
      seed: SEED,
      figures: [{ name: "npm test", value: round(seconds), unit: "s", target: { atMost: 600 } }],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs npm. @returns seconds. @throws Error when it fails; what it said is kept beside the results. */
async function timed(args: readonly string[], cwd: string, logFile: string): Promise<number> {
  const startedAt = performance.now();
  const log = await open(logFile, "a");
  try {
    const child = spawn("npm", args, { cwd, stdio: ["ignore", log.fd, log.fd] });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", resolve);
    });
    if (code !== 0) {
      const kept = join(PACKAGE_ROOT, "bench", "results", `failed-${args[0] ?? "npm"}.log`);
      await cp(logFile, kept);
      throw new Error(`npm ${args.join(" ")} ended with ${code ?? "a signal"}: see ${kept}`);
    }
  } finally {
    await log.close();
  }
  return (performance.now() - startedAt) / 1_000;
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
