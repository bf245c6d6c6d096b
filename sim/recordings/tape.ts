import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { errorOf } from "../../core/domain/errors.ts";
import type { Fact } from "../facts.ts";
import { FactLine } from "./format.ts";
import { readJsonBatches } from "./json-lines.ts";
import { refuse } from "./refusal.ts";

/** The tape's file in its folder. */
export const TAPE_FILE = "tape.jsonl";
/** Facts go to the file this long after they came at the latest, wall milliseconds; to the disk when asked. */
const WRITE_MS = 200;
const BLOCK = 64 * 1024;
const NEWLINE = 10;

/**
 * The facts of a night that is still going on, one JSON line each: a recording that is being written. A last line
 * torn by a crash was never acted on, and is cut off.
 */
export class Tape {
  readonly #path: string;
  readonly #file: FileHandle;
  #lines: string[] = [];
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #failure: Error | null = null;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Opens a folder's tape, or begins one. */
  static async open(dir: string): Promise<Tape> {
    await mkdir(dir, { recursive: true });
    const path = join(dir, TAPE_FILE);
    const file = await open(path, "a+");
    const { size } = await file.stat();
    const whole = await endOfLastLine(file, size);
    if (whole < size) await file.truncate(whole);
    return new Tape(path, file);
  }

  /**
   * What was kept so far, in sequence.
   *
   * @throws TradingError RECORDING_INVALID, naming file, line and reason.
   */
  async *facts(): AsyncGenerator<Fact> {
    await this.#write();
    for await (const batch of readJsonBatches(this.#path, FactLine, refuse)) {
      for (const { value } of batch) yield value;
    }
  }

  /** @throws Error of the disk, once a write has failed. */
  append(fact: Fact): void {
    if (this.#failure !== null) throw this.#failure;
    this.#lines.push(`${JSON.stringify(fact)}\n`);
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      // A failure is thrown to whoever appends next.
      this.#write().catch(() => undefined);
    }, WRITE_MS);
  }

  /** Everything appended so far is on the disk when this resolves. @throws Error of the disk, from then on. */
  async kept(): Promise<void> {
    await this.#write();
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.kept();
    await this.#file.close();
  }

  /** Writes are made one after the other, each with all that came before it began. */
  #write(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      if (this.#lines.length === 0) return;
      const text = this.#lines.join("");
      this.#lines = [];
      await this.#file.appendFile(text).catch((error: unknown) => {
        this.#failure = errorOf(error);
        throw this.#failure;
      });
    });
    return this.#writing;
  }
}

/** @returns how many bytes of the file are whole lines. */
async function endOfLastLine(file: FileHandle, size: number): Promise<number> {
  const block = Buffer.alloc(BLOCK);
  for (let end = size; end > 0; end -= BLOCK) {
    const from = Math.max(0, end - BLOCK);
    const { bytesRead } = await file.read(block, 0, end - from, from);
    const at = block.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (at >= 0) return from + at + 1;
  }
  return 0;
}
