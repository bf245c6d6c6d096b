import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, mkdtemp, open, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { create } from "tar";
import type { SecretNet } from "../../runtime/scrub.ts";

/** One file of the archive. */
export interface ArchivedFile {
  readonly name: string;
  readonly lines: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** More of one file than anybody reads: the rest is left out, and said. */
const FILE_MAX_BYTES = 512 * 1024 * 1024;

/** An archive in the making: a folder of its own, which only its owner may read. */
export class ArchiveFolder {
  readonly #path: string;
  readonly #scrubber: SecretNet;
  readonly #maxBytes: number;
  readonly files: ArchivedFile[] = [];
  /** What is not in the archive, and why, in words. */
  readonly leftOut: string[] = [];

  private constructor(path: string, scrubber: SecretNet, maxBytes: number) {
    this.#path = path;
    this.#scrubber = scrubber;
    this.#maxBytes = maxBytes;
  }

  static async create(scrubber: SecretNet, maxBytes = FILE_MAX_BYTES): Promise<ArchiveFolder> {
    return new ArchiveFolder(await mkdtemp(join(tmpdir(), "tipoff-incident-")), scrubber, maxBytes);
  }

  /** Writes a file line by line, each through the scrubber. A file without lines is left out. */
  async add(name: string, lines: AsyncIterable<string> | Iterable<string>): Promise<void> {
    const hash = createHash("sha256");
    const size = { lines: 0, bytes: 0, omitted: 0 };
    const clean = async function* (
      scrubber: SecretNet,
      maxBytes: number,
    ): AsyncGenerator<Uint8Array> {
      for await (const line of lines) {
        const bytes = Buffer.from(`${scrubber.scrub(line)}\n`);
        if (size.bytes + bytes.byteLength > maxBytes) {
          size.omitted += 1;
          continue;
        }
        hash.update(bytes);
        size.lines += 1;
        size.bytes += bytes.byteLength;
        yield bytes;
      }
    };
    const file = join(this.#path, name);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await pipeline(clean(this.#scrubber, this.#maxBytes), createWriteStream(file, { mode: 0o600 }));
    if (size.omitted > 0) {
      this.leftOut.push(`${name}: ${size.omitted} lines beyond ${this.#maxBytes} bytes`);
    }
    if (size.lines === 0) {
      await rm(file);
      return;
    }
    const { lines: count, bytes } = size;
    this.files.push({ name, lines: count, bytes, sha256: hash.digest("hex") });
  }

  /**
   * Packs everything and the manifest into one file, whole or not at all.
   *
   * @returns the archive's hash.
   */
  async pack(outFile: string, manifest: object): Promise<string> {
    const content = `${this.#scrubber.scrub(JSON.stringify(manifest, null, 2))}\n`;
    await writeFile(join(this.#path, "manifest.json"), content, { mode: 0o600 });
    const names = ["manifest.json", ...this.files.map(({ name }) => name)];
    await mkdir(dirname(outFile), { recursive: true });
    const fresh = `${outFile}.new`;
    await create({ file: fresh, cwd: this.#path, gzip: true, portable: true, mode: 0o600 }, names);
    const sha256 = await syncAndHash(fresh);
    await rename(fresh, outFile);
    return sha256;
  }

  /** Removes the folder. */
  async remove(): Promise<void> {
    await rm(this.#path, { recursive: true, force: true });
  }
}

async function syncAndHash(path: string): Promise<string> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  const hash = createHash("sha256");
  const chunks: AsyncIterable<Uint8Array> = createReadStream(path);
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}
