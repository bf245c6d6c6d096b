import { rename, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";

/**
 * Bundles the workflows into the file named by the first argument. A process of its own: the
 * bundler's 150 MB stay with it and not with the worker.
 */
const [target = ""] = process.argv.slice(2);
const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL("../workflows/index.ts", import.meta.url)),
  logger: new DefaultLogger("ERROR"),
});
await writeFile(`${target}.new`, code);
await rename(`${target}.new`, target);
