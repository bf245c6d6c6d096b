import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseEnvironment } from "../runtime/config.ts";
import { homeAt } from "../runtime/home.ts";
import type { Db } from "../schema/database.ts";
import { ToldTemporal } from "../test/support/told-temporal.ts";
import { type BegunNight, beginNight } from "./night.ts";
import { EXIT } from "./output.ts";
import { openSource } from "./source.ts";

const NIGHT = {
  ...{ kind: "world", name: "world:7", seed: 7, date: "2026-11-20", startAt: 0, endAt: 1 },
  ...{ lacks: [], isDerivedBook: false, description: "by hand" },
  games: [{ eventTicker: "E", reconstructed: [] }],
};
const BITCOIN = { ...NIGHT, games: [], bitcoin: { series: ["KXBTC15M"] } };

let answers: Record<string, object>;

/** An exchange in the middle of what `answers` says. */
const server = createServer((request, response) => {
  response.end(JSON.stringify(answers[request.url ?? ""] ?? {}));
});
beforeEach(async () => {
  answers = {
    "/sim/v1/state": { loaded: "world:7", isDone: false, resting: 0, request: null },
    "/sim/v1/clock": { nowMs: 1, speed: 60, isRunning: true, isDone: false },
    "/sim/v1/manifest": NIGHT,
  };
  await new Promise<void>((up) => server.listen(0, "127.0.0.1", up));
});
afterEach(() => new Promise((down) => server.close(down)));

/** A plain `npm start`. */
async function begin(temporal: ToldTemporal, mode: "paper" | "shadow"): Promise<BegunNight> {
  const { port } = server.address() as AddressInfo; // Boundary: a TCP server.
  const services = {
    home: homeAt("nowhere"),
    ...{ temporal: temporal.asClient(), exchangeUrl: `http://127.0.0.1:${port}` },
    database: null as unknown as Db, // Test boundary: nothing is asked of it.
  };
  const wished = { source: "world:7", games: 1, date: null };
  const playable = await openSource(wished, parseEnvironment({}));
  const wish = { playable, isNamed: false, mode, speed: null } as const;
  return beginNight(services, { ...wish, startingCashUsd: 1_000 });
}

it("starts no day of no games over Bitcoin that is played", async () => {
  answers["/sim/v1/manifest"] = BITCOIN;
  const temporal = new ToldTemporal();
  await expect(begin(temporal, "paper")).rejects.toThrow(
    "in the middle of Bitcoin of world:7 on 2026-11-20",
  );
  expect(temporal.started).toEqual([]);
});

it("starts no day beside Bitcoin that was begun for the other mode", async () => {
  answers["/sim/v1/manifest"] = { ...NIGHT, bitcoin: { series: ["KXBTC15M"] } };
  answers["/sim/v1/state"] = {
    ...{ loaded: "world:7", isDone: false, resting: 0, request: { mode: "shadow" } },
  };
  const temporal = new ToldTemporal();
  await expect(begin(temporal, "paper")).rejects.toMatchObject({
    message: "this home is in the middle of Bitcoin of world:7 on 2026-11-20",
    next: expect.stringContaining("`npm start -- --btc --mode shadow`") as string,
  });
  expect(temporal.started).toEqual([]);
});

describe("in a home with something of the other mode that is not over", () => {
  it("starts no second day over the other mode's night, and says how to get on", async () => {
    const temporal = new ToldTemporal({ "trading-day/paper/2026-11-20": "RUNNING" });
    await expect(begin(temporal, "shadow")).rejects.toMatchObject({
      exitCode: EXIT.refused,
      message:
        "the night of 2026-11-20 in mode paper is not over in this home (trading-day/paper/2026-11-20): " +
        "nothing of it runs in mode shadow",
      next:
        "finish it with `npm start -- --mode paper`, or end it with `npx tipoff up --mode paper` and " +
        "`npx tipoff day stop`, or play shadow in its own --home DIR",
    });
    expect(temporal.started).toEqual([]);
  });

  it("nor beside contracts that are followed, games and orders, whatever is loaded", async () => {
    const temporal = new ToldTemporal({}, [
      { workflowId: "order/1", type: "order", mode: "paper" },
      { workflowId: "btc-contract/paper/T", type: "btcContract", mode: "paper" },
    ]);
    await expect(begin(temporal, "shadow")).rejects.toMatchObject({
      exitCode: EXIT.refused,
      message:
        "Bitcoin in mode paper is not over in this home (btc-contract/paper/T and 1 more): " +
        "nothing of it runs in mode shadow",
    });
  });

  it("but goes on in the mode of what is not over, whatever else of it runs", async () => {
    const temporal = new ToldTemporal({ "trading-day/paper/2026-11-20": "RUNNING" }, [
      { workflowId: "reconcile/shadow", type: "reconcile", mode: "shadow" },
    ]);
    expect(await begin(temporal, "paper")).toMatchObject({
      ...{ how: "resumed", runId: "trading-day/paper/2026-11-20" },
    });
  });
});
