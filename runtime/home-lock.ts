import { link, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { identifySelf, isRunning } from "./process-identity.ts";

const Holder = z.object({
  pid: z.number().int().positive(),
  start: z.string(),
  since: z.string(),
  command: z.string(),
});

/** Who holds a home. */
export type Holder = z.infer<typeof Holder>;

/** The home is held by another living process. */
export class HomeHeldError extends Error {
  override readonly name = "HomeHeldError";
  readonly holder: Holder;
  constructor(path: string, holder: Holder) {
    super(
      `${path} is held by process ${holder.pid} (${holder.command}) since ${holder.since}; ` +
        "end it first, or choose another home with --home",
    );
    this.holder = holder;
  }
}

/** A held lock. */
export interface HomeLock {
  release(): Promise<void>;
}

/**
 * Takes the lock file, or refuses with the living holder's name.
 *
 * The file appears whole, by `link`, which fails where it exists. A dead holder's file is moved
 * aside under a name of our own, and what was moved is looked at again: two who take over at once
 * cannot both win.
 *
 * @throws HomeHeldError
 */
export async function takeLock(path: string, command: string): Promise<HomeLock> {
  const own: Holder = { ...(await identifySelf()), since: new Date().toISOString(), command };
  const candidate = `${path}.${randomUUID()}`;
  await writeFile(candidate, JSON.stringify(own), { mode: 0o644, flush: true });
  try {
    for (;;) {
      if (await tryLink(candidate, path)) break;
      await clearStale(path);
    }
  } finally {
    await unlink(candidate);
  }
  return {
    release: async () => {
      const holder = await readHolder(path);
      if (holder?.pid === own.pid && holder.start === own.start) await unlink(path);
    },
  };
}

/** Who holds the lock now. @returns `null` when nobody living does. */
export async function lockHolder(path: string): Promise<Holder | null> {
  const holder = await readHolder(path);
  return holder && (await isRunning(holder)) ? holder : null;
}

async function tryLink(candidate: string, path: string): Promise<boolean> {
  try {
    await link(candidate, path);
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  }
}

async function clearStale(path: string): Promise<void> {
  const holder = await readHolder(path);
  if (holder && (await isRunning(holder))) throw new HomeHeldError(path, holder);
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return;
    throw error;
  }
  const moved = await readHolder(aside);
  if (moved && (await isRunning(moved))) await tryLink(aside, path);
  await unlink(aside);
}

/** An unreadable file is nobody's: it appears whole, so only a foreign hand or disk can spoil it. */
async function readHolder(path: string): Promise<Holder | null> {
  try {
    return Holder.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return null;
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
