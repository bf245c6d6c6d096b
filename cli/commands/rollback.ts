import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { ConfigSnapshot } from "../../runtime/config-snapshot.ts";
import { restoreSnapshot } from "../../runtime/restore-snapshot.ts";
import { appendAudit } from "../../schema/queries/audit.ts";
import { throwKill } from "../../schema/queries/kill.ts";
import { findLock } from "../../schema/queries/locks.ts";
import { type HomeOption, withDatabase, withHome } from "../context.ts";
import { openLadder } from "../ladder.ts";
import { renewWorker } from "../night.ts";
import { action, EXIT, failed, print, printJson, refused } from "../output.ts";

interface RollbackOptions extends HomeOption {
  readonly to: string;
  readonly json?: boolean;
}

/** `tipoff rollback --to LOCK`: settings and model artifacts as a test window froze them, entries off. */
export function registerRollback(program: Command): void {
  withHome(program.command("rollback"))
    .description("return settings and model artifacts to a locked snapshot, with entries off")
    .requiredOption("--to <lock>", "a window's id, from `tipoff lock status`")
    .option("--json", "answer as JSON")
    .action(action(rollback));
}

async function rollback(options: RollbackOptions): Promise<number> {
  const { running, signer, places } = await openLadder(options);
  const { mode, home } = running;
  const by = userInfo().username;
  return withDatabase(running.databaseUrl, async (db) => {
    const lock = await findLock(db, signer, options.to);
    if (lock === null) {
      throw failed(`no window ${options.to}`, "`npx tipoff lock status` lists them");
    }
    if (!lock.isAuthentic) {
      throw refused(`${lock.lockId} is not as it was signed`, "`npx tipoff audit verify`");
    }
    const snapshot = ConfigSnapshot.parse(JSON.parse(lock.snapshot));
    // Entries first: nothing is sent on settings that are half old and half new.
    const killId = randomUUID();
    const reason = `rollback to ${lock.lockId}`;
    await throwKill(db, { killId, mode, level: "no-entries", reason, by });
    const backup = join(
      home.path,
      "backups",
      `rollback-${new Date().toISOString().replaceAll(":", "-")}`,
    );
    const replaced = await restoreSnapshot(snapshot, places, backup);
    await appendAudit(db, {
      mode,
      kind: "rollback",
      actor: by,
      subject: lock.lockId,
      details: { killId, backup, replaced, commit: snapshot.commit },
      at: new Date(),
    });
    // A worker reads its settings once, at its start: the supervisor starts another.
    await renewWorker(home);
    if (options.json) printJson({ lockId: lock.lockId, killId, backup, replaced });
    else {
      for (const { name, path } of replaced) print(`restored  ${name} (${path})`);
      if (replaced.length === 0) print("every file was as it was locked");
      else print(`backup    ${backup}`);
      print("entries are off; `npx tipoff resume` lifts that");
    }
    return EXIT.done;
  });
}
