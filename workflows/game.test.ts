import { WorkflowUpdateFailedError } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { PlaceRequest, PlaceResult } from "../activities/place-order.ts";
import type { WatchRequest, WatchResult } from "../activities/watch-game.ts";
import type { GameState } from "../core/domain/game.ts";
import { instant } from "../core/domain/units.ts";
import { TASK_QUEUES } from "../temporal.config.ts";
import {
  aGame,
  anIntent,
  startRig,
  type Stubs,
  type WorkflowRig,
} from "../test/temporal/workflow-rig.ts";
import type { GameInput } from "./contracts.ts";

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startRig(inject("temporalAddress"));
});
afterAll(() => rig.stop());

const AT = Date.parse("2026-11-21T00:00:00Z");
const forever = (): Promise<never> => rig.hang();

function anInput(changes: Partial<GameInput["settings"]> = {}): GameInput {
  return {
    game: aGame(),
    settings: { windowOpensAt: instant(AT), retryMs: 60_000, maxHistoryEvents: null, ...changes },
    carried: null,
  };
}

function watched(changes: Partial<WatchResult>): WatchResult {
  return {
    at: instant(AT),
    entered: null,
    isPostponed: false,
    proposals: [],
    summary: "",
    standingKill: null,
    ...changes,
  };
}

/** Activities of a game that runs its whole life without trading. */
function quietNight(changes: Stubs = {}): Stubs {
  const script = [
    watched({ entered: "live" }),
    watched({}),
    watched({ entered: "closing" }),
    watched({ entered: "final" }),
  ];
  return {
    readClock: () => Promise.resolve({ nowMs: AT, speed: 240 }),
    watchGame: () => Promise.resolve(script.shift() ?? watched({ entered: "final" })),
    awaitSettlement: () => Promise.resolve({ at: AT, isDetermined: true, result: "home" }),
    scoreGame: () => Promise.resolve(),
    cancelOpenOrders: () => Promise.resolve(),
    recordAct: () => Promise.resolve(),
    ...changes,
  };
}

function start(input: GameInput) {
  return rig.client.workflow.start("game", {
    workflowId: input.game.gameId,
    taskQueue: TASK_QUEUES.trading,
    args: [input],
  });
}

async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 200; tries += 1) {
    const value = await read();
    if (holds(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("it never came to hold");
}

const placedOrder = (isOver: boolean): PlaceResult => ({
  kind: "order",
  clientOrderId: crypto.randomUUID(),
  status: isOver ? "filled" : "working",
  filledCenti: isOver ? 1_000 : 0,
  isOver,
  isFlat: false,
  at: AT,
});

describe("game", () => {
  it("plays from the entry window to its score", async () => {
    rig.use(quietNight());
    const handle = await start(anInput());
    const state = (await handle.result()) as GameState;
    expect(state).toMatchObject({ phase: "scored", result: "home", openOrders: [] });
    const timeline: readonly { what: string }[] = await handle.query("timeline");
    expect(timeline.map(({ what }) => what)).toEqual([
      "scheduled -> pregame",
      "pregame -> live",
      "live -> closing",
      "closing -> final",
      "final -> settling",
      "settled: home",
      "settling -> scored",
    ]);
  });

  it("sleeps again when its timer fires early, as it does while simulated time stands still", async () => {
    const readings = [AT - 60_000, AT - 60_000, AT - 30_000, AT];
    let reads = 0;
    rig.use(
      quietNight({
        readClock: () => {
          reads += 1;
          return Promise.resolve({ nowMs: readings.shift() ?? AT, speed: 240 });
        },
      }),
    );
    await (await start(anInput())).result();
    expect(reads).toBe(4);
  });

  it("places each proposal once, under a key of its own", async () => {
    const input = anInput();
    const keys: string[] = [];
    const intents = [
      anIntent(input.game),
      anIntent(input.game, { strategy: "model-edge", phase: "live" }),
    ];
    let isFirst = true;
    rig.use(
      quietNight({
        watchGame: () => {
          if (!isFirst) return Promise.resolve(watched({ entered: "final" }));
          isFirst = false;
          const proposals = intents.map((intent) => ({ decisionId: "d", intent, quote: null }));
          return Promise.resolve(watched({ proposals }));
        },
        placeOrder: (request: PlaceRequest) => {
          keys.push(request.intentKey);
          return Promise.resolve(placedOrder(true));
        },
      }),
    );
    const state = (await (await start(input)).result()) as GameState;
    expect(keys).toEqual([`${input.game.gameId}/1`, `${input.game.gameId}/2`]);
    expect(state.counts).toEqual({ decisions: 2, orders: 2, refusals: 0 });
  });

  it("pauses after an order that came to nothing from its end, however long it rested", async () => {
    const input = anInput();
    const states: GameState[] = [];
    rig.use(
      quietNight({
        watchGame: ({ state }: WatchRequest) => {
          states.push(state);
          if (state.openOrders.length > 0) return forever();
          if (states.length > 1) return Promise.resolve(watched({ entered: "final" }));
          const proposals = [{ decisionId: "d", intent: anIntent(input.game), quote: null }];
          return Promise.resolve(watched({ proposals }));
        },
        placeOrder: () => Promise.resolve(placedOrder(false)),
        followOrder: () => {
          const ended = { status: "canceled", filledCenti: 0, isFlat: true, at: AT + 240_000 };
          return Promise.resolve({ kind: "over", ...ended });
        },
      }),
    );
    await (await start(input)).result();
    const { retryMs } = input.settings;
    expect(states.at(-1)?.strategies[0]?.retryAt).toBe(AT + 240_000 + retryMs);
  });

  it("shows halted after a kill, tells the kill workflow, and goes on after resume", async () => {
    const input = anInput();
    const thrown: unknown[] = [];
    let isOver = false;
    rig.use(
      quietNight({
        watchGame: () => (isOver ? Promise.resolve(watched({ entered: "final" })) : forever()),
        throwKill: (kill: unknown) => {
          thrown.push(kill);
          return Promise.resolve({ inFlight: [] });
        },
        signalRunning: () => Promise.resolve(1),
        measureAccount: () => Promise.resolve(null),
        sweepVenue: () => Promise.resolve({ resting: 0, isDone: true, away: null }),
        finishKill: () => Promise.resolve({}),
      }),
    );
    const handle = await start(input);
    await until(
      () => handle.query<GameState>("state"),
      (state) => state.phase === "pregame",
    );
    await handle.signal("kill", { level: "cancel-all", reason: "drill", by: "test" });
    const killed = await until(
      () => handle.query<GameState>("state"),
      (state) => state.killLevel !== null,
    );
    expect(killed.killLevel).toBe("cancel-all");
    await until(
      () => Promise.resolve(thrown),
      (all) => all.length === 1,
    );
    expect(thrown[0]).toMatchObject({ level: "cancel-all", reason: "drill", mode: "paper" });
    isOver = true;
    await handle.signal("resume", {});
    expect(await handle.result()).toMatchObject({ phase: "scored", killLevel: null });
  });

  it("learns of a kill that stands though nobody told it, and that a typed resume does not lift", async () => {
    let isLifted = false;
    rig.use(
      quietNight({
        // As the activity does: a kill stricter than what the game knows is its answer.
        watchGame: ({ state }: WatchRequest) => {
          if (isLifted) return Promise.resolve(watched({ entered: "final" }));
          return state.killLevel === null
            ? Promise.resolve(watched({ standingKill: "flatten" }))
            : forever();
        },
      }),
    );
    const handle = await start(anInput());
    const read = () => handle.query<GameState>("state");
    await until(read, ({ killLevel }) => killLevel === "flatten");
    await handle.signal("resume", {});
    await until(
      () => handle.query<readonly { what: string }[]>("timeline"),
      (lines) => lines.filter(({ what }) => what.startsWith("a kill stands")).length === 2,
    );
    expect((await read()).killLevel).toBe("flatten");
    isLifted = true;
    await handle.signal("resume", {});
    expect(await handle.result()).toMatchObject({ phase: "scored", killLevel: null });
  });

  it("watches anew at once when a new worker says it is there", async () => {
    const input = anInput();
    let watches = 0;
    rig.use(
      quietNight({
        watchGame: () => {
          watches += 1;
          return watches === 1 ? forever() : Promise.resolve(watched({ entered: "final" }));
        },
      }),
    );
    const handle = await start(input);
    await until(
      () => Promise.resolve(watches),
      (count) => count === 1,
    );
    await handle.signal("workerStarted");
    expect(await handle.result()).toMatchObject({ phase: "scored" });
    expect(watches).toBe(2);
  });

  it("carries attempts over continue-as-new", async () => {
    const input = anInput({ maxHistoryEvents: 20 });
    const states: GameState[] = [];
    rig.use(
      quietNight({
        watchGame: (request: WatchRequest) => {
          states.push(request.state);
          if (states.length === 1) {
            const intent = anIntent(input.game);
            return Promise.resolve(
              watched({ proposals: [{ decisionId: "d", intent, quote: null }] }),
            );
          }
          return Promise.resolve(watched(states.length < 8 ? {} : { entered: "final" }));
        },
        placeOrder: () => Promise.resolve(placedOrder(true)),
      }),
    );
    const handle = await start(input);
    expect(await handle.result()).toMatchObject({ phase: "scored" });
    const described = await rig.client.workflow.getHandle(input.game.gameId).describe();
    expect(described.runId).not.toBe(handle.firstExecutionRunId);
    expect(states.at(-1)?.strategies[0]).toMatchObject({ pregameAttempts: 1, entries: 1 });
  });

  it("carries its timeline, its summary and its counts over continue-as-new", async () => {
    const input = anInput({ maxHistoryEvents: 20 });
    const updates: number[] = [];
    let isOver = false;
    rig.use(
      quietNight({
        watchGame: async (request: WatchRequest) => {
          updates.push(request.partnerUpdates);
          await new Promise((resolve) => setTimeout(resolve, 100));
          if (isOver) return watched({ entered: "final" });
          return watched({ summary: `chunk ${updates.length}` });
        },
        recordPartner: () => Promise.resolve(),
      }),
    );
    const handle = await start(input);
    await until(
      () => Promise.resolve(updates),
      ({ length }) => length >= 2,
    );
    await handle.executeUpdate("setPartnerProbability", { args: [{ p: 0.6 }] });
    const current = rig.client.workflow.getHandle(input.game.gameId);
    await until(
      async () => (await current.describe()).runId,
      (runId) => runId !== handle.firstExecutionRunId,
    );
    const { currentDetails } = await current.query<{ currentDetails: string }>(
      "__temporal_workflow_metadata",
    );
    expect(currentDetails).toContain("chunk");
    expect(currentDetails).toContain("partner says home wins with 0.6");
    isOver = true;
    await handle.result();
    expect(updates.at(-1)).toBe(1);
    const timeline: readonly { what: string }[] = await current.query("timeline");
    expect(timeline.map(({ what }) => what)).toEqual([
      "scheduled -> pregame",
      "partner says home wins with 0.6",
      "pregame -> final",
      "final -> settling",
      "settled: home",
      "settling -> scored",
    ]);
  });

  it("drops no update and no record of a signal that is under way when its history is long", async () => {
    const input = anInput({ maxHistoryEvents: 20 });
    let watches = 0;
    let recorded = 0;
    const slowly = async (): Promise<void> => {
      const before = watches;
      await until(
        () => Promise.resolve(watches),
        (count) => count >= before + 8,
      );
      recorded += 1;
    };
    rig.use(
      quietNight({
        watchGame: async () => {
          watches += 1;
          await new Promise((resolve) => setTimeout(resolve, 30));
          return watched(recorded === 2 && watches > 25 ? { entered: "final" } : {});
        },
        recordPartner: slowly,
        recordAct: slowly,
      }),
    );
    const handle = await start(input);
    await handle.signal("pauseEntries", { reason: "drill" });
    await expect(
      handle.executeUpdate("setPartnerProbability", { args: [{ p: 0.6 }] }),
    ).resolves.toMatchObject({ homeProbability: 0.6 });
    expect(await handle.result()).toMatchObject({ phase: "scored" });
    expect(recorded).toBe(2);
  });

  it("takes a partner's probability before tip, and refuses rubbish with the reason", async () => {
    const input = anInput();
    const recorded: unknown[] = [];
    let isOver = false;
    rig.use(
      quietNight({
        watchGame: () => (isOver ? Promise.resolve(watched({ entered: "final" })) : forever()),
        recordPartner: (note: unknown) => {
          recorded.push(note);
          return Promise.resolve();
        },
      }),
    );
    const handle = await start(input);
    const set = (p: number, home?: string): Promise<unknown> =>
      handle.executeUpdate("setPartnerProbability", { args: [{ p, ...(home ? { home } : {}) }] });
    await expect(set(0)).rejects.toThrow(WorkflowUpdateFailedError);
    await expect(set(1.2)).rejects.toThrow(WorkflowUpdateFailedError);
    await expect(set(0.6, "BOS")).rejects.toThrow(WorkflowUpdateFailedError);
    await expect(set(0.6, "NYK")).resolves.toMatchObject({ homeProbability: 0.6 });
    expect(recorded).toEqual([
      { eventTicker: input.game.eventTicker, homeProbability: 0.6, by: "update" },
    ]);
    isOver = true;
    await handle.signal("workerStarted");
    await handle.result();
  });

  it("cancels its open orders when it is canceled", async () => {
    const input = anInput();
    let canceled = 0;
    rig.use(
      quietNight({
        watchGame: forever,
        cancelOpenOrders: () => {
          canceled += 1;
          return Promise.resolve();
        },
      }),
    );
    const handle = await start(input);
    await until(
      () => handle.query<GameState>("state"),
      (state) => state.phase === "pregame",
    );
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect((await handle.describe()).status.name).toBe("CANCELLED");
    expect(canceled).toBe(1);
  });
});
