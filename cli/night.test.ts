import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import { afterEach, beforeEach, expect, it } from "vitest";
import { parseEnvironment } from "../runtime/config.ts";
import { homeAt } from "../runtime/home.ts";
import type { Db } from "../schema/database.ts";
import { beginNight } from "./night.ts";
import { openSource } from "./source.ts";

const BITCOIN = {
  ...{ kind: "world", name: "world:7", seed: 7, date: "2026-11-20", startAt: 0, endAt: 1 },
  ...{ lacks: [], isDerivedBook: false, description: "hours of Bitcoin", games: [] },
  bitcoin: { series: ["KXBTC15M"] },
};
const ANSWERS: Readonly<Record<string, object>> = {
  "/sim/v1/state": { loaded: "world:7", isDone: false, resting: 0, request: null },
  "/sim/v1/manifest": BITCOIN,
};

/** An exchange in the middle of Bitcoin. */
const server = createServer((request, response) => {
  response.end(JSON.stringify(ANSWERS[request.url ?? ""] ?? {}));
});
beforeEach(() => new Promise<void>((up) => server.listen(0, "127.0.0.1", up)));
afterEach(() => new Promise((down) => server.close(down)));

it("starts no day of no games over Bitcoin that is played", async () => {
  const started: string[] = [];
  // Test boundary: a day that was never started, and what starts one.
  const temporal = {
    workflow: {
      getHandle: (id: string) => ({
        describe: () => Promise.reject(new WorkflowNotFoundError("none", id, undefined)),
      }),
      start: (type: string) => Promise.resolve(started.push(type)),
    },
  } as unknown as Client;
  const { port } = server.address() as AddressInfo; // Boundary: a TCP server.
  const services = {
    ...{ home: homeAt("nowhere"), temporal, exchangeUrl: `http://127.0.0.1:${port}` },
    database: null as unknown as Db, // Test boundary: nothing is asked of it.
  };
  const playable = await openSource(
    { source: "world:7", games: 1, date: null },
    parseEnvironment({}),
  );
  const wish = { playable, isNamed: false, mode: "paper", speed: 60 } as const;
  await expect(beginNight(services, { ...wish, startingCashUsd: 1_000 })).rejects.toThrow(
    "in the middle of Bitcoin of world:7 on 2026-11-20",
  );
  expect(started).toEqual([]);
});
