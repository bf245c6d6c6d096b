import type { Client } from "@temporalio/client";
import { sql } from "kysely";
import type { Db } from "../schema/database.ts";

/** Whether the services this process depends on answered a moment ago. */
export interface Health {
  /** False until `up` was called. */
  isHealthy(): boolean;
  /** This process has taken up its work. */
  up(): void;
  stop(): void;
}

const CHECK_MS = 200;
/** Long enough for a busy machine, short enough that little simulated time passes unwatched. */
const FRESH_MS = 1_500;

/** Asks database and Temporal all the time; a service that is silent is down. */
export function watchHealth(db: Db, client: Client): Health {
  const seen = { database: 0, temporal: 0 };
  let isUp = false;
  let isStopped = false;
  const loop = async (name: keyof typeof seen, ask: () => Promise<unknown>): Promise<void> => {
    try {
      await ask();
      seen[name] = performance.now();
    } catch {
      seen[name] = 0;
    }
    if (!isStopped) setTimeout(() => void loop(name, ask), CHECK_MS).unref();
  };
  void loop("database", () => sql`select 1`.execute(db));
  void loop("temporal", () =>
    client.connection.withDeadline(performance.timeOrigin + performance.now() + FRESH_MS, () =>
      client.connection.workflowService.getSystemInfo({}),
    ),
  );
  return {
    isHealthy: () => {
      const oldest = Math.min(seen.database, seen.temporal);
      return isUp && oldest > 0 && performance.now() - oldest < FRESH_MS;
    },
    up: () => {
      isUp = true;
    },
    stop: () => {
      isStopped = true;
    },
  };
}
