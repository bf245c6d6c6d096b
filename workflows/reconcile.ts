import { setCurrentDetails } from "@temporalio/workflow";
import type { Mode } from "../core/domain/decision.ts";
import type { ReconcileResult } from "../activities/reconcile.ts";
import { batch } from "./activities.ts";
import { markEnd } from "./shared.ts";

/** Compares the account with the ledger and follows up what differs; run by schedule and on demand. */
export async function reconcile(input: { readonly mode: Mode }): Promise<ReconcileResult> {
  setCurrentDetails(`**${input.mode}** the account is read`);
  const found = await batch.reconcile({ mode: input.mode, runId: null });
  setCurrentDetails(describe(input.mode, found));
  markEnd(phaseOf(found));
  return found;
}

function phaseOf({ cash, differences, foreign, skipped }: ReconcileResult): string {
  if (skipped === "other_night") return "other night";
  if (cash === null) return "no books";
  if (differences.length > 0) return "different";
  return foreign.length > 0 ? "foreign" : "equal";
}

function describe(mode: Mode, found: ReconcileResult): string {
  const differences = found.differences.map(
    ({ kind, what, venue, ledger }) =>
      `- ${kind} ${what}: venue ${venue ?? "-"}, ledger ${ledger ?? "-"}`,
  );
  const foreign = found.foreign.map(({ marketTicker }) => `- not ours: ${marketTicker}`);
  return [
    `**${mode}** ${phaseOf(found)}, open orders followed ${found.ordersFollowed}`,
    "",
    ...differences,
    ...foreign,
  ].join("\n");
}
