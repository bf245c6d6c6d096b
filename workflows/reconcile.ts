import type { Mode } from "../core/domain/decision.ts";
import type { ReconcileResult } from "../activities/reconcile.ts";
import { batch } from "./activities.ts";

/** Compares the account with the ledger and follows up what differs; run by schedule and on demand. */
export async function reconcile(input: { readonly mode: Mode }): Promise<ReconcileResult> {
  return await batch.reconcile({ mode: input.mode, runId: null });
}
