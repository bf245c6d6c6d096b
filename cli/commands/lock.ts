import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import type { Command } from "commander";
import { lockChanges } from "../../activities/gates/config-guard.ts";
import { snapshotHash, takeSnapshot } from "../../runtime/config-snapshot.ts";
import { createLock, locksOfMode, openLock, type TestLock } from "../../schema/queries/locks.ts";
import { playedOfAny } from "../../schema/queries/runs.ts";
import { type HomeOption, withDatabase, withHome } from "../context.ts";
import { openLadder } from "../ladder.ts";
import { requireApplied } from "../limits.ts";
import { action, EXIT, print, printJson, refused, table } from "../output.ts";

interface LockOptions extends HomeOption {
  readonly reason: string;
  readonly json?: boolean;
}

interface StatusOptions extends HomeOption {
  readonly json?: boolean;
}

/** `tipoff lock`: freeze a test window. */
export function registerLock(program: Command): void {
  const lock = withHome(program.command("lock"))
    .description("freeze a test window: while it stands, a changed parameter stops entries")
    .option("--reason <text>", "what is tested; it is kept", "a test window")
    .option("--json", "answer as JSON")
    .action(action(lockWindow));
  withHome(lock.command("status"))
    .description("the window that stands, what differs from it now, and the windows before")
    .option("--json", "answer as JSON")
    .action(action(showLocks));
}

async function lockWindow(options: LockOptions): Promise<number> {
  const { running, signer, places, configHash } = await openLadder(options);
  const { mode } = running;
  return withDatabase(running.databaseUrl, async (db) => {
    const playing = await playedOfAny(db, mode);
    if (playing && playing.config_hash !== configHash) {
      throw refused(
        `${playing.run_id} plays other settings than ${places.configFile}`,
        "let it end, or start the services again with the settings that are to be tested",
      );
    }
    await requireApplied(db, places.limitsFile, [mode]);
    const snapshot = await takeSnapshot(places);
    const lockId = `lock-${new Date().toISOString().slice(0, 10)}-${randomUUID().slice(0, 8)}`;
    const standing = await createLock(db, signer, {
      lockId,
      mode,
      reason: options.reason,
      by: userInfo().username,
      at: new Date(),
      snapshot: JSON.stringify(snapshot),
      snapshotHash: snapshotHash(snapshot),
    });
    if (standing !== null) {
      throw refused(
        `${standing.lockId} stands since ${standing.since.toISOString()}: ${standing.reason}`,
        "end it with `npx tipoff unlock --reason TEXT` first",
      );
    }
    const files = snapshot.files.map(({ name, sha256 }) => ({ name, sha256 }));
    if (options.json) printJson({ lockId, mode, commit: snapshot.commit, files });
    else {
      print(`${lockId}: ${mode} is locked at code ${snapshot.commit}`);
      for (const { name, sha256 } of files) print(`  ${name.padEnd(18)} ${sha256.slice(0, 16)}`);
    }
    return EXIT.done;
  });
}

async function showLocks(options: StatusOptions): Promise<number> {
  const { running, signer, places } = await openLadder(options);
  const { mode } = running;
  return withDatabase(running.databaseUrl, async (db) => {
    const lock = await openLock(db, signer, mode);
    const changes = await lockChanges(db, lock, [await takeSnapshot(places)]);
    const locks = (await locksOfMode(db, signer, mode)).map(shown);
    if (options.json) {
      printJson({ mode, locked: lock?.lockId ?? null, changes, locks });
      return EXIT.done;
    }
    print(
      lock === null
        ? `${mode} is not locked`
        : `${lock.lockId} stands since ${lock.since.toISOString()} by ${lock.by}: ${lock.reason}`,
    );
    for (const change of changes) print(`CHANGED ${change}`);
    if (lock !== null && changes.length === 0) print("nothing was changed since");
    if (locks.length > 0) {
      const rows = locks.map(({ lockId, since, unlockedAt, reason }) => [
        lockId,
        since.toISOString(),
        unlockedAt?.toISOString() ?? "stands",
        reason,
      ]);
      print(table(["window", "from", "to", "reason"], rows));
    }
    return EXIT.done;
  });
}

/** A window without the files it froze: they are long. */
function shown({ lockId, mode, reason, by, since, unlockedAt, isAuthentic }: TestLock) {
  return { lockId, mode, reason, by, since, unlockedAt, isAuthentic };
}
