import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import type { ReconcileResult } from "../../activities/reconcile.ts";
import { formatCount, formatUsd } from "../../core/domain/units.ts";
import { shown, TASK_QUEUES } from "../../temporal.config.ts";
import { findRunning, type HomeOption, openHome, withHome, withTemporal } from "../context.ts";
import { action, EXIT, failed, print, printJson, reasonOf, table } from "../output.ts";

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
  else tell(result);
  return result.differences.length + result.foreign.length === 0 ? EXIT.done : EXIT.failed;
}

function tell({
  ordersFollowed,
  differences,
  foreign,
  transfersBooked,
  cash,
}: ReconcileResult): void {
  if (cash === null) {
    print("there are no books yet: no day was started");
    return;
  }
  const { venue, ledger, foreign: moved } = cash;
  print(
    `cash       venue ${formatUsd(venue)}, ledger ${formatUsd(ledger)}, moved by others ${formatUsd(moved)}`,
  );
  print(`orders     ${ordersFollowed} open ones followed`);
  if (transfersBooked > 0) print(`transfers  ${transfersBooked} booked`);
  if (differences.length === 0) {
    print("account and ledger agree on orders, fills, positions and cash");
  } else {
    const rows = differences.map(({ kind, what, venue: theirs, ledger: ours }) => [
      kind,
      what,
      String(theirs ?? "-"),
      String(ours ?? "-"),
    ]);
    print(table(["difference", "of", "venue", "ledger"], rows));
  }
  if (foreign.length === 0) return;
  const rows = foreign.map(({ marketTicker, position, restingOrders, atRisk }) => [
    marketTicker,
    formatCount(position),
    String(restingOrders),
    formatUsd(atRisk),
  ]);
  print(table(["not ours", "position", "orders", "at risk, USD"], rows));
  print("what is not ours is counted in the limits and left alone");
}
