import { createReadStream } from "node:fs";
import { PassThrough } from "node:stream";
import { createGunzip } from "node:zlib";
import type { z } from "zod";
import type { TradingError } from "../../core/domain/errors.ts";
import { isFileError } from "./csv.ts";
import { firstIssue } from "./refusal.ts";

/** Makes the refusal of a file, by line where there is one. */
export type RefuseLine = (file: string, line: number | null, reason: string) => TradingError;

/** A line of a file, from 1, and its value. */
export interface JsonLine<T> {
  readonly line: number;
  readonly value: T;
}

/** Reads a file as `readJsonBatches` does, line by line. */
export async function* readJsonLines<T>(
  ...of: Parameters<typeof readJsonBatches<T>>
): AsyncGenerator<JsonLine<T>> {
  for await (const batch of readJsonBatches(...of)) yield* batch;
}

/**
 * Reads a file of one JSON value a line, gzipped or not, as many lines at once as come: a turn of the event loop
 * for each would cost more than its parsing.
 *
 * @param known values of lines read before, by their text: equal lines of several files are parsed once.
 * @throws TradingError as `refuseLine` makes it: no such file, no JSON, not of the schema.
 */
export async function* readJsonBatches<T>(
  file: string,
  schema: z.ZodType<T>,
  refuseLine: RefuseLine,
  known?: Map<string, T>,
): AsyncGenerator<readonly JsonLine<T>[]> {
  let line = 0;
  try {
    for await (const texts of readLines(file)) {
      const batch: JsonLine<T>[] = [];
      for (const text of texts) {
        line += 1;
        const before = known?.get(text);
        if (before !== undefined) {
          batch.push({ line, value: before });
          continue;
        }
        const parsed = schema.safeParse(parseJson(file, line, text, refuseLine));
        if (!parsed.success) throw refuseLine(file, line, firstIssue(parsed.error));
        known?.set(text, parsed.data);
        batch.push({ line, value: parsed.data });
      }
      yield batch;
    }
  } catch (error) {
    if (!isFileError(error)) throw error;
    throw refuseLine(file, null, error.code === "ENOENT" ? `no such file` : error.message);
  }
}

/** Each chunk waits for a turn of another thread: few large ones. */
const CHUNK_BYTES = 256 * 1_024;

/** Lines of a file, as many at once as come. */
async function* readLines(file: string): AsyncGenerator<readonly string[]> {
  const bytes = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const unzipped = file.endsWith(".gz")
    ? createGunzip({ chunkSize: CHUNK_BYTES })
    : new PassThrough();
  // An error of the file must reach the one who reads the lines; one of the unzipping does so itself.
  bytes.on("error", (error: Error) => unzipped.destroy(error));
  bytes.pipe(unzipped).setEncoding("utf8");
  let rest = "";
  for await (const chunk of unzipped) {
    const lines = `${rest}${String(chunk)}`.split("\n"); // A carriage return is white space to JSON.
    rest = lines.pop() ?? "";
    if (lines.length > 0) yield lines;
  }
  if (rest !== "") yield [rest];
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
