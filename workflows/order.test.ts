import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { FollowRequest, FollowResult } from "../activities/follow-order.ts";
import type { PlaceRequest } from "../activities/place-order.ts";
import { priceMicros } from "../core/domain/units.ts";
import { TASK_QUEUES } from "../temporal.config.ts";
import {
  aGame,
  anIntent,
  quietKill,
  startRig,
  type Stubs,
  type WorkflowRig,
} from "../test/temporal/workflow-rig.ts";
import type { OrderInput, OrderResult } from "./contracts.ts";
import { occasionOfGame } from "../core/domain/occasion.ts";

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startRig(inject("temporalAddress"));
});
afterAll(() => rig.stop());

const AT = Date.parse("2026-11-21T00:00:00Z");

function anOrder(): OrderInput {
  const game = aGame();
  return {
    occasion: occasionOfGame(game),
    intent: anIntent(game),
    intentKey: `${game.gameId}/1`,
    decisionId: "d",
    clientOrderId: randomUUID(),
    status: "working",
    placedAt: AT,
  };
}

const over = (filledCenti: number, status: "filled" | "canceled" = "canceled"): FollowResult => ({
  kind: "over",
  status,
  filledCenti,
  isFlat: false,
  at: AT,
});

const advice = (kind: "replace" | "renew" | "cross" | "cancel", price?: number): FollowResult => ({
  kind: "advice",
  advice: kind,
  why: "test",
  plan:
    price === undefined
      ? null
      : {
          price: priceMicros(price),
          timeInForce: kind === "cross" ? "immediate_or_cancel" : "good_till_canceled",
          isPostOnly: kind === "replace",
          expectedFillProbability: 0.5,
          expectedPrice: priceMicros(price),
        },
  at: AT,
});

/** What happened, in order: follows, cancels and placements by the order they name. */
function scripted(script: FollowResult[], log: string[]): Stubs {
  return {
    followOrder: (request: FollowRequest) => {
      log.push(`follow${request.isCanceling ? " canceling" : ""}`);
      return Promise.resolve(script.shift() ?? over(0));
    },
    cancelOrder: () => {
      log.push("cancel");
      return Promise.resolve();
    },
    placeOrder: (request: PlaceRequest) => {
      log.push(
        `place ${request.intentKey.slice(-2)} ${request.intent.count} at ${request.intent.plan.price}`,
      );
      return Promise.resolve({
        kind: "order",
        clientOrderId: randomUUID(),
        status: "working",
        filledCenti: 0,
        isOver: false,
        isFlat: false,
        at: AT,
      });
    },
  };
}

function start(input: OrderInput) {
  return rig.client.workflow.start("order", {
    workflowId: `order/${input.clientOrderId}`,
    taskQueue: TASK_QUEUES.trading,
    args: [input],
  });
}

describe("order", () => {
  it("ends when its order is filled", async () => {
    rig.use(scripted([over(1_000, "filled")], []));
    const result = (await (await start(anOrder())).result()) as OrderResult;
    expect(result).toMatchObject({ filledCenti: 1_000, endedBecause: "filled" });
  });

  it("places a replacement only after the old order is over, and only for what is left", async () => {
    const log: string[] = [];
    rig.use(scripted([advice("replace", 510_000), over(400), over(600, "filled")], log));
    const result = (await (await start(anOrder())).result()) as OrderResult;
    expect(log).toEqual([
      "follow",
      "cancel",
      "follow canceling",
      "place r1 600 at 510000",
      "follow",
    ]);
    expect(result).toMatchObject({ filledCenti: 1_000, endedBecause: "filled" });
    expect(result.clientOrderIds).toHaveLength(2);
  });

  it("places what was planned though the cancel had to be asked for again", async () => {
    const log: string[] = [];
    rig.use(scripted([advice("cross", 520_000), advice("cancel"), over(0), over(1_000)], log));
    const result = (await (await start(anOrder())).result()) as OrderResult;
    expect(log).toContain("place r1 1000 at 520000");
    expect(result.filledCenti).toBe(1_000);
  });

  it("crosses at the end of its patience", async () => {
    const log: string[] = [];
    rig.use(scripted([advice("cross", 520_000), over(0), over(1_000, "filled")], log));
    await (await start(anOrder())).result();
    expect(log).toContain("place r1 1000 at 520000");
  });

  it("places nothing when the old order filled while it was being canceled", async () => {
    const log: string[] = [];
    rig.use(scripted([advice("replace", 510_000), over(1_000, "filled")], log));
    const result = (await (await start(anOrder())).result()) as OrderResult;
    expect(log.filter((line) => line.startsWith("place"))).toEqual([]);
    expect(result.filledCenti).toBe(1_000);
  });

  it("stops for a kill, whatever was planned next", async () => {
    const log: string[] = [];
    const seen: (string | null)[] = [];
    const stubs = scripted([], log);
    rig.use({
      ...stubs,
      isKillStanding: () => Promise.resolve(true),
      followOrder: (request: FollowRequest) => {
        seen.push(request.stopBecause);
        if (request.isCanceling) return Promise.resolve(over(0));
        if (request.stopBecause !== null) return Promise.resolve(advice("cancel"));
        return rig.hang();
      },
    });
    const handle = await start(anOrder());
    while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    await handle.signal("kill", { level: "cancel-all", reason: "drill", killId: "k" });
    const result = (await handle.result()) as OrderResult;
    expect(result.endedBecause).toBe("killed: drill");
    expect(log).toEqual(["cancel"]);
  });

  it.each([{}, { killId: "lifted", tellingId: "of another" }])(
    "stops everything when a kill is sent to it by hand, a copy too: %j",
    async (ids) => {
      const thrown: unknown[] = [];
      rig.use({
        ...scripted([], []),
        followOrder: (request: FollowRequest) => {
          if (request.isCanceling) return Promise.resolve(over(0));
          if (request.stopBecause !== null) return Promise.resolve(advice("cancel"));
          return rig.hang();
        },
        ...quietKill(thrown),
      });
      const handle = await start(anOrder());
      const kill = { level: "reduce-only", reason: "by hand", by: "a person" };
      await handle.signal("kill", { ...ids, ...kill });
      expect(await handle.result()).toMatchObject({ endedBecause: "killed: by hand" });
      while (thrown.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
      expect(thrown[0]).toMatchObject({
        ...kill,
        mode: "paper",
        killId: expect.stringMatching(/^order-/) as string,
      });
    },
  );

  it("places an order anew before it expires, which counts as no replacement", async () => {
    const replacements: number[] = [];
    const script = [advice("renew", 500_000), over(0), advice("replace", 510_000), over(0)];
    const log: string[] = [];
    const stubs = scripted([], log);
    rig.use({
      ...stubs,
      followOrder: (request: FollowRequest) => {
        replacements.push(request.replacements);
        return Promise.resolve(script.shift() ?? over(1_000, "filled"));
      },
    });
    const result = (await (await start(anOrder())).result()) as OrderResult;
    expect(result.filledCenti).toBe(1_000);
    // Before and while the order is renewed, and while its like is replaced; then after it.
    expect(replacements).toEqual([0, 0, 0, 0, 1]);
    expect(log.filter((line) => line.startsWith("place"))).toEqual([
      "place r1 1000 at 500000",
      "place r2 1000 at 510000",
    ]);
  });
});
