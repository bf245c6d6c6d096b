import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { LogFigures } from "../activities/report/inputs.ts";

/** Processes of ours that log one JSON line per fact; the servers' own logs are theirs. */
const OURS: ReadonlySet<string> = new Set(["worker.log", "exchange.log"]);

/** Reads the night's own log files back, line by line: a log that cannot be parsed proves nothing later. */
export async function readLogs(logsDir: string): Promise<LogFigures> {
  let lines = 0;
  let unparsable = 0;
  const names = await readdir(logsDir).catch(() => []);
  for (const name of names.filter((one) => OURS.has(one))) {
    for await (const line of createInterface({ input: createReadStream(join(logsDir, name)) })) {
      if (line === "") continue;
      lines += 1;
      if (!isJson(line)) unparsable += 1;
    }
  }
  return { lines, unparsable };
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
