import { userInfo } from "node:os";
import type { Command } from "commander";
import { unlock } from "../../schema/queries/locks.ts";
import { findRunning, type HomeOption, openHome, withDatabase, withHome } from "../context.ts";
import { action, EXIT, failed, print } from "../output.ts";

interface UnlockOptions extends HomeOption {
  readonly reason: string;
}

/** `tipoff unlock`: end the test window that stands. */
export function registerUnlock(program: Command): void {
  withHome(program.command("unlock"))
    .description("end the test window that stands; what it stopped is lifted by `tipoff resume`")
    .requiredOption("--reason <text>", "why it is over; it is kept")
    .action(action(endWindow));
}

async function endWindow(options: UnlockOptions): Promise<number> {
  const { mode, databaseUrl } = await findRunning(openHome(options));
  const by = userInfo().username;
  const lockId = await withDatabase(databaseUrl, (db) =>
    unlock(db, { mode, by, reason: options.reason, at: new Date() }),
  );
  if (lockId === null) throw failed(`${mode} is not locked`, "`npx tipoff lock` locks it");
  print(`${lockId} is over`);
  return EXIT.done;
}
