import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import type { SourceManifest } from "../facts.ts";

/** SHA-256 of a file, in hexadecimal. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** The files that a recording was made of, by name and hash. */
export async function originsOf(files: readonly string[]): Promise<SourceManifest["origins"]> {
  const origins: { file: string; sha256: string }[] = [];
  for (const file of files) origins.push({ file: basename(file), sha256: await hashFile(file) });
  return origins;
}
