import type { Client } from "@temporalio/client";
import type { ReconcileResult } from "../activities/reconcile.ts";
import { restingForbidden } from "../activities/venue-sweep.ts";
import type { Venue } from "../core/domain/venue.ts";
import { readKillFile } from "../runtime/kill-file.ts";
import type { Db } from "../schema/database.ts";
import { openBreakers } from "../schema/queries/breakers.ts";
import { activeKill, standingKills, unfinishedKills } from "../schema/queries/kill.ts";
import { openOrders } from "../schema/queries/orders.ts";
import { shown, TASK_QUEUES } from "../temporal.config.ts";
import { openAccount } from "./account.ts";
import { notCompared } from "./comparison-view.ts";
import { type RunningHome, withDatabase, withTemporal } from "./context.ts";
import { reasonOf } from "./output.ts";

/** One thing that must be true before trading goes on. */
export interface Condition {
  readonly name: string;
  readonly isHeld: boolean;
  /** What was seen. */
  readonly detail: string;
}

/** What a condition looks at, opened once. */
export interface Looked {
  readonly running: Pick<RunningHome, "home" | "mode">;
  readonly database: Db;
  readonly temporal: Client;
  readonly venue: Venue;
}

type Look = (looked: Looked) => Promise<Omit<Condition, "name">>;

/** A comparison of the account with the ledger takes a second or so. Wall time. */
const RECONCILE_MS = 20_000;

/** Everything that must be true before a kill is lifted, in the order in which it is shown. */
const CONDITIONS: Readonly<Record<string, Look>> = {
  "the file KILL is gone": ({ running: { home } }) => {
    const isHeld = readKillFile(home.killFile) === null;
    return Promise.resolve({ isHeld, detail: isHeld ? "none" : `remove ${home.killFile}` });
  },
  "every kill is finished": async ({ database, running: { mode } }) => {
    const open = await unfinishedKills(database, mode);
    const ids = open.map(({ killId }) => killId).join(", ");
    return { isHeld: open.length === 0, detail: ids === "" ? "reports written" : `not: ${ids}` };
  },
  "no breaker stands": async ({ database, running: { mode } }) => {
    const standing = await openBreakers(database, mode);
    const names = standing.map(
      ({ breaker_id: id, breaker }) =>
        `${breaker}: npx tipoff resume --breaker ${id} --reason TEXT`,
    );
    return { isHeld: standing.length === 0, detail: names.join(", ") || "none" };
  },
  "the exchange trades": async ({ venue }) => {
    const { shards } = await venue.exchangeStatus();
    const halted = shards.filter(({ isTrading }) => !isTrading);
    return { isHeld: halted.length === 0, detail: `${shards.length} shards` };
  },
  "no order rests that a kill forbids": async ({ venue, database, running: { mode } }) => {
    const kill = await activeKill(database, mode);
    if (kill === null || mode === "shadow") return { isHeld: true, detail: "no kill forbids any" };
    const left = await restingForbidden(venue, database, { mode, level: kill.level });
    return { isHeld: left.length === 0, detail: `${left.length} at the exchange` };
  },
  "no order is in doubt": async ({ database, running: { mode } }) => {
    const doubtful = await openOrders(database, mode, ["submitted", "unknown"]);
    const ids = doubtful.map(({ client_order_id }) => client_order_id).join(", ");
    return { isHeld: doubtful.length === 0, detail: ids || "none" };
  },
  "account and ledger agree": async ({ temporal, running: { mode } }) => {
    const { differences, cash, skipped } = await reconcileNow(temporal, mode);
    // Held: a kill that was thrown between two nights could not be lifted before the next.
    if (cash === null) return { isHeld: true, detail: notCompared(skipped) };
    const what = differences.map(({ kind, what: name }) => `${kind} ${name}`).join(", ");
    return { isHeld: differences.length === 0, detail: what || "compared just now" };
  },
};

/** What a look before a resume found. */
export interface LookedAt {
  readonly conditions: readonly Condition[];
  /** Ids of the kills that stood when it began: no other is lifted by it. */
  readonly kills: readonly string[];
}

/** Looks at every condition. What cannot be looked at is not held. */
export async function resumeConditions(running: RunningHome): Promise<LookedAt> {
  const reach = async <T>(
    name: string,
    open: () => Promise<T>,
  ): Promise<{ condition: Condition; value: T | null }> => {
    try {
      const value = await open();
      return { condition: { name, isHeld: true, detail: "answers" }, value };
    } catch (error) {
      return { condition: { name, isHeld: false, detail: reasonOf(error) }, value: null };
    }
  };
  const { databaseUrl, temporalAddress } = running;
  const none: LookedAt = { conditions: [], kills: [] };
  const database = await reach("the database answers", () =>
    withDatabase(databaseUrl, async (db) => {
      // Before anything else: one that is thrown during the look is not of those it was about.
      const kills = (await standingKills(db, running.mode)).map(({ kill_id }) => kill_id);
      const temporal = await reach("Temporal answers", () =>
        withTemporal(temporalAddress, async (client) => {
          const venue = await openAccount(running);
          return {
            conditions: await lookAtAll({ running, database: db, temporal: client, venue }),
          };
        }),
      );
      return { conditions: [temporal.condition, ...(temporal.value ?? none).conditions], kills };
    }),
  );
  const { conditions, kills } = database.value ?? none;
  return { conditions: [database.condition, ...conditions], kills };
}

/** Looks at each condition; see `CONDITIONS`. */
export async function lookAtAll(looked: Looked): Promise<readonly Condition[]> {
  const seen: Condition[] = [];
  for (const [name, look] of Object.entries(CONDITIONS)) {
    try {
      seen.push({ name, ...(await look(looked)) });
    } catch (error) {
      seen.push({ name, isHeld: false, detail: reasonOf(error) });
    }
  }
  return seen;
}

/** A comparison made now: the last one may be from before the kill. */
async function reconcileNow(temporal: Client, mode: string): Promise<ReconcileResult> {
  const givenUp = AbortSignal.timeout(RECONCILE_MS);
  const answer: unknown = await temporal.withAbortSignal(givenUp, () =>
    temporal.workflow.execute("reconcile", {
      workflowId: `reconcile/${mode}/before-resume`,
      workflowIdConflictPolicy: "USE_EXISTING",
      taskQueue: TASK_QUEUES.trading,
      args: [{ mode }],
      ...shown.reconcile(mode, "before a resume"),
    }),
  );
  return answer as ReconcileResult; // Boundary: the workflow's own type.
}
