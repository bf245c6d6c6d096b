import { userInfo } from "node:os";
import type { Command } from "commander";
import { unlock } from "../../schema/queries/locks.ts";
import { findRunning, type HomeOption, openHome, withDatabase, withHome } from "../context.ts";
import { action, EXIT, failed, print, printJson } from "../output.ts";

interface UnlockOptions extends HomeOption {
  readonly reason: string;
  readonly json?: boolean;
}

/** `tipoff unlock`: end the test window that stands. */
export function registerUnlock(program: Command): void {
  withHome(program.command("unlock"))
    .description("end the test window that stands; what it stopped is lifted by `tipoff resume`")
    .requiredOption("--reason <text>", "why it is over; it is kept")
    .option("--json", "answer as JSON")
    .action(action(endWindow));
}

async function endWindow(options: UnlockOptions): Promise<number> {
  const { mode, databaseUrl } = await findRunning(openHome(options));
  const [by, at] = [userInfo().username, new Date()];
  const lockId = await withDatabase(databaseUrl, (db) =>
    unlock(db, { mode, by, reason: options.reason, at }),
  );
  if (lockId === null) throw failed(`${mode} is not locked`, "`npx tipoff lock` locks it");
  if (options.json) printJson({ lockId, mode, by, reason: options.reason, unlockedAt: at });
  else print(`${lockId} is over`);
  return EXIT.done;
}
