import { BREAKER_LEVELS } from "../../core/risk/breakers.ts";
import type { Mode } from "../../core/domain/decision.ts";
import type { Signer } from "../../core/domain/signed.ts";
import type { RunClock } from "../../core/domain/time.ts";
import {
  ConfigSnapshot,
  limitsTextOf,
  snapshotChanges,
  type SnapshotPlaces,
  takeSnapshot,
} from "../../runtime/config-snapshot.ts";
import { parseRiskLimits } from "../../runtime/risk-limits.ts";
import type { Db } from "../../schema/database.ts";
import { recordCondition, tripBreaker } from "../../schema/queries/breakers.ts";
import { limitsInForce } from "../../schema/queries/limits.ts";
import { openLock, type TestLock } from "../../schema/queries/locks.ts";

/** Code of the breaker that a changed parameter trips. */
const CONFIG_CHANGED = "config_changed";
const SHOWN_MAX = 20;

export interface ConfigGuardDeps {
  readonly db: Db;
  readonly signer: Signer;
  readonly mode: Mode;
  readonly clock: RunClock;
  /** Where the files lie that this process read at its start, and the commit it runs. */
  readonly places: SnapshotPlaces;
  /** What this process read at its start: it goes on with these, whatever is on the disk now. */
  readonly loaded: ConfigSnapshot;
}

/**
 * Compares the test window that stands with the settings this process runs on and with those on the disk.
 * Where they differ, the breaker `config_changed` trips: no entries until a person has looked.
 *
 * @returns what was changed; empty when nothing was, or when no window stands.
 */
export async function guardConfig(deps: ConfigGuardDeps): Promise<readonly string[]> {
  const { db, signer, mode, clock, places, loaded } = deps;
  const lock = await openLock(db, signer, mode);
  const at = clock.now();
  const changes = await lockChanges(db, lock, [loaded, await takeSnapshot(places)]);
  const shown = changes.slice(0, SHOWN_MAX).join("; ");
  const what = {
    mode,
    breaker: CONFIG_CHANGED,
    cause: `${lock?.lockId ?? "no window"} is locked, and was changed: ${shown}`,
    numbers: { lockId: lock?.lockId ?? "", changes: changes.length },
    at,
  };
  // Whoever would release the breaker is told what was seen last.
  await recordCondition(db, { ...what, holds: changes.length > 0 });
  if (changes.length === 0) return [];
  const level = BREAKER_LEVELS[CONFIG_CHANGED];
  await db.transaction().execute((tx) => tripBreaker(tx, { ...what, level, runId: null }));
  return changes;
}

/**
 * What differs between a window and what is in force, one line each: the files, and the limits by which
 * orders are judged, which change only when they are applied. @returns nothing when no window stands.
 */
export async function lockChanges(
  db: Db,
  lock: TestLock | null,
  snapshots: readonly ConfigSnapshot[],
): Promise<readonly string[]> {
  if (lock === null) return [];
  if (!lock.isAuthentic) return ["the record of the window itself is not as it was signed"];
  const locked = ConfigSnapshot.parse(JSON.parse(lock.snapshot));
  const files = new Set(snapshots.flatMap((snapshot) => snapshotChanges(locked, snapshot)));
  const inForce = await limitsInForce(db, lock.mode);
  return [...files, ...limitsChange(locked, inForce?.hash ?? null)];
}

function limitsChange(locked: ConfigSnapshot, inForce: string | null): readonly string[] {
  const was = lockedLimitsHash(locked);
  if (was === null) return ["limits in force: the window holds none that can be read"];
  if (was === inForce) return [];
  return [`limits in force: ${was.slice(0, 12)} -> ${inForce?.slice(0, 12) ?? "none"}`];
}

function lockedLimitsHash(locked: ConfigSnapshot): string | null {
  const text = limitsTextOf(locked);
  try {
    return text === null ? null : parseRiskLimits("the locked limits", text).hash;
  } catch {
    // Of another version: nothing can be said to be as it was locked.
    return null;
  }
}
