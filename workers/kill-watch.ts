import type { Client } from "@temporalio/client";
import type { Logger } from "pino";
import { driveKills } from "../activities/kill-driver.ts";
import type { Mode } from "../core/domain/decision.ts";
import type { Home } from "../runtime/home.ts";
import { readKillFile } from "../runtime/kill-file.ts";
import { repeat } from "../runtime/repeat.ts";
import type { Db } from "../schema/database.ts";
import { throwKill } from "../schema/queries/kill.ts";

/** How often rows without a workflow, and the file, are looked for. Wall time. */
const LOOK_MS = 250;

/**
 * Drives every kill that stands, whoever wrote its row, and throws the one that a file named KILL
 * asks for. What cannot be done now is tried again at the next look.
 *
 * @returns the end of it.
 */
export function watchKills(deps: {
  readonly home: Pick<Home, "killFile">;
  readonly mode: Mode;
  readonly db: Db;
  readonly client: Client;
  readonly log: Logger;
}): () => Promise<void> {
  const { home, mode, db, log } = deps;
  let lastFault = "";
  const look = async (): Promise<void> => {
    const file = readKillFile(home.killFile);
    if (file !== null) {
      const { level, reason, by } = file.kill;
      const isNew = await throwKill(db, { killId: file.killId, mode, level, reason, by });
      if (isNew) log.warn({ killId: file.killId, level, reason }, "a file named KILL stands");
    }
    const started = await driveKills(deps);
    if (started > 0) log.warn({ started }, "kills driven");
    lastFault = "";
  };
  return repeat(look, LOOK_MS, (error) => {
    // Said once: database or Temporal may be away for long.
    if (String(error) !== lastFault) log.error({ error: String(error) }, "kills not driven");
    lastFault = String(error);
  });
}
