/**
 * Measures a workload of GAME-NIGHT, `night` or `often`, in one thread, and prints what it found as JSON. The
 * thread is started as `tipoff backtest` starts those that play its nights.
 */
import { isMainThread } from "node:worker_threads";
import { startNightThread } from "../backtest/night-thread.ts";
import { measureWorkload } from "./game-night/measure.ts";

const workload = process.argv[2] === "often" ? "often" : "night";
if (isMainThread) startNightThread("bench/game-night-run.ts", workload);
else process.stdout.write(`${JSON.stringify(measureWorkload(workload))}\n`);
