// The product's worker, which on SIGUSR2 collects its garbage and writes what is left into its home.
import { rename, writeFile } from "node:fs/promises";
import { Session } from "node:inspector/promises";
import { join } from "node:path";
import { readEnvironment } from "../runtime/config.ts";
import { runWorker } from "../workers/run-worker.ts";

const file = join(readEnvironment().home, "memory.json");

process.on("SIGUSR2", () => {
  void measure();
});
await runWorker();

async function measure(): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post("HeapProfiler.collectGarbage");
  session.disconnect();
  const { heapUsed, rss } = process.memoryUsage();
  await writeFile(`${file}.part`, JSON.stringify({ heapUsed, rss }));
  await rename(`${file}.part`, file);
}
