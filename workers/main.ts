import { decide } from "../core/strategies/decide.ts";
import { runWorker } from "./run-worker.ts";

await runWorker(decide);
