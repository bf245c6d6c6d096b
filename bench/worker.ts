// The product's worker with the bench strategy in place of ModelEdge.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readEnvironment } from "../runtime/config.ts";
import { runWorker } from "../workers/run-worker.ts";
import { proposingOften } from "./often.ts";

const { home } = readEnvironment();
const Begin = z.strictObject({ proposeFrom: z.number() });
const { proposeFrom } = Begin.parse(JSON.parse(readFileSync(join(home, "bench.json"), "utf8")));
await runWorker((loaded) => proposingOften(proposeFrom, loaded));
