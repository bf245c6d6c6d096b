import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { prepareWorkflowBundle } from "../../workers/workflow-bundle.ts";

/** The code of the workflows as a worker of the product runs it. Bundling takes seconds: all suites share one. */
export async function builtWorkflows(): Promise<string> {
  const { codePath } = await prepareWorkflowBundle(tmpdir());
  return readFile(codePath, "utf8");
}
