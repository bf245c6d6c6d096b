import type { AlarmBook } from "../activities/alarm-book.ts";
import { closeAuditChain } from "../activities/audit-chain.ts";
import type { Mode } from "../core/domain/decision.ts";
import type { RunClock } from "../core/domain/time.ts";
import type { Home } from "../runtime/home.ts";
import type { Logger } from "../runtime/log.ts";
import { repeat } from "../runtime/repeat.ts";
import type { Db } from "../schema/database.ts";
import { appendAuditIfChanged } from "../schema/queries/audit.ts";

/** What the closer of a worker needs. */
export interface AuditCloserDeps {
  readonly db: Db;
  readonly home: Home;
  readonly mode: Mode;
  readonly alarms: AlarmBook;
  readonly clock: RunClock;
  readonly log: Logger;
}

const EVERY_MS = 3_000;
/** Rows may wait this long for one open transaction before somebody is told. */
const STUCK_MS = 60_000;

/** Closes the audit chain every few seconds for as long as the worker lives. @returns how to end it. */
export function keepChainClosed(deps: AuditCloserDeps): () => Promise<void> {
  const { db, home, mode, log } = deps;
  let lastClosedAt = performance.now();
  const close = async (): Promise<void> => {
    const headFile = home.auditHeadFile;
    const { outcome } = await closeAuditChain({ db, headFile, mode, log });
    if (outcome === "closed") lastClosedAt = performance.now();
    tell(deps, outcome === "broken", "audit_chain_broken", BROKEN);
    const isStuck = outcome === "waiting" && performance.now() - lastClosedAt > STUCK_MS;
    tell(deps, isStuck, "audit_chain_waits", WAITS);
  };
  const failed = (error: unknown): void => {
    // The database is away, or the head file cannot be read: the next round tries again.
    const reason = error instanceof Error ? error.message : String(error);
    log.warn({ error: reason }, "audit chain not closed");
    tell(deps, performance.now() - lastClosedAt > STUCK_MS, "audit_chain_not_closed", reason);
  };
  const stop = repeat(close, EVERY_MS, failed);
  return async () => {
    await stop();
    // The last acts of this process are linked before it goes.
    await close().catch(failed);
  };
}

const BROKEN =
  "the audit chain does not hold the link of the head file, and is not extended; `npx tipoff audit verify` says more";
const WAITS = "audit rows cannot be linked: a transaction that writes to the log stays open";

function tell(deps: AuditCloserDeps, holds: boolean, code: string, message: string): void {
  const key = { runId: null, gameId: null, code, field: null };
  const at = deps.clock.now();
  if (!holds) deps.alarms.clear(key, at);
  else deps.alarms.raise({ ...key, severity: "critical", message, details: {}, at });
}

/** Keeps which key signs for the account, when it is another than before: by the beginning of its id. */
export async function auditKey(deps: {
  readonly db: Db;
  readonly mode: Mode;
  readonly keyId: string;
}): Promise<void> {
  await appendAuditIfChanged(deps.db, {
    mode: deps.mode,
    kind: "key",
    actor: "worker",
    subject: `${deps.keyId.slice(0, 8)}...`,
    details: { use: "signs for the paper account" },
    at: new Date(),
  });
}
