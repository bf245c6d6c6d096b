import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { nodeArguments, PACKAGE_ROOT } from "../runtime/package-root.ts";

/** What the bundle is made of; the lockfile stands for the packages in it. */
const SOURCES = ["workflows", "core/domain"] as const;
const FILES = ["temporal.config.ts", "package-lock.json"] as const;

/** Where packages keep what they can make again: all homes share what is there. */
const SHARED_CACHE = join(PACKAGE_ROOT, "node_modules", ".cache", "tipoff");

/**
 * The bundled workflows as a file, made once per state of their sources; in the home where the package
 * may not be written to.
 *
 * A worker that starts after a crash finds it there: a second of recovery and the bundler's memory
 * are saved.
 */
export async function prepareWorkflowBundle(
  homeCache: string,
): Promise<{ readonly codePath: string }> {
  const cacheDir = await mkdir(SHARED_CACHE, { recursive: true })
    .then(() => access(SHARED_CACHE, constants.W_OK))
    .then(
      () => SHARED_CACHE,
      () => homeCache,
    );
  await mkdir(cacheDir, { recursive: true });
  const codePath = join(cacheDir, `workflows-${await hashOfSources()}.js`);
  const isThere = await access(codePath).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    await promisify(execFile)(process.execPath, nodeArguments("workers/bundle.ts", codePath), {
      cwd: PACKAGE_ROOT,
    });
  }
  return { codePath };
}

async function hashOfSources(): Promise<string> {
  const hash = createHash("sha256");
  const paths: string[] = FILES.map((name) => join(PACKAGE_ROOT, name));
  for (const folder of SOURCES) {
    const entries = await readdir(join(PACKAGE_ROOT, folder));
    paths.push(...entries.sort().map((entry) => join(PACKAGE_ROOT, folder, entry)));
  }
  for (const path of paths) {
    if (!path.endsWith(".ts") && !path.endsWith(".json")) continue;
    hash.update(path).update(await readFile(path));
  }
  return hash.digest("hex").slice(0, 16);
}
