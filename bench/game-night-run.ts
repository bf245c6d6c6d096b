/** Measures GAME-NIGHT in a process of its own, and prints what it found as JSON. */
import { measureNight } from "./game-night/measure.ts";

process.stdout.write(`${JSON.stringify(measureNight())}\n`);
