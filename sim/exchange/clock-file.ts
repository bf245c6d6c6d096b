import { type FileHandle, open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { z } from "zod";

/** What must survive of the clock. */
const ClockRecord = z.strictObject({
  version: z.number().int().nonnegative(),
  horizonMs: z.number().int(),
  speed: z.number().positive(),
});
export type ClockRecord = z.infer<typeof ClockRecord>;

const SLOT_BYTES = 256;

/**
 * Two fixed slots, written in turn and synced: a write torn by a crash leaves the other whole.
 * It does not grow, whatever the length of the night.
 */
export class ClockFile {
  readonly #file: FileHandle;
  #version: number;

  private constructor(file: FileHandle, version: number) {
    this.#file = file;
    this.#version = version;
  }

  /** Opens or creates the file. @returns the newest whole record, null when there is none. */
  static async open(path: string): Promise<{ file: ClockFile; record: ClockRecord | null }> {
    const handle = await open(path, "a+").then(async (created) => {
      await created.close();
      return open(path, "r+");
    });
    const bytes = Buffer.alloc(2 * SLOT_BYTES);
    await handle.read(bytes, 0, bytes.length, 0);
    const records = [0, SLOT_BYTES]
      .map((start) => readSlot(bytes.subarray(start, start + SLOT_BYTES)))
      .filter((record) => record !== null)
      .sort((a, b) => b.version - a.version);
    const record = records[0] ?? null;
    return { file: new ClockFile(handle, record?.version ?? 0), record };
  }

  /** Durable when it resolves. One write at a time. */
  async write(horizonMs: number, speed: number): Promise<void> {
    this.#version += 1;
    const text = JSON.stringify({ version: this.#version, horizonMs, speed });
    const slot = Buffer.alloc(SLOT_BYTES, " ");
    slot.write(`${String(crc32(text))} ${text}\n`);
    await this.#file.write(slot, 0, SLOT_BYTES, (this.#version % 2) * SLOT_BYTES);
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function readSlot(slot: Buffer): ClockRecord | null {
  const match = /^(\d+) (\{[^\n]*\})\n/.exec(slot.toString("utf8"));
  const [, sum = "", text = ""] = match ?? [];
  if (Number(sum) !== crc32(text) || text === "") return null;
  return ClockRecord.parse(JSON.parse(text));
}
