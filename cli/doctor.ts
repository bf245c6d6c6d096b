import { access, constants, readdir, readFile, stat, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { refusedFolder } from "../activities/observation-spool.ts";
import { findPostgresBinaries, isErrno } from "../runtime/embedded/postgres-binaries.ts";
import { findTemporalBinary } from "../runtime/embedded/temporal-binary.ts";
import { homeHolder, readServices } from "../runtime/home.ts";
import { readPackage } from "../runtime/package-file.ts";
import { PACKAGE_ROOT } from "../runtime/package-root.ts";
import { isPortFree } from "../runtime/ports.ts";
import { loadTipoffConfig } from "../runtime/tipoff-config.ts";
import { loadRiskLimits } from "../runtime/risk-limits.ts";
import { limitsInForce } from "../schema/queries/limits.ts";
import { checkVenueSettings } from "../workers/venue.ts";
import { keptConfigFile } from "./choices.ts";
import { type OpenedHome, withDatabase } from "./context.ts";
import { reasonOf } from "./output.ts";

/** One thing that was looked at. `missing` stops the product, `optional` does not. */
export interface Finding {
  readonly what: string;
  readonly state: "there" | "optional" | "missing";
  readonly found: string;
  readonly todo: string | null;
}

const DISK_BYTES_MIN = 2e9;

/** Looks at everything the product needs. Starts nothing and changes nothing. */
export async function checkEverything(opened: OpenedHome): Promise<readonly Finding[]> {
  return Promise.all([
    Promise.resolve(checkNode(process.versions.node)),
    checkTemporal(opened),
    checkPostgres(opened),
    checkHome(opened),
    checkServices(opened),
    checkPorts(opened),
    checkDisk(opened),
    checkSpool(opened),
    checkSettings(opened),
    checkLimits(opened),
    checkKey(opened),
    checkData(opened),
  ]);
}

const there = (what: string, found: string): Finding => ({
  what,
  state: "there",
  found,
  todo: null,
});

/** Compares a version of Node with the oldest that the package runs on. */
export function checkNode(version: string): Finding {
  const found = `${version}, ${process.platform} ${process.arch}`;
  const oldest = readPackage().engines.node.replace(/^>=/, "");
  if (isAtLeast(version, oldest)) return there("node", found);
  return { what: "node", state: "missing", found, todo: `install Node ${oldest} or newer` };
}

/** Part by part; what the wanted version does not name may be anything. */
function isAtLeast(version: string, wanted: string): boolean {
  const parts = version.split(".").map(Number);
  for (const [index, least] of wanted.split(".").map(Number).entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

async function checkTemporal({ home, environment }: OpenedHome): Promise<Finding> {
  if (environment.temporalAddress) {
    return there("temporal", `${environment.temporalAddress} (TEMPORAL_ADDRESS)`);
  }
  const { temporalBinary: remembered } = await readServices(home);
  const say = (): void => undefined;
  const binary = await findTemporalBinary({ environment, remembered, say });
  if (binary) return there("temporal", `${binary.path} (${binary.how}, ${binary.version})`);
  return {
    what: "temporal",
    state: "optional",
    found: "no binary yet",
    todo: "the first start fetches it once; or put `temporal` on PATH, or set TEMPORAL_CLI_PATH",
  };
}

async function checkPostgres({ environment }: OpenedHome): Promise<Finding> {
  if (environment.databaseUrl) return there("postgres", "DATABASE_URL");
  try {
    const { postgres } = await findPostgresBinaries();
    return there("postgres", postgres);
  } catch (error) {
    return {
      what: "postgres",
      state: "missing",
      found: error instanceof Error ? error.message : String(error),
      todo: "run `npm ci` again on this platform, or set DATABASE_URL",
    };
  }
}

async function checkHome({ home }: OpenedHome): Promise<Finding> {
  const existing = await nearestPath(home.path);
  if (!(await stat(existing)).isDirectory()) {
    const todo = "name a folder with --home, or move that file away";
    return { what: "home", state: "missing", found: `${existing} is no folder`, todo };
  }
  try {
    await access(existing, constants.W_OK);
    return there("home", existing === home.path ? home.path : `${home.path} (not made yet)`);
  } catch {
    const todo = `make ${existing} writable, or choose another with --home`;
    return { what: "home", state: "missing", found: `${existing} cannot be written`, todo };
  }
}

async function checkServices({ home }: OpenedHome): Promise<Finding> {
  const holder = await homeHolder(home);
  if (holder) {
    const { pid, command, since } = holder;
    return there("services", `run, held by process ${pid} (${command}) since ${since}`);
  }
  return {
    what: "services",
    state: "optional",
    found: "not running",
    todo: "`npm start` plays a night; `npx tipoff up` brings up the services alone",
  };
}

async function checkPorts({ home }: OpenedHome): Promise<Finding> {
  const { ports } = await readServices(home);
  const numbers = Object.entries(ports).flatMap(([name, port]) =>
    port === undefined ? [] : [{ name, port }],
  );
  if (numbers.length === 0) return there("ports", "chosen at the first start");
  const list = numbers.map(({ name, port }) => `${name} ${port}`).join(", ");
  if (await homeHolder(home)) return there("ports", `${list}, in use by this home`);
  const free = await Promise.all(numbers.map(({ port }) => isPortFree(port)));
  const taken = numbers.filter((_, index) => !free[index]).map(({ name }) => name);
  if (taken.length === 0) return there("ports", `${list}, free`);
  return {
    what: "ports",
    state: "optional",
    found: `${list}; taken by others: ${taken.join(", ")}`,
    todo: "the next start chooses other ones",
  };
}

async function checkDisk({ home }: OpenedHome): Promise<Finding> {
  const { bavail, bsize } = await statfs(await nearestPath(home.path));
  const found = `${((bavail * bsize) / 1e9).toFixed(1)} GB free`;
  if (bavail * bsize >= DISK_BYTES_MIN) return there("disk", found);
  return { what: "disk", state: "missing", found, todo: "free at least 2 GB" };
}

/** Observations that the database refused, and spooled files that were broken, lie aside. */
async function checkSpool({ home }: OpenedHome): Promise<Finding> {
  const folder = refusedFolder(home.spool);
  const files = await readdir(folder).catch((error: unknown) =>
    isErrno(error, "ENOENT") ? [] : reasonOf(error),
  );
  if (typeof files === "string") {
    const todo = "let it be read: observations that were refused may lie there";
    return { what: "spool", state: "optional", found: `${folder}: ${files}`, todo };
  }
  if (files.length === 0) return there("spool", "no observation was refused");
  const found = `files of refused observations: ${files.length}, in ${folder}`;
  const todo = "what they hold is in no table: the worker's log says why; move them away once seen";
  return { what: "spool", state: "optional", found, todo };
}

/** The settings in force: those of the home while something goes on with them, else the usual ones. */
async function checkSettings({ home, environment }: OpenedHome): Promise<Finding> {
  const what = "settings";
  const usual = environment.configFile;
  const [{ mode = environment.mode }, holder] = await Promise.all([
    readServices(home),
    homeHolder(home),
  ]);
  try {
    const configFile = await keptConfigFile({ home, environment });
    const { hash } = loadTipoffConfig(configFile);
    await checkVenueSettings(holder ? mode : environment.mode, configFile, environment);
    const found = `${configFile}, hash ${hash.slice(0, 12)}`;
    if (holder) return there(what, `${found}, in force`);
    if (configFile === usual) return there(what, found);
    loadTipoffConfig(usual);
    return there(what, `${found}, kept for what began with them; once that is over, ${usual}`);
  } catch (error) {
    return { what, state: "missing", found: reasonOf(error), todo: "correct the file" };
  }
}

async function checkLimits({ home, environment }: OpenedHome): Promise<Finding> {
  const { limitsFile } = environment;
  const what = "limits";
  try {
    const { hash } = loadRiskLimits(limitsFile);
    const { urls, mode } = await readServices(home);
    const isUp = urls.database !== undefined && mode !== undefined && (await homeHolder(home));
    const file = `${limitsFile}, hash ${hash.slice(0, 12)}`;
    if (!isUp) return there(what, `${file}; what is in force is known while services run`);
    const inForce = await withDatabase(urls.database ?? "", (db) => limitsInForce(db, mode));
    if (inForce?.hash === hash) return there(what, `${file}, in force`);
    const todo = "`npx tipoff limits show` tells the difference, `limits apply` puts it in force";
    const found = `${file}; in force is ${inForce?.hash.slice(0, 12) ?? "nothing yet"}`;
    return { what, state: "optional", found, todo };
  } catch (error) {
    return { what, state: "missing", found: reasonOf(error), todo: "correct the file" };
  }
}

async function checkKey({ environment }: OpenedHome): Promise<Finding> {
  const { kalshiKeyId, kalshiPrivateKeyPath } = environment;
  if (!kalshiKeyId || !kalshiPrivateKeyPath) {
    return {
      what: "kalshi key",
      state: "optional",
      found: "none; worlds and recordings need none",
      todo: "the live source needs KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH",
    };
  }
  const isReadable = await readFile(kalshiPrivateKeyPath).then(
    () => true,
    () => false,
  );
  if (isReadable) return there("kalshi key", "named, and its file can be read");
  const todo = "correct KALSHI_PRIVATE_KEY_PATH";
  return { what: "kalshi key", state: "missing", found: "its file cannot be read", todo };
}

async function checkData({ environment }: OpenedHome): Promise<Finding> {
  const folder = environment.dataPath ?? resolve(PACKAGE_ROOT, "../shared/data");
  const isThere = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isThere) return there("data", folder);
  return {
    what: "data",
    state: "optional",
    found: "no recorded data; only the recorded tests need it",
    todo: "set TIPOFF_DATA to its folder",
  };
}

/** The path itself, or the nearest above it that exists. */
async function nearestPath(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  return found || dirname(path) === path ? path : nearestPath(dirname(path));
}
