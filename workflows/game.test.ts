import { WorkflowUpdateFailedError } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { PlaceRequest } from "../activities/place-order.ts";
import type { WatchRequest } from "../activities/watch-game.ts";
import type { GameState } from "../core/domain/game.ts";
import {
  anInput,
  GAME_AT,
  placedOrder,
  quietNight,
  startGame,
  watched,
} from "../test/temporal/game-rig.ts";
import {
  anIntent,
  quietKill,
  startRig,
  untilHolds,
  untilTrue,
  type WorkflowRig,
} from "../test/temporal/workflow-rig.ts";
import type { GameInput } from "./contracts.ts";

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startRig(inject("temporalAddress"));
});
afterAll(() => rig.stop());

const start = (input: GameInput) => startGame(rig, input);

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
    const readings = [GAME_AT - 60_000, GAME_AT - 60_000, GAME_AT - 30_000, GAME_AT];
    let reads = 0;
    rig.use(
      quietNight({
        readClock: () => {
          reads += 1;
          return Promise.resolve({ nowMs: readings.shift() ?? GAME_AT, speed: 240 });
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
          if (state.openOrders.length > 0) return rig.hang();
          if (states.length > 1) return Promise.resolve(watched({ entered: "final" }));
          const proposals = [{ decisionId: "d", intent: anIntent(input.game), quote: null }];
          return Promise.resolve(watched({ proposals }));
        },
        placeOrder: () => Promise.resolve(placedOrder(false)),
        followOrder: () => {
          const ended = { status: "canceled", filledCenti: 0, isFlat: true, at: GAME_AT + 240_000 };
          return Promise.resolve({ kind: "over", ...ended });
        },
      }),
    );
    await (await start(input)).result();
    const { retryMs } = input.settings;
    expect(states.at(-1)?.strategies[0]?.retryAt).toBe(GAME_AT + 240_000 + retryMs);
  });

  it("shows halted after a kill, tells the kill workflow, and goes on after resume", async () => {
    const input = anInput();
    const thrown: unknown[] = [];
    let isOver = false;
    rig.use(
      quietNight({
        watchGame: () => (isOver ? Promise.resolve(watched({ entered: "final" })) : rig.hang()),
        ...quietKill(thrown),
      }),
    );
    const handle = await start(input);
    await untilHolds(
      () => handle.query<GameState>("state"),
      (state) => state.phase === "pregame",
    );
    await handle.signal("kill", { level: "cancel-all", reason: "drill", by: "test" });
    const killed = await untilHolds(
      () => handle.query<GameState>("state"),
      (state) => state.killLevel !== null,
    );
    expect(killed.killLevel).toBe("cancel-all");
    await untilTrue(() => thrown.length === 1);
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
            : rig.hang();
        },
      }),
    );
    const handle = await start(anInput());
    const read = () => handle.query<GameState>("state");
    await untilHolds(read, ({ killLevel }) => killLevel === "flatten");
    await handle.signal("resume", {});
    await untilHolds(
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
          return watches === 1 ? rig.hang() : Promise.resolve(watched({ entered: "final" }));
        },
      }),
    );
    const handle = await start(input);
    await untilTrue(() => watches === 1);
    await handle.signal("workerStarted");
    expect(await handle.result()).toMatchObject({ phase: "scored" });
    expect(watches).toBe(2);
  });

  it("takes a partner's probability before tip, and refuses rubbish with the reason", async () => {
    const input = anInput();
    const recorded: unknown[] = [];
    let isOver = false;
    rig.use(
      quietNight({
        watchGame: () => (isOver ? Promise.resolve(watched({ entered: "final" })) : rig.hang()),
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
        watchGame: () => rig.hang(),
        cancelOpenOrders: () => {
          canceled += 1;
          return Promise.resolve();
        },
      }),
    );
    const handle = await start(input);
    await untilHolds(
      () => handle.query<GameState>("state"),
      (state) => state.phase === "pregame",
    );
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect((await handle.describe()).status.name).toBe("CANCELLED");
    expect(canceled).toBe(1);
  });
});
