import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { KillOutcome, KillRequest } from "../activities/kill.ts";
import type { WatchResult } from "../activities/watch-game.ts";
import type { GameState } from "../core/domain/game.ts";
import { instant } from "../core/domain/units.ts";
import { attributes, shown, TASK_QUEUES } from "../temporal.config.ts";
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
    standingKill: null,
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
    scoreNight: () => Promise.resolve({ drifting: 0, watched: 0, scoresDir: "reports/y" }),
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

/** Stops the day once `isReached`, and waits for what it came to. */
async function stopWhen(
  isReached: () => boolean,
  afterwards: () => void = () => undefined,
): Promise<TradingDayResult> {
  const handle = await start(aDay());
  while (!isReached()) await new Promise((resolve) => setTimeout(resolve, 20));
  await handle.cancel();
  await new Promise((resolve) => setTimeout(resolve, 300));
  afterwards();
  return (await handle.result()) as TradingDayResult;
}

describe("a day stopped before its games play", () => {
  const closing = (verdicts: string[]): Stubs => ({
    closeDay: (request: { verdict: string }) => {
      verdicts.push(request.verdict);
      return Promise.resolve();
    },
  });

  it("ends with its report though its slate is never found", async () => {
    const verdicts: string[] = [];
    let attempts = 0;
    rig.use(
      aNight(2, {
        ...closing(verdicts),
        discoverSlate: () => {
          attempts += 1;
          return Promise.reject(new Error("the feeds are away"));
        },
      }),
    );
    const result = await stopWhen(() => attempts >= 2);
    expect(result).toMatchObject({ verdict: "stopped", games: 0, reportDir: "reports/x" });
    expect(verdicts).toEqual(["stopped"]);
  });

  it.each(["fails", "finds the slate"])(
    "ends with its report when the attempt under way %s after the stop",
    async (how) => {
      const verdicts: string[] = [];
      let attempts = 0;
      let finish: () => void = () => undefined;
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const night = aNight(2);
      rig.use({
        ...night,
        ...closing(verdicts),
        discoverSlate: async () => {
          attempts += 1;
          await finished;
          if (how === "fails") throw new Error("the feeds are away");
          return await (night["discoverSlate"] as () => Promise<unknown>)();
        },
      });
      const result = await stopWhen(() => attempts === 1, finish);
      expect(result).toMatchObject({ verdict: "stopped", games: 0 });
      expect(verdicts).toEqual(["stopped"]);
    },
  );
});

describe("the report of a stopped day", () => {
  it("is made when every game has left the market, not when the first has", async () => {
    const seen: string[] = [];
    let leaving = 0;
    let watched = 0;
    rig.use(
      aNight(2, {
        watchGame: () => {
          watched += 1;
          return rig.hang();
        },
        cancelOpenOrders: async () => {
          leaving += 1;
          if (leaving === 2) await new Promise((resolve) => setTimeout(resolve, 1_000));
          seen.push("left");
        },
        findRunToScore: (request: { runId: string }) => {
          seen.push("scoring");
          return Promise.resolve({ runId: request.runId, mode: "paper" });
        },
      }),
    );
    expect(await stopWhen(() => watched === 2)).toMatchObject({ verdict: "stopped", games: 2 });
    expect(seen).toEqual(["left", "left", "scoring"]);
  });
});

describe("a pause of entries sent to a day", () => {
  it("is kept once, with who and why, though every game gets it too", async () => {
    const acts: { kind: string; workflowId: string; signalId: string }[] = [];
    let isOver = false;
    const paused: string[] = [];
    rig.use(
      aNight(2, {
        watchGame: async (request: { game: { gameId: string }; state: GameState }) => {
          if (request.state.entriesPausedBecause !== null) paused.push(request.game.gameId);
          while (!isOver) await new Promise((resolve) => setTimeout(resolve, 20));
          return {
            at: instant(AT),
            entered: "final",
            isPostponed: false,
            proposals: [],
            summary: "",
          };
        },
        recordAct: (act: { kind: string; workflowId: string; signalId: string }) => {
          acts.push(act);
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
    await handle.signal("pauseEntries", { reason: "a strange price", by: "ada" });
    while (new Set(paused).size < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    await handle.signal("resume", {});
    while (acts.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    isOver = true;
    expect(await handle.result()).toMatchObject({ verdict: "passed" });
    const common = { workflowId: input.runId, mode: "paper" };
    expect(acts).toMatchObject([
      { kind: "pause", ...common, reason: "a strange price", by: "ada" },
      { kind: "resume", ...common, reason: "no reason given", by: "signal" },
    ]);
    expect(new Set(acts.map(({ signalId }) => signalId)).size).toBe(2);
  });
});

describe("killSwitch", () => {
  const aKill = (level: KillRequest["level"]): KillRequest => ({
    killId: randomUUID(),
    mode: "paper",
    level,
    reason: "drill",
    by: "test",
  });
  const stubs = (changes: Stubs): Stubs => ({
    throwKill: () => Promise.resolve({ inFlight: [] }),
    signalRunning: () => Promise.resolve(2),
    measureAccount: () => Promise.resolve({ cash: 5, mark: 7 }),
    sweepVenue: () => Promise.resolve({ resting: 0, isDone: true, away: null }),
    finishKill: (request: KillRequest & KillOutcome) => Promise.resolve(request),
    ...changes,
  });
  const startKill = (kill: KillRequest) =>
    rig.client.workflow.start("killSwitch", {
      workflowId: `kill/${kill.killId}`,
      taskQueue: TASK_QUEUES.trading,
      args: [kill],
      ...shown.kill(kill),
    });
  const run = async (kill: KillRequest): Promise<KillOutcome> =>
    (await (await startKill(kill)).result()) as KillOutcome;

  it("sweeps until nothing rests, and signals again those that started meanwhile", async () => {
    const calls: string[] = [];
    let sweeps = 0;
    rig.use(
      stubs({
        throwKill: () => {
          calls.push("row");
          return Promise.resolve({ inFlight: [] });
        },
        sweepVenue: () => {
          calls.push("sweep");
          sweeps += 1;
          return Promise.resolve({
            resting: sweeps === 1 ? 3 : 0,
            isDone: sweeps === 2,
            away: null,
          });
        },
      }),
    );
    const outcome = await run(aKill("cancel-all"));
    expect(outcome).toMatchObject({ signaled: 4, before: { cash: 5, mark: 7 } });
    expect(calls).toEqual(["row", "sweep", "sweep"]);
  });

  it("goes on trying while the venue is away, and tells nobody again for ever", async () => {
    let sweeps = 0;
    let signals = 0;
    rig.use(
      stubs({
        signalRunning: () => {
          signals += 1;
          return Promise.resolve(1);
        },
        sweepVenue: () => {
          sweeps += 1;
          const isDone = sweeps === 9;
          return Promise.resolve({ resting: 0, isDone, away: isDone ? null : "http 500" });
        },
      }),
    );
    expect(await run(aKill("cancel-all"))).toMatchObject({ signaled: 7 });
    expect(signals).toBe(7);
  });

  it("flattens attempt by attempt once nothing rests; an absent venue uses none", async () => {
    const attempts: number[] = [];
    const left = [{ marketTicker: "T", count: "1.00", why: "no_bid" }];
    rig.use(
      stubs({
        flattenPositions: ({ attempt }: { attempt: number }) => {
          attempts.push(attempt);
          if (attempts.length === 2) return Promise.resolve({ away: "http 500" });
          const isOver = attempts.length === 4;
          return Promise.resolve({ isFlat: isOver, isOver, left: isOver ? [] : left, pauseMs: 1 });
        },
      }),
    );
    const outcome = await run(aKill("flatten"));
    expect(attempts).toEqual([1, 2, 2, 3]);
    expect(outcome).toMatchObject({ flattenAttempts: 2, left: [] });
  });

  it.each([
    [null, "killed"],
    [true, "killed"],
    [false, "positions left"],
  ])("shows how it ended, when flat is %s: %s", async (isFlat, phase) => {
    rig.use(stubs({ finishKill: () => Promise.resolve({ isFlat }) }));
    const handle = await startKill(aKill("cancel-all"));
    await handle.result();
    const { typedSearchAttributes } = await handle.describe();
    expect(typedSearchAttributes.get(attributes.phase)).toBe(phase);
  });
});
