import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { KillRequest } from "../activities/kill.ts";
import type { WatchResult } from "../activities/watch-game.ts";
import { instant } from "../core/domain/units.ts";
import { TASK_QUEUES } from "../temporal.config.ts";
import { aGame, startRig, type Stubs, type WorkflowRig } from "../test/temporal/workflow-rig.ts";
import type { TradingDayInput, TradingDayResult } from "./contracts.ts";

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startRig(inject("temporalAddress"));
});
afterAll(() => rig.stop());

const AT = Date.parse("2026-11-21T00:00:00Z");

function aDay(): TradingDayInput {
  return {
    runId: `trading-day/paper/${randomUUID()}`,
    mode: "paper",
    date: "2026-11-20",
    source: "world:7",
    seed: 7,
    speed: 240,
  };
}

function aNight(games: number, changes: Stubs = {}): Stubs {
  const matches = Array.from({ length: games }, () => ({
    game: aGame(),
    settings: { windowOpensAt: instant(AT), retryMs: 1_000, maxHistoryEvents: null },
  }));
  const final: WatchResult = {
    at: instant(AT),
    entered: "final",
    isPostponed: false,
    proposals: [],
    summary: "",
  };
  return {
    readClock: () => Promise.resolve({ nowMs: AT, speed: 240 }),
    openDay: () => Promise.resolve(),
    discoverSlate: () => Promise.resolve({ matches, unmatched: [] }),
    watchGame: () => Promise.resolve(final),
    awaitSettlement: () => Promise.resolve({ at: AT, isDetermined: true, result: "home" }),
    scoreGame: () => Promise.resolve(),
    cancelOpenOrders: () => Promise.resolve(),
    findRunToScore: (request: { runId: string }) =>
      Promise.resolve({ runId: request.runId, mode: "paper" }),
    scoreRun: () => Promise.resolve(),
    reconcile: () => Promise.resolve({ ordersFollowed: 0, differences: [] }),
    writeRunReport: () =>
      Promise.resolve({ runId: "r", scored: games, verdict: "passed", reportDir: "reports/x" }),
    closeDay: () => Promise.resolve(),
    ...changes,
  };
}

function start(input: TradingDayInput) {
  return rig.client.workflow.start("tradingDay", {
    workflowId: input.runId,
    taskQueue: TASK_QUEUES.trading,
    args: [input],
  });
}

describe("tradingDay", () => {
  it("plays every game of the slate and ends with the report's verdict", async () => {
    rig.use(aNight(3));
    const result = (await (await start(aDay())).result()) as TradingDayResult;
    expect(result).toMatchObject({
      games: 3,
      scored: 3,
      verdict: "passed",
      reportDir: "reports/x",
    });
  });

  it("stopped, it cancels its games and still accounts for the night", async () => {
    const verdicts: unknown[] = [];
    rig.use(
      aNight(2, {
        watchGame: () => rig.hang(),
        closeDay: (request: { verdict: string }) => {
          verdicts.push(request.verdict);
          return Promise.resolve();
        },
      }),
    );
    const input = aDay();
    const handle = await start(input);
    for (;;) {
      const timeline: readonly { what: string }[] = await handle.query("timeline");
      if (timeline.some(({ what }) => what.includes("games started"))) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await handle.cancel();
    expect(await handle.result()).toMatchObject({ verdict: "stopped", games: 2 });
    expect(verdicts).toEqual(["stopped"]);
  });
});

describe("killSwitch", () => {
  it("sweeps until nothing rests, and signals again those that started meanwhile", async () => {
    const calls: string[] = [];
    let sweeps = 0;
    const kill: KillRequest = {
      killId: randomUUID(),
      mode: "paper",
      level: "cancel-all",
      reason: "drill",
      by: "test",
    };
    rig.use({
      throwKill: () => {
        calls.push("row");
        return Promise.resolve({ inFlight: [] });
      },
      signalRunning: () => {
        calls.push("signal");
        return Promise.resolve(2);
      },
      sweepVenue: () => {
        calls.push("sweep");
        sweeps += 1;
        return Promise.resolve({ resting: sweeps === 1 ? 3 : 0, isDone: sweeps === 2 });
      },
      finishKill: (request: { signaled: number }) =>
        Promise.resolve({ workflowsSignaled: request.signaled }),
    });
    const handle = await rig.client.workflow.start("killSwitch", {
      workflowId: `kill/${kill.killId}`,
      taskQueue: TASK_QUEUES.trading,
      args: [kill],
    });
    expect(await handle.result()).toEqual({ workflowsSignaled: 4 });
    expect(calls).toEqual(["row", "signal", "sweep", "signal", "sweep"]);
  });

  it("sweeps on but tells nobody again for ever, when it takes long to flatten", async () => {
    let sweeps = 0;
    let signals = 0;
    rig.use({
      throwKill: () => Promise.resolve({ inFlight: [] }),
      signalRunning: () => {
        signals += 1;
        return Promise.resolve(1);
      },
      sweepVenue: () => {
        sweeps += 1;
        return Promise.resolve({ resting: 0, isDone: sweeps === 9 });
      },
      finishKill: (request: { signaled: number }) =>
        Promise.resolve({ workflowsSignaled: request.signaled }),
    });
    const killId = randomUUID();
    const handle = await rig.client.workflow.start("killSwitch", {
      workflowId: `kill/${killId}`,
      taskQueue: TASK_QUEUES.trading,
      args: [{ killId, mode: "paper", level: "flatten", reason: "drill", by: "test" }],
    });
    expect(await handle.result()).toEqual({ workflowsSignaled: 7 });
    expect(signals).toBe(7);
  });
});
