import { execFile, spawn } from "node:child_process";
import { constants } from "node:fs";
import { access, chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { z } from "zod";
import { childEnvironment, type Environment } from "../config.ts";
import { PACKAGE_ROOT } from "../package-root.ts";

const run = promisify(execFile);

/** The version that is fetched; the newest that `go install` takes (later ones carry a replace). */
const TEMPORAL_CLI_VERSION = "v1.5.1";

const DOWNLOADS = "https://temporal.download";
const GO_PACKAGE = `github.com/temporalio/cli/cmd/temporal@${TEMPORAL_CLI_VERSION}`;

/** A `temporal` binary and where it came from. */
export interface TemporalBinary {
  readonly path: string;
  /** Such as `on PATH`. */
  readonly how: string;
  /** Such as `0.0.0-DEV-server-1.29.1`: database files are not portable between versions. */
  readonly version: string;
}

/** What the search needs; tests replace parts of it. */
export interface BinarySearch {
  readonly environment: Pick<Environment, "temporalCliPath" | "searchPath" | "userCachePath">;
  /** The binary this home used before. */
  readonly remembered?: string | undefined;
  readonly say: (line: string) => void;
  readonly downloads?: string;
  readonly cachePath?: string;
}

/**
 * Finds the `temporal` binary without fetching anything: TEMPORAL_CLI_PATH, the home's own, PATH,
 * the cache, Go's bin folder.
 *
 * @returns `null` when there is none yet.
 * @throws Error when TEMPORAL_CLI_PATH names something that does not run.
 */
export async function findTemporalBinary(search: BinarySearch): Promise<TemporalBinary | null> {
  const { temporalCliPath, searchPath } = search.environment;
  if (temporalCliPath) {
    const named = await tryBinary(temporalCliPath, "TEMPORAL_CLI_PATH");
    if (named) return named;
    throw new Error(
      "TEMPORAL_CLI_PATH does not name a temporal binary that runs; correct it or unset it",
    );
  }
  if (search.remembered) {
    const remembered = await tryBinary(search.remembered, "used by this home before");
    if (remembered) return remembered;
  }
  for (const folder of searchPath.split(delimiter).filter(Boolean)) {
    const found = await tryBinary(join(folder, "temporal"), "on PATH");
    if (found) return found;
  }
  const cached = await tryBinary(join(await cacheFolder(search), cachedName), "in the cache");
  if (cached) return cached;
  const goBin = await goBinFolder();
  return goBin ? tryBinary(join(goBin, "temporal"), "in Go's bin folder") : null;
}

/**
 * Finds the binary, or fetches it once: the SDK's download where the network allows it, else
 * `go install`. Progress is said line by line.
 *
 * @throws Error that says what to do when nothing works.
 */
export async function obtainTemporalBinary(search: BinarySearch): Promise<TemporalBinary> {
  const found = await findTemporalBinary(search);
  if (found) return found;
  const target = join(await cacheFolder(search), cachedName);
  const faults: string[] = [];
  for (const fetchIt of [download, goInstall]) {
    const fault = await fetchIt(target, search);
    if (fault === null) {
      const fetched = await tryBinary(target, fetchIt === download ? "downloaded" : "built by Go");
      if (fetched) return fetched;
      faults.push(`${target} was fetched and does not run`);
    } else faults.push(fault);
  }
  throw new Error(
    `no temporal binary (${faults.join("; ")}). Do one of these: install the Temporal CLI ` +
      "(https://docs.temporal.io/cli) so that `temporal` is on PATH; set TEMPORAL_CLI_PATH to it; " +
      "install Go 1.23 or newer and start again; or set TEMPORAL_ADDRESS to a server that runs",
  );
}

const cachedName = `temporal-${TEMPORAL_CLI_VERSION}`;

/** The project's cache, or the user's where the package's folder cannot be written. */
async function cacheFolder(search: BinarySearch): Promise<string> {
  if (search.cachePath) return search.cachePath;
  try {
    await access(PACKAGE_ROOT, constants.W_OK);
    return join(PACKAGE_ROOT, ".cache");
  } catch {
    return search.environment.userCachePath;
  }
}

async function tryBinary(path: string, how: string): Promise<TemporalBinary | null> {
  try {
    const { stdout } = await run(path, ["--version"], { timeout: 20_000 });
    const match = /version (\S+) \(Server ([^,]+),/.exec(stdout);
    if (!match) return null;
    return { path, how, version: `${match[1] ?? ""}-server-${match[2] ?? ""}` };
  } catch {
    return null;
  }
}

async function goBinFolder(): Promise<string | null> {
  try {
    const { stdout } = await run("go", ["env", "GOPATH"], { timeout: 10_000 });
    return join(stdout.trim(), "bin");
  } catch {
    return null;
  }
}

const DownloadInfo = z.object({ archiveUrl: z.string(), fileToExtract: z.string() });

/** The SDK's own download place. @returns what went wrong, or `null`. */
async function download(target: string, search: BinarySearch): Promise<string | null> {
  const platform = new Map([
    ["linux", "linux"],
    ["darwin", "darwin"],
  ]).get(process.platform);
  const arch = new Map([
    ["x64", "amd64"],
    ["arm64", "arm64"],
  ]).get(process.arch);
  if (!platform || !arch) return `nothing to download for ${process.platform} ${process.arch}`;
  const base = search.downloads ?? DOWNLOADS;
  const query = `arch=${arch}&platform=${platform}&format=tar.gz`;
  const work = await workFolder(target);
  try {
    const probe = await fetch(`${base}/cli/${TEMPORAL_CLI_VERSION}?${query}`, {
      signal: AbortSignal.timeout(4_000),
    });
    if (!probe.ok) return `${base} answered ${probe.status}`;
    const info = DownloadInfo.parse(await probe.json());
    search.say(`downloading temporal ${TEMPORAL_CLI_VERSION} from ${new URL(base).host}`);
    const archive = await fetch(info.archiveUrl, { signal: AbortSignal.timeout(300_000) });
    if (!archive.ok) return `the archive's host answered ${archive.status}`;
    await writeFile(join(work, "archive.tar.gz"), Buffer.from(await archive.arrayBuffer()));
    await run("tar", ["-xzf", join(work, "archive.tar.gz"), "-C", work, info.fileToExtract]);
    await keep(join(work, info.fileToExtract), target);
    return null;
  } catch (error) {
    return `download from ${new URL(base).host} failed: ${reason(error)}`;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Builds the binary from the Go module proxy: two to five minutes. @returns what went wrong, or `null`. */
async function goInstall(target: string, search: BinarySearch): Promise<string | null> {
  if ((await goBinFolder()) === null) return "Go is not installed";
  const work = await workFolder(target);
  search.say(`building temporal ${TEMPORAL_CLI_VERSION} with go install, once: a few minutes`);
  const startedAt = Date.now();
  let packages = 0;
  let lastLine = "";
  const progress = setInterval(() => {
    const seconds = Math.round((Date.now() - startedAt) / 1_000);
    search.say(`  building temporal: ${seconds} s, ${packages} packages compiled`);
  }, 10_000);
  try {
    const child = spawn("go", ["install", "-v", GO_PACKAGE], {
      env: childEnvironment({ CGO_ENABLED: "0", GOBIN: work }),
      stdio: ["ignore", "ignore", "pipe"],
    });
    createInterface({ input: child.stderr }).on("line", (line) => {
      packages += 1;
      lastLine = line;
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (code !== 0) return `go install ended with ${code ?? "a signal"}: ${lastLine}`;
    await keep(join(work, "temporal"), target);
    return null;
  } catch (error) {
    return `go install failed: ${reason(error)}`;
  } finally {
    clearInterval(progress);
    await rm(work, { recursive: true, force: true });
  }
}

async function workFolder(target: string): Promise<string> {
  const folder = join(target, "..");
  await mkdir(folder, { recursive: true });
  return mkdtemp(join(folder, "fetch-"));
}

/** A binary appears under its name only when it is whole. */
async function keep(from: string, target: string): Promise<void> {
  await chmod(from, 0o755);
  await rename(from, target);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
