import type { Client } from "@temporalio/client";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { KillLevel } from "../core/domain/kill.ts";
import type { Venue } from "../core/domain/venue.ts";
import { countCenti, usdMicros } from "../core/domain/units.ts";
import type { Db } from "../schema/database.ts";
import { releaseKill, throwKill } from "../schema/queries/kill.ts";
import { lockPosition, storePosition } from "../schema/queries/positions.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { addGame, NOW } from "../test/db/night.ts";
import { SILENT } from "../test/support/kalshi.ts";
import { createKillActivities, type KillRequest } from "./kill.ts";

let cloned: ClonedDatabase;
let kills = 0;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop());
beforeEach(async () => {
  await releaseKill(cloned.db, { mode: "paper", by: "test", reason: "next test" });
});

/** What was asked of venue and workflows. */
interface Asked {
  cancelAlls: number;
  readonly signaled: string[];
}

function activitiesOf(asked: Asked, signal: () => Promise<void> = () => Promise.resolve()) {
  const venue: Pick<Venue, "cancelAll" | "orders"> = {
    cancelAll: () => {
      asked.cancelAlls += 1;
      return Promise.resolve();
    },
    orders: () => Promise.resolve([]),
  };
  const workflow = {
    list: async function* () {
      yield await Promise.resolve({ workflowId: "game/paper/X", type: "game" });
    },
    getHandle: (workflowId: string) => ({
      signal: async () => {
        await signal();
        asked.signaled.push(workflowId);
      },
    }),
  };
  // Test boundary: only what a kill asks of them.
  const client = { workflow } as unknown as Client;
  return createKillActivities({ db: cloned.db, venue: venue as Venue, client, log: SILENT });
}

async function thrown(level: KillLevel): Promise<KillRequest> {
  kills += 1;
  const kill = {
    killId: `kill-${kills}`,
    mode: "paper",
    level,
    reason: "drill",
    by: "test",
  } as const;
  await throwKill(cloned.db, kill);
  return kill;
}

async function hold(db: Db, gameId: string, team: string, count: number): Promise<void> {
  const marketTicker = `${gameId.split("/")[2] ?? ""}-${team}`;
  const key = { gameId, strategy: "model-edge", marketTicker } as const;
  await db.transaction().execute(async (tx) => {
    const none = await lockPosition(tx, key, NOW);
    const position = { ...none, count: countCenti(count), cost: usdMicros(1_000_000) };
    await storePosition(tx, key, position, NOW);
  });
}

it("leaves orders and workflows alone once it was lifted", async () => {
  const asked: Asked = { cancelAlls: 0, signaled: [] };
  const activities = activitiesOf(asked);
  const kill = await thrown("flatten");
  await releaseKill(cloned.db, { mode: "paper", by: "test", reason: "all is well" });
  expect(await activities.sweepVenue(kill)).toEqual({ resting: 0, isDone: true });
  expect(await activities.signalRunning(kill)).toBe(0);
  expect(asked).toEqual({ cancelAlls: 0, signaled: [] });
});

it("tells again whom it could not tell", async () => {
  const asked: Asked = { cancelAlls: 0, signaled: [] };
  const kill = await thrown("cancel-all");
  const away = activitiesOf(asked, () => Promise.reject(new Error("the server is away")));
  await expect(away.signalRunning(kill)).rejects.toThrow("the server is away");
  expect(await activitiesOf(asked).signalRunning(kill)).toBe(1);
});

it("flattens what is at stake: the same number of both teams pays whoever wins", async () => {
  const gameId = await addGame(cloned.db, "KXNBAGAME-26NOV20BOSNYK1");
  const activities = activitiesOf({ cancelAlls: 0, signaled: [] });
  const kill = await thrown("flatten");
  await hold(cloned.db, gameId, "NYK", 1_000);
  await hold(cloned.db, gameId, "BOS", 400);
  expect(await activities.sweepVenue(kill)).toEqual({ resting: 0, isDone: false });
  await hold(cloned.db, gameId, "BOS", 1_000);
  expect(await activities.sweepVenue(kill)).toEqual({ resting: 0, isDone: true });
});
