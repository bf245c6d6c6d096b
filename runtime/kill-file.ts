import { closeSync, openSync, readSync, statSync } from "node:fs";
import { type KillOrder, readKillText } from "../core/domain/kill.ts";

/** A file named KILL that stands in a home. */
export interface KillFile {
  /** Of this very file as it stands: written anew it is another kill. */
  readonly killId: string;
  readonly kill: KillOrder;
}

const BYTES_MAX = 4_096;

/**
 * Looks for the file. Costs a few microseconds while there is none: it is looked for before every
 * order. What cannot be looked at or read stops trading as a file would.
 *
 * @returns `null` when there is none.
 */
export function readKillFile(path: string): KillFile | null {
  let changedMs = 0;
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return null;
    changedMs = Math.floor(stat.mtimeMs);
  } catch {
    // A home that cannot be looked into: nobody knows what stands there.
  }
  return { killId: `file-${new Date(changedMs).toISOString()}`, kill: readKillText(head(path)) };
}

function head(path: string): string {
  let file: number | null = null;
  try {
    file = openSync(path, "r");
    const buffer = Buffer.alloc(BYTES_MAX);
    return buffer.toString("utf8", 0, readSync(file, buffer, 0, BYTES_MAX, 0));
  } catch {
    return "";
  } finally {
    if (file !== null) closeSync(file);
  }
}
