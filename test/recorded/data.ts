import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";

/** Path inside the folder of recorded data: `TIPOFF_DATA`, or `../shared/data` beside the repository. */
export function dataPath(...parts: readonly string[]): string {
  return join(resolve(process.env["TIPOFF_DATA"] ?? "../shared/data"), ...parts);
}

/** Lines of a text file, gzipped or not. */
export function linesOf(path: string): readonly string[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return text.split("\n").filter((line) => line !== "");
}
