import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** Writes rows of a table to a folder, compressed where the name says so. @returns its path. */
export function tableFile(
  folder: string,
  name: string,
  head: string,
  rows: readonly string[],
): string {
  const path = join(folder, name);
  const text = [head, ...rows, ""].join("\n");
  writeFileSync(path, name.endsWith(".gz") ? gzipSync(text) : text);
  return path;
}
