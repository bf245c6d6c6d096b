import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { entryBar } from "../core/domain/contract.ts";
import { instant, usdMicros } from "../core/domain/units.ts";
import { aContractInput, anAnswer, aProposal, BTC_AT, END, news } from "../test/temporal/btc.ts";
import { calmActivities, enter, entered, startContract } from "../test/temporal/contract-rig.ts";
import { quietKill, startRig, untilTrue, type WorkflowRig } from "../test/temporal/workflow-rig.ts";
import type { BtcContractInput } from "./btc-contracts.ts";

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startRig(inject("temporalAddress"));
});
afterAll(() => rig.stop());

const start = (input: BtcContractInput) => startContract(rig, input);

describe("the brakes of a contract", () => {
  it.each(["waiting", "open", "entry-window", "closing"] as const)(
    "stop every entry in phase %s after a kill, until it is lifted",
    async (phase) => {
      const { asked, stubs } = calmActivities();
      rig.use(stubs);
      const input = aContractInput({ phase: phase === "closing" ? "entry-window" : phase });
      const contract = await start(input);
      if (phase === "closing") await contract.tell(news([entered("closing")]));
      await contract.handle.signal("kill", { killId: "k", level: "no-entries", reason: "drill" });
      await contract.tell(news([], { proposal: aProposal(input.contract) }));
      const killed = await contract.until(({ killLevel }) => killLevel === "no-entries");
      expect([killed.phase, killed.counts.decisions]).toEqual([phase, 0]);
      await contract.handle.signal("resume", { reason: "over", by: "me" });
      const resumed = await contract.until(({ killLevel }) => killLevel === null);
      const [canEnter, at] = [phase === "entry-window", instant(BTC_AT)];
      expect(entryBar(resumed, at) === null).toBe(canEnter);
      await contract.tell(news(END));
      expect(await contract.result()).toMatchObject({ phase: "scored" });
      expect(asked).toEqual(["recordAct"]);
    },
  );

  it("hold from the start when its series knew of them", async () => {
    const { asked, stubs } = calmActivities();
    rig.use(stubs);
    const input = aContractInput({ entriesPausedBecause: "paused by signal" });
    const contract = await start(input);
    await contract.tell(news([], { proposal: aProposal(input.contract) }));
    await contract.tell(news(END));
    await contract.result();
    expect(asked).toEqual([]);
    expect(await contract.lines()).toContain("entry bid 10.00 at 40c: not sent, entries_paused");
  });

  it.each([{}, { killId: "lifted" }])(
    "are told to the kill workflow when the kill was typed by hand: %j",
    async (ids) => {
      const thrown: unknown[] = [];
      rig.use(calmActivities(quietKill(thrown)).stubs);
      const contract = await start(aContractInput());
      await contract.handle.signal("kill", {
        ...ids,
        level: "flatten",
        reason: "drill",
        by: "test",
      });
      await untilTrue(() => thrown.length === 1);
      expect(thrown[0]).toMatchObject({ level: "flatten", reason: "drill", mode: "paper" });
      await contract.tell(news(END));
      expect(await contract.result()).toMatchObject({ killLevel: "flatten", phase: "scored" });
    },
  );
});

describe("a canceled contract", () => {
  it.each(["waiting", "open", "entry-window"] as const)(
    "ends at once in phase %s when it holds nothing",
    async (phase) => {
      const { asked, stubs } = calmActivities();
      rig.use(stubs);
      const contract = await start(aContractInput({ phase }));
      await contract.state();
      await contract.handle.cancel();
      await expect(contract.result()).rejects.toThrow();
      expect((await contract.handle.describe()).status.name).toBe("CANCELLED");
      expect(asked).toEqual(["cancelOpenOrders"]);
    },
  );

  it("that holds a position enters no more, and lives on until it is paid and scored", async () => {
    const { asked, stubs } = calmActivities();
    rig.use(stubs);
    const input = aContractInput();
    const contract = await start(input);
    await enter(contract, input);
    await contract.handle.cancel();
    const canceled = await contract.until(({ canceledBecause }) => canceledBecause !== null);
    expect(entryBar(canceled, instant(BTC_AT))).toBe("canceled");
    await contract.tell(news([entered("closing")]));
    await contract.until(({ phase }) => phase === "closing");
    await contract.tell(news(END));
    await expect(contract.result()).rejects.toThrow();
    expect(asked).toEqual(["placeOrder", "cancelOpenOrders", "settlePosition"]);
    expect(await contract.state()).toMatchObject({ phase: "scored" });
  });

  it("while its money is on its way is paid all the same, and forgets no news", async () => {
    let isPaid = false;
    const settlePosition = async () => {
      await untilTrue(() => isPaid);
      return { revenueMicros: usdMicros(10_000_000) };
    };
    rig.use(calmActivities({ settlePosition }).stubs);
    const input = aContractInput();
    const contract = await start(input);
    await enter(contract, input);
    await contract.tell(news([entered("closing"), ...END]));
    await contract.until(({ phase }) => phase === "closing");
    await contract.handle.cancel();
    await new Promise((resolve) => setTimeout(resolve, 300));
    isPaid = true;
    await contract.result().catch(() => undefined);
    expect(await contract.state()).toMatchObject({ phase: "scored", result: { result: "yes" } });
    expect(await contract.lines()).toContain("paid 10.000000");
  });

  it("while an order is being placed keeps what it bought, to its settlement", async () => {
    let isPlaced = false;
    const placeOrder = async () => {
      await untilTrue(() => isPlaced);
      return anAnswer();
    };
    const { asked, stubs } = calmActivities({ placeOrder });
    rig.use(stubs);
    const input = aContractInput();
    const contract = await start(input);
    await contract.tell(news([], { proposal: aProposal(input.contract) }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await contract.handle.cancel();
    isPlaced = true;
    await contract.until(
      ({ entries, canceledBecause }) => entries === 1 && canceledBecause !== null,
    );
    await contract.tell(news(END));
    await expect(contract.result()).rejects.toThrow();
    expect(asked).toEqual(["cancelOpenOrders", "settlePosition"]);
  });
});
