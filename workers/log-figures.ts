import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import type { LogFigures } from "../activities/report/inputs.ts";

/** Processes of ours that log one JSON line per fact; the servers' own logs are theirs. */
const OURS: ReadonlySet<string> = new Set(["worker.log", "exchange.log"]);

/**
 * Reads the night's own log files back, line by line: a log that cannot be parsed proves nothing later.
 *
 * @returns null, after a warning, when the folder or one of the files cannot be read: the report is written
 *   all the same, and says so.
 */
export async function readLogs(
  logsDir: string,
  log: Pick<Logger, "warn">,
): Promise<LogFigures | null> {
  try {
    let lines = 0;
    let unparsable = 0;
    const names = await readdir(logsDir);
    for (const name of names.filter((one) => OURS.has(one))) {
      for await (const line of linesOf(join(logsDir, name))) {
        if (line === "") continue;
        lines += 1;
        if (!isJson(line)) unparsable += 1;
      }
    }
    return { lines, unparsable };
  } catch (error) {
    log.warn({ logsDir, error: String(error) }, "the night's logs cannot be read");
    return null;
  }
}

/** Of the stream itself: `node:readline` does not pass on that a file cannot be read. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const chunks: AsyncIterable<string> = createReadStream(file, { encoding: "utf8" });
  let rest = "";
  for await (const chunk of chunks) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  yield rest;
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
