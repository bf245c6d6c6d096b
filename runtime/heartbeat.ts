import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";

const Heartbeat = z.strictObject({
  pid: z.number().int(),
  /** Counts up: a file that is read twice alike is not a beat. */
  beat: z.number().int(),
  isStreamOpen: z.boolean(),
});

/** The worker's last sign of life, and what only it knows of its connections. */
export type Heartbeat = z.infer<typeof Heartbeat>;

const BEAT_MS = 1_000;

/**
 * Writes a sign of life every second while this process can do anything at all. A file: it is there
 * when database and Temporal are not.
 *
 * @returns the end of it.
 */
export function startHeartbeat(
  file: string,
  state: () => Omit<Heartbeat, "pid" | "beat">,
): () => void {
  let beat = 0;
  let isWriting = false;
  const write = async (): Promise<void> => {
    if (isWriting) return;
    isWriting = true;
    beat += 1;
    const fresh = `${file}.${process.pid}.new`;
    try {
      await writeFile(fresh, JSON.stringify({ pid: process.pid, beat, ...state() }));
      await rename(fresh, file);
    } catch {
      // A full disk: the silence is what is heard.
    } finally {
      isWriting = false;
    }
  };
  const timer = setInterval(() => void write(), BEAT_MS);
  void write();
  return () => {
    clearInterval(timer);
  };
}

/** Reads the last sign of life. @returns `null` when there is none that can be read. */
export async function readHeartbeat(file: string): Promise<Heartbeat | null> {
  try {
    return Heartbeat.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return null;
  }
}
