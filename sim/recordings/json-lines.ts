import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { createGunzip } from "node:zlib";
import type { z } from "zod";
import type { TradingError } from "../../core/domain/errors.ts";
import { isFileError } from "./csv.ts";
import { firstIssue } from "./refusal.ts";

/** Makes the refusal of a file, by line where there is one. */
export type RefuseLine = (file: string, line: number | null, reason: string) => TradingError;

/**
 * Reads a file of one JSON value a line, gzipped or not, line by line.
 *
 * @throws TradingError as `refuseLine` makes it: no such file, no JSON, not of the schema.
 */
export async function* readJsonLines<T>(
  file: string,
  schema: z.ZodType<T>,
  refuseLine: RefuseLine,
): AsyncGenerator<{ readonly line: number; readonly value: T }> {
  const bytes = createReadStream(file);
  const unzipped = file.endsWith(".gz") ? createGunzip() : new PassThrough();
  // An error of the file must reach the one who reads the lines; one of the unzipping does so itself.
  bytes.on("error", (error: Error) => unzipped.destroy(error));
  let line = 0;
  try {
    for await (const text of createInterface({
      input: bytes.pipe(unzipped),
      crlfDelay: Infinity,
    })) {
      line += 1;
      const parsed = schema.safeParse(parseJson(file, line, text, refuseLine));
      if (!parsed.success) throw refuseLine(file, line, firstIssue(parsed.error));
      yield { line, value: parsed.data };
    }
  } catch (error) {
    if (!isFileError(error)) throw error;
    throw refuseLine(file, null, error.code === "ENOENT" ? `no such file` : error.message);
  }
}

/** Reads one JSON text. @throws TradingError as `refuseLine` makes it. */
export function parseJson(
  file: string,
  line: number | null,
  text: string,
  refuseLine: RefuseLine,
): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuseLine(file, line, "not JSON");
  }
}
