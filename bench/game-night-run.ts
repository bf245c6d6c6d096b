/** Measures a workload of GAME-NIGHT, `night` or `often`, in this process, and prints what it found as JSON. */
import { measureWorkload } from "./game-night/measure.ts";

const workload = process.argv[2] === "often" ? "often" : "night";
process.stdout.write(`${JSON.stringify(measureWorkload(workload))}\n`);
