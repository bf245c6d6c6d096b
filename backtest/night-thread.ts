import { Worker } from "node:worker_threads";
import { builtFile } from "../runtime/package-root.ts";

/**
 * Room for what is young, MB: three times what V8 fills before it collects, which is 16 MB by itself. A night
 * makes some hundred bytes a quote that are garbage at the next one: with twice the room, half as often is
 * looked for what still lives, and less of it grows old by chance. GAME-NIGHT gains about a tenth, for 40 MB.
 */
const YOUNG_MB = 96;

/** Starts a thread that plays nights: the program is a source of the package, as `backtest/worker.ts`. */
export function startNightThread(program: string, ...argv: string[]): Worker {
  return new Worker(builtFile(program), {
    argv,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
}
