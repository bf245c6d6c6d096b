import { type FileHandle, open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { errorOf, TradingError } from "../../core/domain/errors.ts";

/** The journal of a night: JSON lines, appended and synced, each numbered and sealed by a checksum. */
export class Journal {
  readonly #file: FileHandle;
  readonly #before: () => Promise<void>;
  #sequence: number;
  #queue: string[] = [];
  #flushing: Promise<void> | null = null;
  #failure: Error | null = null;

  private constructor(file: FileHandle, sequence: number, before: () => Promise<void>) {
    this.#file = file;
    this.#sequence = sequence;
    this.#before = before;
  }

  /**
   * Opens or creates the journal. A last line torn by a crash was never answered to anyone: it is
   * cut off. Any other damage is refused, since what follows it could not be trusted.
   *
   * @param before makes durable what entries stand on, such as the facts before them; awaited ahead of each write.
   */
  static async open(
    path: string,
    before: () => Promise<void> = () => Promise.resolve(),
  ): Promise<{ journal: Journal; entries: readonly object[] }> {
    const file = await open(path, "a+");
    const text = await file.readFile("utf8");
    const { entries, goodBytes } = readLines(text, path);
    if (goodBytes < Buffer.byteLength(text)) {
      await file.truncate(goodBytes);
      await file.sync();
    }
    return { journal: new Journal(file, entries.length, before), entries };
  }

  /** Queues one entry; it is on disk when `flushed` resolves. */
  append(entry: object): void {
    if (this.#failure !== null) return;
    this.#queue.push(seal({ sequence: this.#sequence, ...entry }));
    this.#sequence += 1;
    this.#flushing ??= this.#flush();
  }

  /** Resolves when everything appended so far is on disk; a failed disk rejects for ever. */
  async flushed(): Promise<void> {
    while (this.#flushing !== null) await this.#flushing;
    if (this.#failure !== null) throw this.#failure;
  }

  async close(): Promise<void> {
    await this.flushed();
    await this.#file.close();
  }

  async #flush(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        // One sync carries all that came while the last one ran.
        await Promise.resolve();
        const lines = this.#queue.join("");
        this.#queue = [];
        await this.#before();
        await this.#file.appendFile(lines);
        await this.#file.datasync();
      }
    } catch (error) {
      this.#failure = errorOf(error);
    } finally {
      this.#flushing = null;
    }
  }
}

function seal(entry: object): string {
  const text = JSON.stringify(entry);
  return `${text.slice(0, -1)},"crc":${String(crc32(text))}}\n`;
}

/** @returns the entry without its seal, null when the line is not whole. */
function unseal(line: string): object | null {
  const match = /^(\{.*),"crc":(\d+)\}$/.exec(line);
  const [, body = "", sum = ""] = match ?? [];
  const text = `${body}}`;
  if (body === "" || Number(sum) !== crc32(text)) return null;
  // The checksum proves that these are the bytes that seal() wrote from an object.
  return JSON.parse(text) as object;
}

function readLines(text: string, path: string): { entries: object[]; goodBytes: number } {
  const lines = text.split("\n");
  const entries: object[] = [];
  let goodBytes = 0;
  for (const [index, line] of lines.entries()) {
    const isLast = lines.slice(index + 1).every((rest) => rest === "");
    const entry = index < lines.length - 1 ? unseal(line) : null;
    const isInSequence = entry !== null && "sequence" in entry && entry.sequence === index;
    if (entry === null || !isInSequence) {
      if (isLast) break;
      throw new TradingError("JOURNAL_DAMAGED", {
        file: path,
        line: index + 1,
        reason:
          "the journal is damaged before its last line; restore it or start a new data folder",
      });
    }
    entries.push(entry);
    goodBytes += Buffer.byteLength(line) + 1;
  }
  return { entries, goodBytes };
}
