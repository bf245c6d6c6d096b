import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { WallWindow } from "../../schema/queries/incident-rows.ts";

/** An instant with its zone near the start of a line, as our logs, PostgreSQL's and Temporal's have it. */
const TIME = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))/;
/** So far into a line its time is looked for; a later one is something the line tells of. */
const TIME_WITHIN = 200;

/** The log files of a home: every process and the servers, with what each wrote to standard error. */
export async function logFiles(logsDir: string): Promise<readonly string[]> {
  const names = await readdir(logsDir).catch(() => []);
  return names.filter((name) => name.endsWith(".log")).toSorted();
}

/**
 * The lines of a log that were written in a window. A line without a time, such as one of a stack
 * trace, belongs to the line before; before any time is seen, it belongs to when the file was last
 * written.
 */
export async function* logLines(
  logsDir: string,
  name: string,
  { from, to }: WallWindow,
): AsyncGenerator<string> {
  const path = join(logsDir, name);
  let at = (await stat(path)).mtimeMs;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    at = timeOf(line) ?? at;
    if (line !== "" && at >= from.getTime() && at <= to.getTime()) yield line;
  }
}

function timeOf(line: string): number | null {
  const found = TIME.exec(line.slice(0, TIME_WITHIN))?.[0];
  if (found === undefined) return null;
  const iso = found
    .replace(" ", "T")
    .replace(",", ".")
    .replace(/ ?UTC$/, "Z")
    .replace(" ", "");
  const at = Date.parse(iso);
  return Number.isNaN(at) ? null : at;
}
