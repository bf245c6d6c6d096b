import { userInfo } from "node:os";
import type { Command } from "commander";
import { findLock } from "../../schema/queries/locks.ts";
import { type HomeOption, withDatabase, withHome } from "../context.ts";
import { openLadder } from "../ladder.ts";
import { renewWorker } from "../night.ts";
import { action, EXIT, failed, print, printJson, refused } from "../output.ts";
import { type RestoredLock, restoreLock } from "../restore-lock.ts";

interface RollbackOptions extends HomeOption {
  readonly to: string;
  readonly json?: boolean;
}

/** `tipoff rollback --to LOCK`: settings, limits in force and model artifacts as a window froze them, entries off. */
export function registerRollback(program: Command): void {
  withHome(program.command("rollback"))
    .description(
      "return settings, limits and model artifacts to a locked snapshot, with entries off",
    )
    .requiredOption("--to <lock>", "a window's id, from `tipoff lock status`")
    .option("--json", "answer as JSON")
    .action(action(rollback));
}

async function rollback(options: RollbackOptions): Promise<number> {
  const { running, signer, places } = await openLadder(options);
  const { mode, home } = running;
  return withDatabase(running.databaseUrl, async (db) => {
    const lock = await findLock(db, signer, options.to);
    if (lock === null) {
      throw failed(`no window ${options.to}`, "`npx tipoff lock status` lists them");
    }
    if (!lock.isAuthentic) {
      throw refused(`${lock.lockId} is not as it was signed`, "`npx tipoff audit verify`");
    }
    const restored = await restoreLock(db, { lock, mode, places, by: userInfo().username });
    // A worker reads its settings once, at its start: the supervisor starts another.
    await renewWorker(home);
    if (options.json) printJson({ lockId: lock.lockId, ...restored });
    else printRestored(restored);
    if (restored.limitsWaitFor.length > 0) {
      throw refused(
        `the limits in force are not those of ${lock.lockId}: ${restored.limitsWaitFor.join(", ")}`,
        "`npx tipoff limits apply --reason TEXT` when nothing is at stake; `npx tipoff readiness` fails until then",
      );
    }
    return EXIT.done;
  });
}

function printRestored({ replaced, backup }: RestoredLock): void {
  for (const { name, path } of replaced) print(`restored  ${name} (${path})`);
  if (replaced.length === 0) print("every file was as it was locked");
  else print(`backup    ${backup}`);
  if (replaced.some(({ name }) => name === "alerts.yaml")) {
    print("who is told is read when the services start: stop them, and `npx tipoff up`");
  }
  print("entries are off; `npx tipoff resume` lifts that");
}
