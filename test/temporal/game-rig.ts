import type { PlaceResult } from "../../activities/place-order.ts";
import type { WatchResult } from "../../activities/watch-game.ts";
import { instant } from "../../core/domain/units.ts";
import { TASK_QUEUES } from "../../temporal.config.ts";
import type { GameInput } from "../../workflows/contracts.ts";
import { aGame, type Stubs, type WorkflowRig } from "./workflow-rig.ts";

/** Run time of the workflow tests of games, at which the entry window opens. */
export const GAME_AT = Date.parse("2026-11-21T00:00:00Z");

/** A game that its day has just started. */
export function anInput(changes: Partial<GameInput["settings"]> = {}): GameInput {
  return {
    game: aGame(),
    settings: {
      windowOpensAt: instant(GAME_AT),
      retryMs: 60_000,
      maxHistoryEvents: null,
      ...changes,
    },
    carried: null,
  };
}

/** What a chunk of watching answers. */
export function watched(changes: Partial<WatchResult>): WatchResult {
  return {
    at: instant(GAME_AT),
    entered: null,
    isPostponed: false,
    proposals: [],
    summary: "",
    standingKill: null,
    ...changes,
  };
}

/** Activities of a game that runs its whole life without trading. */
export function quietNight(changes: Stubs = {}): Stubs {
  const script = [
    watched({ entered: "live" }),
    watched({}),
    watched({ entered: "closing" }),
    watched({ entered: "final" }),
  ];
  return {
    readClock: () => Promise.resolve({ nowMs: GAME_AT, speed: 240 }),
    watchGame: () => Promise.resolve(script.shift() ?? watched({ entered: "final" })),
    awaitSettlement: () => Promise.resolve({ at: GAME_AT, isDetermined: true, result: "home" }),
    scoreGame: () => Promise.resolve(),
    cancelOpenOrders: () => Promise.resolve(),
    recordAct: () => Promise.resolve(),
    ...changes,
  };
}

export function startGame(rig: WorkflowRig, input: GameInput) {
  return rig.client.workflow.start("game", {
    workflowId: input.game.gameId,
    taskQueue: TASK_QUEUES.trading,
    args: [input],
  });
}

/** An order that the venue has answered: filled, or not over yet. */
export const placedOrder = (isOver: boolean): PlaceResult => ({
  kind: "order",
  clientOrderId: crypto.randomUUID(),
  status: isOver ? "filled" : "working",
  filledCenti: isOver ? 1_000 : 0,
  isOver,
  isFlat: false,
  at: GAME_AT,
});
