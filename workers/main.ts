import { wholeFile } from "../runtime/package-root.ts";
import { runWhole } from "../runtime/whole-program.ts";
import type * as Program from "./run-worker.ts";

const program = runWhole(wholeFile("workers/run-worker.ts"), "worker");
process.once("exit", program.keepCode);
await (program.exports as typeof Program).runWorker(); // What the build made of that module.
