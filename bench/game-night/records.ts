import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DecisionInput, DecisionOutput } from "../../core/domain/decision.ts";

/** Where the records of a pass go. */
export interface Records {
  readonly count: () => number;
  readonly add: (input: DecisionInput, output: DecisionOutput) => void;
  /** What they took is given back. */
  readonly close: () => void;
}

/** Keeps every record whole in memory, as long as the pass lasts. */
export function keptRecords(): Records {
  const records: { readonly input: DecisionInput; readonly output: DecisionOutput }[] = [];
  return {
    count: () => records.length,
    add: (input, output) => void records.push({ input, output }),
    close: () => undefined,
  };
}

/** Writes every record to a file as it comes, a line of JSON each: nothing of it stays in memory. */
export function streamedRecords(): Records {
  const folder = mkdtempSync(join(tmpdir(), "tipoff-game-night-"));
  const file = openSync(join(folder, "records.ndjson"), "w");
  let count = 0;
  return {
    count: () => count,
    add: (input, output) => {
      writeSync(file, `${JSON.stringify({ input, output })}\n`);
      count += 1;
    },
    close: () => {
      closeSync(file);
      rmSync(folder, { recursive: true });
    },
  };
}
