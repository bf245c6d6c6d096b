import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { codeCommit } from "./code-commit.ts";
import { canonicalJson } from "./config-file.ts";
import { GATES_FILE } from "./gates-config.ts";
import type { Home } from "./home.ts";

const RISK_LIMITS = "risk_limits.yaml";
const ALERTS = "alerts.yaml";

const SnapshotFile = z.strictObject({
  /** What the file is for: `tipoff.yaml`, `risk_limits.yaml`, `gates.yaml`, `alerts.yaml`, `models/<name>`. */
  name: z.string(),
  path: z.string(),
  sha256: z.string(),
  /** Base64 of the bytes. */
  content: z.string(),
});
type SnapshotFile = z.infer<typeof SnapshotFile>;

/** All settings and model artifacts at one moment, whole, and the commit of the code. */
export const ConfigSnapshot = z.strictObject({
  files: z.array(SnapshotFile),
  commit: z.string(),
});
export type ConfigSnapshot = z.infer<typeof ConfigSnapshot>;

/** Folder of a home's model artifacts. */
export function modelsFolder(home: Home): string {
  return join(home.path, "models");
}

/** Where the files of a snapshot lie. */
export interface SnapshotPlaces {
  readonly home: Home;
  /** The settings in force: `--strategy-config`, the home's copy, or the package's. */
  readonly configFile: string;
  readonly limitsFile: string;
  readonly gatesFile?: string;
  /** Who is told; it names the variables that hold secrets, and holds none. */
  readonly alertsFile: string;
  /** Commit of the code that runs; by default that of the files on the disk. */
  readonly commit?: string;
}

/** Takes a snapshot of what decides: every settings file and every model artifact, and the commit. */
export async function takeSnapshot(places: SnapshotPlaces): Promise<ConfigSnapshot> {
  const { home, configFile, limitsFile, gatesFile = GATES_FILE, alertsFile } = places;
  const settings = [
    await readOne("tipoff.yaml", configFile),
    await readOne(RISK_LIMITS, limitsFile),
    await readOne("gates.yaml", gatesFile),
    await readOne(ALERTS, alertsFile),
  ];
  const folder = modelsFolder(home);
  const names = (await readdir(folder).catch(() => [])).sort();
  const artifacts = await Promise.all(
    names.map((name) => readOne(`models/${name}`, join(folder, name))),
  );
  const files = [...settings, ...artifacts].filter((file) => file !== null);
  return { files, commit: places.commit ?? codeCommit() };
}

async function readOne(name: string, path: string): Promise<SnapshotFile | null> {
  try {
    const bytes = await readFile(path);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return { name, path, sha256, content: bytes.toString("base64") };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    // A folder among the artifacts is not one of them.
    if (code === "ENOENT" || code === "EISDIR") return null;
    throw error;
  }
}

/** Hash of a snapshot: of the names and contents, not of where the files lay. */
export function snapshotHash({ files, commit }: ConfigSnapshot): string {
  const parts = files.map(({ name, sha256 }) => ({ name, sha256 }));
  return createHash("sha256").update(canonicalJson({ parts, commit })).digest("hex");
}

/**
 * What differs between two snapshots, one line each: `risk_limits.yaml: paper.max_total_capital 6000 -> 7000`.
 * Comments and layout of settings do not count, since nothing reads them.
 */
export function snapshotChanges(locked: ConfigSnapshot, now: ConfigSnapshot): readonly string[] {
  const names = new Set([...locked.files, ...now.files].map(({ name }) => name));
  const changes = [...names].flatMap((name) => {
    const before = locked.files.find((file) => file.name === name);
    const after = now.files.find((file) => file.name === name);
    if (before === undefined) return [`${name}: added`];
    if (after === undefined) return [`${name}: is gone`];
    return before.sha256 === after.sha256 ? [] : fileChanges(before, after);
  });
  const commit = locked.commit === now.commit ? [] : [`code: ${locked.commit} -> ${now.commit}`];
  return [...changes, ...commit];
}

function fileChanges(before: SnapshotFile, after: SnapshotFile): readonly string[] {
  if (!before.name.endsWith(".yaml")) return [`${before.name}: content changed`];
  const was = leaves(before);
  const is = leaves(after);
  if (was === null || is === null) return [`${before.name}: cannot be read as YAML any more`];
  const keys = [...new Set([...was.keys(), ...is.keys()])].sort();
  const changed = keys.filter((key) => was.get(key) !== is.get(key));
  // Addresses and telephone numbers are nobody's business where changes are told.
  if (before.name === ALERTS) return changed.map((key) => `${ALERTS}: ${key} changed`);
  return changed.map(
    (key) => `${before.name}: ${key} ${was.get(key) ?? "absent"} -> ${is.get(key) ?? "absent"}`,
  );
}

/** The text of the limits file in a snapshot. @returns `null` when there was none. */
export function limitsTextOf({ files }: ConfigSnapshot): string | null {
  const file = files.find(({ name }) => name === RISK_LIMITS);
  return file === undefined ? null : textOf(file);
}

function textOf({ content }: SnapshotFile): string {
  return Buffer.from(content, "base64").toString("utf8");
}

/** Every value of a settings file by its dotted key. @returns `null` when it is not YAML. */
function leaves(file: SnapshotFile): ReadonlyMap<string, string> | null {
  const found = new Map<string, string>();
  const walk = (value: unknown, path: string): void => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) {
        walk(inner, path === "" ? key : `${path}.${key}`);
      }
    } else found.set(path, Number.isNaN(value) ? "NaN" : JSON.stringify(value));
  };
  try {
    walk(parseYaml(textOf(file)), "");
    return found;
  } catch {
    return null;
  }
}
