import { copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ConfigSnapshot, type SnapshotPlaces, takeSnapshot } from "./config-snapshot.ts";

/** A file that was put back, or taken away because the snapshot does not have it. */
export interface Replaced {
  readonly name: string;
  readonly path: string;
  /** Hash before; `null` when it did not exist. */
  readonly before: string | null;
  /** Hash after; `null` when it was taken away. */
  readonly after: string | null;
}

/**
 * Puts every settings file and model artifact back as a snapshot has them: into the place
 * that is in force now, else into its own. What is replaced is copied into `backup` first.
 */
export async function restoreSnapshot(
  snapshot: ConfigSnapshot,
  places: SnapshotPlaces,
  backup: string,
): Promise<readonly Replaced[]> {
  const now = await takeSnapshot(places);
  const replaced: Replaced[] = [];
  for (const wanted of snapshot.files) {
    const current = now.files.find(({ name }) => name === wanted.name);
    if (current?.sha256 === wanted.sha256) continue;
    const path = current?.path ?? wanted.path;
    if (current) await keep(backup, current);
    await replace(path, Buffer.from(wanted.content, "base64"));
    const before = current?.sha256 ?? null;
    replaced.push({ name: wanted.name, path, before, after: wanted.sha256 });
  }
  for (const surplus of now.files) {
    // A settings file is read at every start: one that a snapshot from before did not know yet stays.
    if (!surplus.name.startsWith("models/")) continue;
    if (snapshot.files.some(({ name }) => name === surplus.name)) continue;
    await keep(backup, surplus);
    await rm(surplus.path);
    const { name, path, sha256 } = surplus;
    replaced.push({ name, path, before: sha256, after: null });
  }
  return replaced;
}

async function keep(
  backup: string,
  file: { readonly name: string; readonly path: string },
): Promise<void> {
  const target = join(backup, file.name);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(file.path, target);
}

/** A reader or a crash never sees half a file. */
async function replace(path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const fresh = `${path}.restored`;
  await writeFile(fresh, bytes, { flush: true });
  await rename(fresh, path);
}
