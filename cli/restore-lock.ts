import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Mode } from "../core/domain/decision.ts";
import { ConfigSnapshot, type SnapshotPlaces } from "../runtime/config-snapshot.ts";
import { type Replaced, restoreSnapshot } from "../runtime/restore-snapshot.ts";
import type { Db } from "../schema/database.ts";
import { appendAudit } from "../schema/queries/audit.ts";
import { throwKill } from "../schema/queries/kill.ts";
import type { TestLock } from "../schema/queries/locks.ts";
import { applyLimitsFile } from "./limits.ts";
import { reasonOf } from "./output.ts";

/** What a rollback did. */
export interface RestoredLock {
  readonly killId: string;
  readonly backup: string;
  readonly replaced: readonly Replaced[];
  /** Why the locked limits are not in force; empty when they are. */
  readonly limitsWaitFor: readonly string[];
}

/**
 * Returns settings, model artifacts and the limits in force to what a window froze, with entries off. The
 * limits are applied as any file is: where that is refused, the file is back and what is in force stays.
 */
export async function restoreLock(
  db: Db,
  act: {
    readonly lock: TestLock;
    readonly mode: Mode;
    readonly places: SnapshotPlaces;
    readonly by: string;
  },
): Promise<RestoredLock> {
  const { lock, mode, places, by } = act;
  const snapshot = ConfigSnapshot.parse(JSON.parse(lock.snapshot));
  // Entries first: nothing is sent on settings that are half old and half new.
  const killId = randomUUID();
  const reason = `rollback to ${lock.lockId}`;
  await throwKill(db, { killId, mode, level: "no-entries", reason, by });
  const folder = `rollback-${new Date().toISOString().replaceAll(":", "-")}`;
  const backup = join(places.home.path, "backups", folder);
  const replaced = await restoreSnapshot(snapshot, places, backup);
  const limitsWaitFor = await applyRestored(db, { mode, path: places.limitsFile, by, reason });
  await appendAudit(db, {
    mode,
    kind: "rollback",
    actor: by,
    subject: lock.lockId,
    details: { killId, backup, replaced, limitsWaitFor, commit: snapshot.commit },
    at: new Date(),
  });
  return { killId, backup, replaced, limitsWaitFor };
}

/** The files are back by now, which must be told and audited whatever keeps the limits from being in force. */
async function applyRestored(
  db: Db,
  act: Parameters<typeof applyLimitsFile>[1],
): Promise<readonly string[]> {
  try {
    const { outcome } = await applyLimitsFile(db, act);
    switch (outcome.kind) {
      case "applied":
      case "unchanged":
        return [];
      case "refused":
        return outcome.because;
      case "overtaken":
        return ["other limits were put in force meanwhile"];
    }
  } catch (error) {
    return [reasonOf(error)];
  }
}
