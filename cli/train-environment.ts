import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { z } from "zod";
import { PACKAGE_ROOT } from "../runtime/package-root.ts";
import { failed, print } from "./output.ts";

/** Folder of the Python side. */
export const TRAINER = join(PACKAGE_ROOT, "tools", "train");
const REQUIREMENTS = join(TRAINER, "requirements.txt");
const OLDEST = "3.11";
/** Lines of a program's errors that are shown when it fails. */
const ERROR_LINES = 12;

const Environment = z.strictObject({
  python: z.string(),
  isNewEnough: z.boolean(),
  missing: z.array(z.string()),
});
type Environment = z.infer<typeof Environment>;

/**
 * A Python that has every library in its pinned version: the given one if it has them, else an
 * environment of its own in `folder`, made on first use and kept.
 *
 * @returns the interpreter.
 * @throws CommandError saying what is missing and what to do.
 */
export async function trainingPython(folder: string, python: string): Promise<string> {
  const given = await environmentOf(python);
  if (given === null) {
    throw failed(
      `${python} does not run: models are trained in Python`,
      `install Python ${OLDEST} or newer with its venv module, or name one with --python`,
    );
  }
  if (!given.isNewEnough) {
    throw failed(
      `${python} is Python ${given.python}, and ${OLDEST} or newer is needed`,
      "name a newer one with --python",
    );
  }
  if (given.missing.length === 0) return python;
  const own = join(folder, "bin", "python");
  const before = existsSync(own) ? await environmentOf(own) : null;
  if (before?.missing.length === 0) return own;
  if (before === null) await makeEnvironment(folder, python);
  const missing = before?.missing ?? given.missing;
  print(`environment  ${folder}: installs ${missing.join(", ")}`);
  await follow(
    own,
    [
      "-m",
      "pip",
      "install",
      "--disable-pip-version-check",
      "--no-input",
      "--progress-bar",
      "off",
      "-r",
      REQUIREMENTS,
    ],
    "environment  ",
  );
  const after = await environmentOf(own);
  if (after?.missing.length === 0) return own;
  const lacks = after?.missing.join(", ") ?? "everything";
  throw failed(`the environment ${folder} lacks ${lacks}`, "remove the folder and start again");
}

async function makeEnvironment(folder: string, python: string): Promise<void> {
  print(`environment  makes ${folder} with ${python}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  const ended = await run(python, ["-m", "venv", folder], () => undefined);
  if (ended.code === 0) return;
  await rm(folder, { recursive: true, force: true });
  throw failed(
    `${python} cannot make an environment: ${ended.errors.join("; ")}`,
    "install its venv module (Debian: apt install python3-venv), or name another one with --python",
  );
}

/** @returns `null` when the interpreter does not run. */
async function environmentOf(python: string): Promise<Environment | null> {
  try {
    const { stdout } = await promisify(execFile)(python, [join(TRAINER, "environment.py")]);
    return Environment.parse(JSON.parse(stdout));
  } catch {
    return null;
  }
}

async function follow(python: string, args: readonly string[], prefix: string): Promise<void> {
  const ended = await run(python, args, (line) => {
    if (/^(Collecting|Downloading|Installing|Successfully)/.test(line)) print(prefix + line);
  });
  if (ended.code === 0) return;
  throw failed(
    `the libraries cannot be installed: ${ended.errors.join("; ")}`,
    `look whether this machine reaches its package index, or install ${REQUIREMENTS} yourself and name that Python with --python`,
  );
}

/** How a program ended, and the last lines of what it said was wrong. */
export interface Ended {
  readonly code: number | null;
  readonly errors: readonly string[];
}

/** Runs a program and hands on its lines as they come. */
export async function run(
  command: string,
  args: readonly string[],
  onLine: (line: string) => void,
): Promise<Ended> {
  const child = spawn(command, [...args], { stdio: ["ignore", "pipe", "pipe"] });
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on("line", onLine);
  createInterface({ input: child.stderr }).on("line", (line) => {
    errors.push(line);
    if (errors.length > ERROR_LINES) errors.shift();
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { code, errors };
}
