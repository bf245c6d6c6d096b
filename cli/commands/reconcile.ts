import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import type { ReconcileResult } from "../../activities/reconcile.ts";
import { shown, TASK_QUEUES } from "../../temporal.config.ts";
import { tellComparison } from "../comparison-view.ts";
import { findRunning, type HomeOption, openHome, withHome, withTemporal } from "../context.ts";
import { action, EXIT, failed, printJson, reasonOf } from "../output.ts";

interface ReconcileOptions extends HomeOption {
  readonly json?: boolean;
}

/** A look takes a second or two; a second one, when the first finds something, as long again. */
const TIMEOUT_MS = 60_000;

/** `tipoff reconcile`: the account against the ledger, now. */
export function registerReconcile(program: Command): void {
  withHome(program.command("reconcile"))
    .description("compare the account with the ledger now; exit code 1 when they differ")
    .option("--json", "answer as JSON")
    .action(action(reconcile));
}

async function reconcile(options: ReconcileOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const result = await withTemporal(running.temporalAddress, async (temporal) => {
    const handle = await temporal.workflow.start("reconcile", {
      workflowId: `reconcile/${running.mode}/${randomUUID()}`,
      taskQueue: TASK_QUEUES.trading,
      args: [{ mode: running.mode }],
      ...shown.reconcile(running.mode, "on demand"),
    });
    const givenUp = AbortSignal.timeout(TIMEOUT_MS);
    const answer: unknown = await temporal.withAbortSignal(givenUp, () => handle.result());
    return answer as ReconcileResult; // Boundary: the workflow's own type.
  }).catch((error: unknown) => {
    throw failed(
      `the comparison has not answered: ${reasonOf(error)}`,
      "see that worker and exchange run (`npx tipoff doctor`), and ask again",
    );
  });
  if (options.json) printJson(result);
  else tellComparison(result);
  return result.differences.length + result.foreign.length === 0 ? EXIT.done : EXIT.failed;
}
