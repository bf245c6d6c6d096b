import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { CsvError, parse } from "csv-parse";
import type { z } from "zod";
import { firstIssue, refuse } from "./refusal.ts";

/** One row of a CSV file by column name, with its line for refusals. */
export interface CsvRow {
  readonly line: number;
  readonly values: Readonly<Record<string, string>>;
}

/**
 * Reads a CSV file with a header, gzipped or not, row by row.
 *
 * @throws TradingError RECORDING_INVALID when the file is missing or is no CSV.
 */
export async function* readCsv(file: string): AsyncGenerator<CsvRow> {
  const bytes = createReadStream(file);
  const unzipped = file.endsWith(".gz") ? bytes.pipe(createGunzip()) : bytes;
  const parser = parse({
    columns: true,
    info: true,
    skip_empty_lines: true,
    bom: true,
    record_delimiter: ["\r\n", "\n"],
  });
  // An error of the file or the unzipping must reach the one who reads the rows.
  for (const stream of [bytes, unzipped]) {
    stream.on("error", (error: Error) => parser.destroy(error));
  }
  unzipped.pipe(parser);
  try {
    for await (const item of parser) {
      // The parser's one untyped boundary: `columns` and `info` give this shape.
      const { record, info } = item as { record: Record<string, string>; info: { lines: number } };
      yield { line: info.lines, values: record };
    }
  } catch (error) {
    if (error instanceof CsvError) throw refuse(file, parser.info.lines, error.message);
    if (isFileError(error)) {
      const reason = error.code === "ENOENT" ? `no such file: ${file}` : error.message;
      throw refuse(file, null, reason, `check the path ${file}, and that the file is whole`);
    }
    throw error;
  }
}

/** Reads a row as the schema says. @throws TradingError RECORDING_INVALID with line, field and reason. */
export function parseRow<T>(file: string, row: CsvRow, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(row.values);
  if (!parsed.success) throw refuse(file, row.line, firstIssue(parsed.error));
  return parsed.data;
}

/** Errors of the file system and of zlib carry a code such as ENOENT or Z_DATA_ERROR. */
export function isFileError(error: unknown): error is Error & { readonly code: string } {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    /^[EZ]/.test(error.code)
  );
}
