import type { RunClock } from "../core/domain/time.ts";
import type { Mode } from "../core/domain/decision.ts";
import { type Db, toDate } from "../schema/database.ts";
import { appendAuditOnce } from "../schema/queries/audit.ts";

/** A signal that changes what a workflow may do. */
export interface SignaledAct {
  readonly kind: "pause" | "resume";
  readonly mode: Mode;
  /** The workflow that it reached. */
  readonly workflowId: string;
  /** Tells a second signal from a repeat of this step: `<run id>/<number of the signal>`. */
  readonly signalId: string;
  readonly reason: string;
  readonly by: string;
}

/** Acts that reach a workflow by signal, and are in no transaction of ours until it tells. */
export const createAuditActivities = (deps: { readonly db: Db; readonly clock: RunClock }) => ({
  /** Keeps one act. A repeat keeps nothing. */
  async recordAct({ kind, mode, workflowId, signalId, reason, by }: SignaledAct): Promise<void> {
    await appendAuditOnce(deps.db, {
      mode,
      kind,
      actor: by,
      subject: workflowId,
      details: { signalId, reason },
      at: toDate(deps.clock.now()),
    });
  },
});
export type AuditActivities = ReturnType<typeof createAuditActivities>;
