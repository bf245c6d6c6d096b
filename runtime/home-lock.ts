import { link, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { identifySelf, isRunning } from "./process-identity.ts";

const Holder = z.object({
  /** Of this one taking: a process may take a lock again. Files of earlier versions have none. */
  token: z
    .string()
    .regex(/^[\w-]+$/)
    .default("untold"),
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

/** Replacing a dead holder's file takes milliseconds; who is at it for so long is stopped, not dead. */
const REPLACING_MS = 5_000;

/** A held lock. */
export interface HomeLock {
  release(): Promise<void>;
}

/**
 * Takes the lock file, or refuses with the living holder's name.
 *
 * The file appears whole, by `link`, which fails where it exists; where its holder is dead, the one who may
 * put his own in its place is chosen the same way.
 *
 * @throws HomeHeldError
 */
export async function takeLock(path: string, command: string): Promise<HomeLock> {
  const token = randomUUID();
  const own: Holder = {
    ...{ token, command, since: new Date().toISOString() },
    ...(await identifySelf()),
  };
  const candidate = `${path}.${token}`;
  await writeFile(candidate, JSON.stringify(own), { mode: 0o644, flush: true });
  try {
    await placeFile(candidate, path);
  } finally {
    await unlink(candidate);
  }
  return {
    release: async () => {
      if ((await readHolder(path))?.token === token) await unlink(path);
    },
  };
}

/** Who holds the lock now. @returns `null` when nobody living does. */
export async function lockHolder(path: string): Promise<Holder | null> {
  const holder = await readHolder(path);
  return holder && (await isRunning(holder)) ? holder : null;
}

/**
 * Puts the candidate at the path unless a living process's file stands there.
 *
 * A dead holder's file is replaced in one step and never moved away: for a moment without any file a third
 * process would take the lock beside the second. The right to replace that very file is a lock of its own,
 * named after it, so that whoever holds it may look again and then replace what nobody else can.
 *
 * @throws HomeHeldError
 */
async function placeFile(candidate: string, path: string): Promise<void> {
  const deadline = Date.now() + REPLACING_MS;
  while (!(await tryLink(candidate, path))) {
    const holder = await readHolder(path);
    if (holder === undefined) {
      if (Date.now() > deadline) throw new Error(`${path} can be neither made nor read`);
      continue;
    }
    if (holder && (await isRunning(holder))) throw new HomeHeldError(path, holder);
    const right = `${path}.after-${nameOf(holder)}`;
    try {
      await placeFile(candidate, right);
    } catch (error) {
      if (!(error instanceof HomeHeldError)) throw error;
      if (Date.now() > deadline) throw new HomeHeldError(path, error.holder);
      // Another is about to replace it, and will be the holder.
      await new Promise((resume) => setTimeout(resume, 5));
      continue;
    }
    const now = await readHolder(path);
    const isSame = now !== undefined && nameOf(now) === nameOf(holder);
    if (isSame) return rename(right, path);
    await unlink(right);
  }
}

const nameOf = (holder: Holder | null): string => holder?.token ?? "spoiled";

async function tryLink(candidate: string, path: string): Promise<boolean> {
  try {
    await link(candidate, path);
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  }
}

/**
 * Who a file says holds it.
 *
 * @returns `undefined` where there is no file, and `null` where it holds nobody's words: it appears whole, so
 *   only a foreign hand or disk can spoil it.
 * @throws what the system says when it cannot be read: it may well be held.
 */
async function readHolder(path: string): Promise<Holder | null | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    // Where a file stands in the place of a folder there is none either.
    if (isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR")) return undefined;
    throw error;
  }
  try {
    return Holder.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
