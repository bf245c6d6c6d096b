import { activityInfo } from "@temporalio/activity";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { PlaceRequest } from "../activities/place-order.ts";
import type { WatchRequest, WatchResult } from "../activities/watch-game.ts";
import { instant } from "../core/domain/units.ts";
import { NAMESPACE, TASK_QUEUES } from "../temporal.config.ts";
import {
  aGame,
  anIntent,
  type CodeVersion,
  startRig,
  type WorkflowRig,
} from "../test/temporal/workflow-rig.ts";

const AT = Date.parse("2026-11-21T00:00:00Z");
/** Enough that each version gets tasks of each kind. */
const RUNS = 6;

/** As before there were patches. */
const beforePatches = changed(/\(0,\s*[\w$]+\.patched\)\("[\w-]+"\)/g, "false");
/** As if another activity had taken the place of one without a patch: neither can play what the other began. */
const renamed = changed(/\.scoreGame\(/g, ".scoreRun(");

let rig: WorkflowRig;
beforeAll(async () => {
  const older: CodeVersion = (code) => renamed(beforePatches(code));
  rig = await startRig(inject("temporalAddress"), [(code) => code, older]);
});
afterAll(() => rig.stop());

describe("two versions of the workflows at once", () => {
  it("place each order once and end each game by its result, whoever takes a task", async () => {
    const placed: string[] = [];
    const scored: string[] = [];
    const score = async ({ game }: { game: { gameId: string } }): Promise<void> => {
      scored.push(game.gameId);
      await letAnyoneGoOn();
    };
    rig.use({
      readClock: () => Promise.resolve({ nowMs: AT, speed: 240 }),
      watchGame: async (request: WatchRequest) => {
        await letAnyoneGoOn();
        return watched(request);
      },
      placeOrder: ({ intentKey }: PlaceRequest) => {
        placed.push(intentKey);
        const filled = { status: "filled", filledCenti: 1_000, isOver: true, isFlat: false };
        return Promise.resolve({
          kind: "order",
          clientOrderId: crypto.randomUUID(),
          at: AT,
          ...filled,
        });
      },
      awaitSettlement: async () => {
        await letAnyoneGoOn();
        return { at: AT, isDetermined: true, result: "home" };
      },
      scoreGame: score,
      scoreRun: score,
    });
    const games = Array.from({ length: RUNS }, aGame);
    const results = await play(
      "game",
      games.map((game) => {
        const settings = { windowOpensAt: instant(AT), retryMs: 60_000, maxHistoryEvents: null };
        return { id: game.gameId, input: { game, settings, carried: null } };
      }),
    );
    for (const result of results) {
      expect(result).toMatchObject({ phase: "scored", result: "home", openOrders: [] });
      expect(result).toMatchObject({ counts: { decisions: 1, orders: 1 } });
    }
    // A task that is lost asks again under the same key, which the journal knows: no game has another.
    const keys = [...new Set(placed)];
    expect(keys.toSorted()).toEqual(games.map(({ gameId }) => `${gameId}/1`).toSorted());
    expect(scored.toSorted()).toEqual(games.map(({ gameId }) => gameId).toSorted());
  });

  it("score a night once, though one knows no patch that the other is past", async () => {
    const done: string[] = [];
    const act = (name: string, result: object | null) => async () => {
      done.push(name);
      await letAnyoneGoOn();
      return result;
    };
    const scoring = { runId: "run", scored: 1, verdict: "passed", reportDir: null };
    rig.use({
      findRunToScore: act("find", { runId: "run", mode: "paper", tradingDate: "2026-11-20" }),
      scoreRun: act("score", null),
      reconcile: act("reconcile", null),
      writeRunReport: act("report", scoring),
      scoreNight: act("night", { drifting: 0, watched: 0, scoresDir: "scores" }),
    });
    const runs = Array.from({ length: RUNS }, () => crypto.randomUUID());
    const results = await play(
      "nightlyScoring",
      runs.map((run) => ({ id: `nightly-scoring/${run}`, input: { runId: "run" } })),
    );
    expect(results).toEqual(runs.map(() => scoring));
    for (const name of ["find", "score", "reconcile", "report"]) {
      expect(done.filter((one) => one === name)).toHaveLength(RUNS);
    }
    expect(done.filter((one) => one === "night").length).toBeLessThanOrEqual(RUNS);
  });
});

/** Frees the workflow that asks from the worker that has it in memory: the next task goes to whoever comes first. */
async function letAnyoneGoOn(): Promise<void> {
  const { workflowId, runId } = activityInfo().workflowExecution ?? {};
  const execution = { workflowId: workflowId ?? null, runId: runId ?? null };
  await rig.client.workflowService.resetStickyTaskQueue({ namespace: NAMESPACE, execution });
}

/** Plays workflows to their ends. Both versions must have had a hand in them, or nothing is shown. */
async function play(
  type: string,
  starts: readonly { readonly id: string; readonly input: object }[],
): Promise<readonly unknown[]> {
  const { workflow } = rig.client;
  // A worker that cannot play a history says so once, and then lets the task time out.
  const options = { taskQueue: TASK_QUEUES.trading, workflowTaskTimeout: "1s" } as const;
  const handles = await Promise.all(
    starts.map(({ id, input }) =>
      workflow.start(type, { ...options, workflowId: id, args: [input] }),
    ),
  );
  const results: readonly unknown[] = await Promise.all(handles.map((handle) => handle.result()));
  const hands = new Set<string>();
  for (const handle of handles) {
    const { events } = await handle.fetchHistory();
    for (const { workflowTaskCompletedEventAttributes: completed } of events ?? []) {
      if (completed?.identity) hands.add(completed.identity);
    }
  }
  expect([...hands].toSorted()).toEqual(["version 0", "version 1"]);
  return results;
}

/** Before tip one entry is proposed; then the game goes on to its end. */
function watched({ game, state }: WatchRequest): WatchResult {
  const base = {
    at: instant(AT),
    entered: null,
    isPostponed: false,
    summary: "",
    standingKill: null,
  };
  if (state.phase === "pregame" && state.counts.decisions === 0) {
    return { ...base, proposals: [{ decisionId: "d", intent: anIntent(game), quote: null }] };
  }
  const entered = { pregame: "live", live: "closing", closing: "final" } as const;
  const next = entered[state.phase as keyof typeof entered];
  return { ...base, proposals: [], entered: next };
}

function changed(what: RegExp, into: string): CodeVersion {
  return (code) => {
    const other = code.replaceAll(what, into);
    if (other === code) throw new Error(`the bundle has no ${what.source}`);
    return other;
  };
}
