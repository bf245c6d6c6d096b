import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { WatchRequest } from "../activities/watch-game.ts";
import type { GameState } from "../core/domain/game.ts";
import { anInput, placedOrder, quietNight, startGame, watched } from "../test/temporal/game-rig.ts";
import {
  anIntent,
  startRig,
  untilHolds,
  untilTrue,
  type WorkflowRig,
} from "../test/temporal/workflow-rig.ts";

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startRig(inject("temporalAddress"));
});
afterAll(() => rig.stop());

describe("a game whose history is long", () => {
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
    const handle = await startGame(rig, input);
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
    const handle = await startGame(rig, input);
    await untilTrue(() => updates.length >= 2);
    await handle.executeUpdate("setPartnerProbability", { args: [{ p: 0.6 }] });
    const current = rig.client.workflow.getHandle(input.game.gameId);
    await untilHolds(
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
      await untilTrue(() => watches >= before + 8);
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
    const handle = await startGame(rig, input);
    await handle.signal("pauseEntries", { reason: "drill" });
    await expect(
      handle.executeUpdate("setPartnerProbability", { args: [{ p: 0.6 }] }),
    ).resolves.toMatchObject({ homeProbability: 0.6 });
    expect(await handle.result()).toMatchObject({ phase: "scored" });
    expect(recorded).toBe(2);
  });
});
