import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";
import { PACKAGE_ROOT } from "../runtime/package-root.ts";

/**
 * Bundles the workflows into the file named by the first argument. A process of its own: the
 * bundler's 150 MB stay with it and not with the worker.
 */
const [target = ""] = process.argv.slice(2);
const { code } = await bundleWorkflowCode({
  workflowsPath: join(PACKAGE_ROOT, "workflows/index.ts"),
  logger: new DefaultLogger("ERROR"),
});
// Several may make it at once, each whole.
const unfinished = `${target}.${process.pid}`;
await writeFile(unfinished, code);
await rename(unfinished, target);
