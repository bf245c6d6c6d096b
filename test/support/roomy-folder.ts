import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";

const MEMORY = "/dev/shm";
const NEEDED_BYTES = 4 * 2 ** 30;

/**
 * Where what a test keeps for minutes is kept: in memory where there is room. Databases are hundreds of
 * files that are synced at every step, and what no test proves is that a disk does that: a process that is
 * killed loses nothing of a folder in memory either.
 */
export function roomyFolder(): string {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= NEEDED_BYTES ? MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}
