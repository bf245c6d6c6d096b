import { sql } from "kysely";
import { repeat } from "../runtime/repeat.ts";
import type { TemporalClient } from "../runtime/temporal-client.ts";
import { callDeadline } from "../runtime/wall.ts";
import type { Db } from "../schema/database.ts";

/** Whether the services this process depends on answered a moment ago. */
export interface Health {
  /** False until `up` was called. */
  isHealthy(): boolean;
  /** This process has taken up its work. */
  up(): void;
  /** Workflows that cannot go on: while there are any, run time must not run away from them. */
  stuck(isStuck: boolean): void;
  stop(): Promise<void>;
}

const CHECK_MS = 200;
/** Its health, unlike any other answer of the server, costs it no look into its database. */
const FRONTEND = "temporal.api.workflowservice.v1.WorkflowService";
/** Long enough for a busy machine, short enough that little simulated time passes unwatched. */
const FRESH_MS = 1_500;

/** Asks database and Temporal all the time; a service that is silent is down. */
export function watchHealth(db: Db, client: TemporalClient): Health {
  const seen = { database: 0, temporal: 0 };
  let isUp = false;
  let isStuck = false;
  const keepAsking = (name: keyof typeof seen, ask: () => Promise<unknown>) =>
    repeat(
      async () => {
        await ask();
        seen[name] = performance.now();
      },
      CHECK_MS,
      () => {
        seen[name] = 0;
      },
    );
  const stops = [
    keepAsking("database", () => sql`select 1`.execute(db)),
    keepAsking("temporal", () =>
      client.connection.withDeadline(callDeadline(FRESH_MS), () =>
        client.connection.healthService.check({ service: FRONTEND }),
      ),
    ),
  ];
  return {
    isHealthy: () => {
      const oldest = Math.min(seen.database, seen.temporal);
      return isUp && !isStuck && oldest > 0 && performance.now() - oldest < FRESH_MS;
    },
    up: () => {
      isUp = true;
    },
    stuck: (value) => {
      isStuck = value;
    },
    stop: async () => {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}
