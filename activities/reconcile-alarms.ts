import type { Mode } from "../core/domain/decision.ts";
import { clearAlarmsBut } from "../schema/queries/alarms.ts";
import type { AccountDeps } from "./account.ts";

/** Alarms that reconciliation owns: it raises each while its cause lasts, and clears it afterwards. */
const OWNED = [
  "reconciliation_difference",
  "order_abandoned",
  "order_not_followed",
  "foreign_exposure",
  "account_transfer",
  "settlement_corrected",
  "settlement_correction_refused",
  "fee_mismatch",
] as const;

/** Something that reconciliation found, as an alarm. Without a `runId` it belongs to the run in question. */
export interface Finding {
  readonly code: (typeof OWNED)[number];
  readonly severity: "warning" | "critical";
  readonly runId?: string;
  readonly gameId: string | null;
  readonly field: string | null;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * Raises what was found, and clears what was found before and is gone, whichever process raised it.
 * What another activity raised meanwhile, later than this look began, is left to the next look.
 */
export async function tellFindings(
  deps: Pick<AccountDeps, "db" | "clock" | "alarms">,
  { mode, runId }: { readonly mode: Mode; readonly runId: string },
  findings: readonly Finding[],
): Promise<void> {
  const at = deps.clock.now();
  const alarms = findings.map((finding) => ({ ...finding, runId: finding.runId ?? runId, at }));
  for (const alarm of alarms) deps.alarms.raise(alarm);
  await deps.alarms.flush();
  await clearAlarmsBut(deps.db, mode, { codes: OWNED, keep: alarms, at });
}
