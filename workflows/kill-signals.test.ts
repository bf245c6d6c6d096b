import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { StandingQuestion } from "../activities/kill.ts";
import { tellingId } from "../core/domain/kill.ts";
import { TASK_QUEUES } from "../temporal.config.ts";
import { anInput } from "../test/temporal/game-rig.ts";
import { quietKill, startRig, untilTrue, type WorkflowRig } from "../test/temporal/workflow-rig.ts";

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startRig(inject("temporalAddress"));
});
afterAll(() => rig.stop());

const KILL = { killId: "of-yesterday", level: "cancel-all", reason: "drill", by: "ada" } as const;

/** A day that does not come to its games, and a game that waits for its window. */
async function start(type: "tradingDay" | "game") {
  const input = anInput();
  const { runId, tradingDate: date, gameId } = input.game;
  const day = { runId, mode: "paper", date, source: "world:7", seed: 7, speed: 240 };
  return rig.client.workflow.start(type, {
    workflowId: type === "game" ? gameId : `trading-day/paper/${crypto.randomUUID()}`,
    taskQueue: TASK_QUEUES.trading,
    args: [type === "game" ? input : day],
  });
}

/** What a kill asks, and what it throws. @param stands the kill that the database knows. */
function listen(stands: string | null) {
  const [thrown, asked]: [{ killId: string }[], StandingQuestion[]] = [[], []];
  rig.use({
    ...quietKill(thrown),
    openDay: () => rig.hang(),
    watchGame: () => rig.hang(),
    readClock: () => rig.hang(),
    cancelOpenOrders: () => Promise.resolve(),
    isKillStanding: (question: StandingQuestion) => {
      asked.push(question);
      return Promise.resolve(question.killId === stands);
    },
  });
  return { thrown, asked };
}

describe.each(["tradingDay", "game"] as const)("a kill signaled to a %s", (type) => {
  it("is a person's where it names a kill that does not stand: it is thrown under an id of its own", async () => {
    const { thrown, asked } = listen(null);
    const handle = await start(type);
    await handle.signal("kill", KILL);
    await untilTrue(() => thrown.length === 1);
    expect(asked).toEqual([{ killId: KILL.killId, level: KILL.level, mode: "paper" }]);
    expect(thrown[0]).toMatchObject({
      ...KILL,
      mode: "paper",
      killId: expect.any(String) as string,
    });
    expect(thrown[0]?.killId).not.toBe(KILL.killId);
    await handle.terminate();
  });

  it("is thrown already where that kill stands", async () => {
    const { thrown, asked } = listen(KILL.killId);
    const handle = await start(type);
    await handle.signal("kill", KILL);
    await untilTrue(() => asked.length === 1);
    // A further one is thrown, and it alone.
    await handle.signal("kill", { reason: "by hand" });
    await untilTrue(() => thrown.length === 1);
    expect(thrown).toMatchObject([{ reason: "by hand" }]);
    await handle.terminate();
  });

  it("is asked about where it was told to another or was heard before, not where its workflow tells it", async () => {
    const { thrown, asked } = listen(null);
    const handle = await start(type);
    const told = { ...KILL, tellingId: tellingId(handle.firstExecutionRunId, "1") };
    await handle.signal("kill", told);
    await handle.signal("kill", { ...told, tellingId: tellingId("another-run", "1"), reason: "2" });
    await untilTrue(() => thrown.length === 1);
    expect(thrown).toMatchObject([{ reason: "2" }]);
    await handle.signal("kill", { ...told, reason: "3" });
    await untilTrue(() => thrown.length === 2);
    expect(thrown).toMatchObject([{ reason: "2" }, { reason: "3" }]);
    expect(asked).toHaveLength(2);
    await handle.terminate();
  });
});
