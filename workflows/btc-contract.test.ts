import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { FollowResult } from "../activities/follow-order.ts";
import type { PlaceRequest } from "../activities/place-order.ts";
import { entryBar } from "../core/domain/contract.ts";
import { notional } from "../core/domain/notional.ts";
import { type SettlementWord, sidesOf, VOID, wordRevenue } from "../core/domain/settlement.ts";
import { instant, usdMicros } from "../core/domain/units.ts";
import {
  aContractInput,
  actionsOfRun,
  anAnswer,
  aProposal,
  BTC_AT,
  BTC_CLOSE,
  END,
  news,
  SCORED,
  settledAs,
} from "../test/temporal/btc.ts";
import { calmActivities, enter, entered, startContract } from "../test/temporal/contract-rig.ts";
import { startRig, type WorkflowRig } from "../test/temporal/workflow-rig.ts";
import type { BtcContractInput } from "./btc-contracts.ts";

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startRig(inject("temporalAddress"));
});
afterAll(() => rig.stop());

/** Pays what was bought by this word. */
function anAccount(word: SettlementWord) {
  let [count, cost] = [0, 0];
  return {
    placeOrder: ({ intent }: PlaceRequest) => {
      count += intent.count;
      cost += notional(intent.plan.price, intent.count);
      return Promise.resolve(anAnswer());
    },
    settlePosition: () => {
      const revenueMicros = wordRevenue(word, sidesOf(count), usdMicros(cost));
      return Promise.resolve({ revenueMicros, word });
    },
  };
}

const start = (input: BtcContractInput) => startContract(rig, input);

describe("a contract's life", () => {
  it("goes from waiting to its score by news alone, at no more than 12 actions", async () => {
    const { asked, stubs } = calmActivities();
    rig.use(stubs);
    const input = aContractInput({ phase: "waiting" });
    const contract = await start(input);
    for (const facts of [[entered("open")], [entered("entry-window")], [entered("closing")]]) {
      await contract.tell(news(facts));
    }
    await contract.tell(news(END));
    expect(await contract.result()).toMatchObject({
      phase: "scored",
      result: { result: "yes", payout: 1_000_000 },
    });
    expect(await contract.lines()).toEqual([
      "waiting -> open",
      "open -> entry-window",
      "entry-window -> closing",
      "closing -> settled",
      "settled -> scored",
    ]);
    // Who holds nothing has no money to wait for.
    expect(asked).toEqual([]);
    // Four signals, four phases that are shown, its start; and 2 that its series pays to start it.
    expect(await actionsOfRun(rig.client, input.occasion.occasionId)).toBe(4 + 4 + 1);
  });

  it("lets nobody enter before the strike is known, and takes one that comes late", async () => {
    rig.use(calmActivities().stubs);
    const { contract: known } = aContractInput();
    const contract = { ...known, bounds: { kind: "above", strike: null } as const };
    const input = aContractInput({ contract, phase: "open" });
    const started = await start(input);
    await started.tell(news([entered("entry-window")], { proposal: aProposal(contract) }));
    const barred = await started.until(({ counts }) => counts.decisions === 0);
    expect(entryBar(barred, instant(BTC_AT))).toBe("strike_unknown");
    const { bounds } = known;
    await started.tell(news([{ kind: "bounds-read", bounds }, entered("entry-window")]));
    expect(await started.until(({ phase }) => phase === "entry-window")).toMatchObject({ bounds });
    await started.handle.terminate();
  });

  it("shows the venue's pause as a halt, and its word before its settlement", async () => {
    rig.use(calmActivities().stubs);
    const input = aContractInput();
    const contract = await start(input);
    await contract.tell(news([{ kind: "venue-paused" }], { proposal: aProposal(input.contract) }));
    await contract.tell(news([{ kind: "venue-resumed" }, { kind: "determined" }, ...END]));
    expect((await contract.result()).counts.decisions).toBe(0);
    expect((await contract.lines()).slice(0, 4)).toEqual([
      "entry-window -> halted",
      "entry bid 10.00 at 40c: not sent, venue_paused",
      "halted -> entry-window",
      "entry-window -> determined",
    ]);
  });

  it("is over when it is void", async () => {
    rig.use(calmActivities().stubs);
    const contract = await start(aContractInput());
    await contract.tell(news([{ kind: "voided" }]));
    expect(await contract.result()).toMatchObject({ phase: "void", result: null });
  });

  it("is paid nothing when it is void in shadow, where nothing is owned", async () => {
    const { asked, stubs } = calmActivities();
    const placeInShadow = () => {
      asked.push("placeInShadow");
      return Promise.resolve({ placed: anAnswer(), filledCenti: 1_000 });
    };
    rig.use({ ...stubs, placeInShadow });
    const input = aContractInput({ shadowInPlace: true }, "shadow");
    const contract = await start(input);
    await enter(contract, input);
    await contract.tell(news([{ kind: "voided" }]));
    expect(await contract.result()).toMatchObject({ phase: "void", entries: 1 });
    expect(asked).toEqual(["placeInShadow"]);
    expect((await contract.lines()).filter((what) => what.startsWith("paid"))).toEqual([]);
  });

  const YES = { result: "yes", value: usdMicros(1_000_000) } as const;
  const SCALAR = { result: "scalar", value: usdMicros(370_000) } as const;
  // Ten contracts at 40 cents.
  it.each([
    ["void", VOID, "paid 4.000000", { phase: "void", result: null }],
    ["yes", YES, "paid 10.000000", { phase: "scored", result: { payout: 1_000_000 } }],
    ["scalar", SCALAR, "paid 3.700000", { phase: "scored", result: { payout: 370_000 } }],
  ] as const)(
    "waits for its money when its silence is called void, and ends as it was paid: %s",
    async (_, word, line, end) => {
      rig.use(calmActivities(anAccount(word)).stubs);
      const input = aContractInput();
      const contract = await start(input);
      await enter(contract, input);
      await contract.tell(news([{ kind: "voided" }]));
      expect(await contract.result()).toMatchObject({ ...end, entries: 1, corrections: 0 });
      expect((await contract.lines()).filter((what) => what.startsWith("paid"))).toEqual([line]);
    },
  );

  it("ends as it was told where a worker of before tells no word", async () => {
    rig.use(calmActivities().stubs);
    const input = aContractInput();
    const contract = await start(input);
    await enter(contract, input);
    await contract.tell(news([{ kind: "voided" }]));
    expect(await contract.result()).toMatchObject({ phase: "void", result: null });
  });
});

describe("a proposal", () => {
  it("is placed once, under a key of the contract's own, and one position is all", async () => {
    const keys: string[] = [];
    const placeOrder = ({ intentKey }: PlaceRequest) => {
      keys.push(intentKey);
      return Promise.resolve(anAnswer());
    };
    const { asked, stubs } = calmActivities({ placeOrder });
    rig.use(stubs);
    const input = aContractInput();
    const contract = await start(input);
    await enter(contract, input);
    await contract.tell(news([], { proposal: aProposal(input.contract) }));
    await contract.tell(news(END));
    const state = await contract.result();
    expect(keys).toEqual([`${input.occasion.occasionId}/1`]);
    expect(state.counts).toEqual({ decisions: 1, orders: 1, refusals: 0 });
    expect(await contract.lines()).toContain("entry bid 10.00 at 40c: not sent, position_open");
    expect(asked).toEqual(["settlePosition"]);
  });

  it("is barred for ever where what was held was sold, and after the kill that sold it is lifted", async () => {
    const { asked, stubs } = calmActivities();
    rig.use(stubs);
    const input = aContractInput();
    const contract = await start(input);
    await enter(contract, input);
    await contract.handle.signal("kill", { killId: "k", level: "flatten", reason: "drill" });
    await contract.tell(news([{ kind: "flat" }]));
    await contract.handle.signal("resume", { reason: "over", by: "me" });
    await contract.until(({ killLevel, hasExited }) => killLevel === null && hasExited);
    await contract.tell(news([], { proposal: aProposal(input.contract) }));
    await contract.tell(news(END));
    expect(await contract.result()).toMatchObject({ phase: "scored", hasExited: true, entries: 1 });
    const lines = await contract.lines();
    expect(lines).toContain("what was held is sold: no re-entry");
    expect(lines).toContain("entry bid 10.00 at 40c: not sent, no_reentry");
    expect(asked).toEqual(["placeOrder", "recordAct", "settlePosition"]);
  });

  it("that risk refuses is not repeated before its time", async () => {
    let placed = 0;
    const placeOrder = () => {
      placed += 1;
      const refused = { kind: "refused", clientOrderId: "c", code: "max_open_positions" } as const;
      return Promise.resolve({ ...refused, at: BTC_AT });
    };
    rig.use(calmActivities({ placeOrder }).stubs);
    const input = aContractInput();
    const contract = await start(input);
    for (const later of [0, 59_000, 60_000]) {
      const at = instant(BTC_AT + later);
      await contract.tell(news([], { at, proposal: aProposal(input.contract) }));
    }
    const state = await contract.until(({ counts }) => counts.refusals === 2);
    expect(state.counts).toEqual({ decisions: 2, orders: 0, refusals: 2 });
    expect(placed).toBe(2);
    await contract.handle.terminate();
  });

  it("whose order is unknown is followed by its order workflow, and paid when that has ended", async () => {
    const open = anAnswer({ status: "unknown", filledCenti: 0, isOver: false });
    let isOver = false;
    const over: FollowResult = {
      ...{ kind: "over", status: "filled", filledCenti: 1_000, isFlat: false, at: BTC_AT },
    };
    const followOrder = async (): Promise<FollowResult> => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return isOver ? over : { kind: "chunk", at: BTC_AT };
    };
    const { asked, stubs } = calmActivities({
      placeOrder: () => Promise.resolve(open),
      followOrder,
    });
    rig.use(stubs);
    const input = aContractInput();
    const contract = await start(input);
    await contract.tell(news([], { proposal: aProposal(input.contract) }));
    await contract.until(({ openOrders }) => openOrders.length === 1);
    await contract.tell(news([entered("closing"), ...END]));
    await contract.until(({ phase }) => phase === "closing");
    expect(asked).toEqual([]);
    isOver = true;
    expect(await contract.result()).toMatchObject({ phase: "scored", entries: 1, openOrders: [] });
    expect(await contract.lines()).toContain("order ended: filled, filled 10.00");
    expect(asked).toEqual(["settlePosition"]);
  });

  it.each([
    ["is filled", { shadowInPlace: true }, 1_000, 1, []],
    ["is not filled", { shadowInPlace: true }, 0, 0, []],
    // One that began under the code of before.
    ["is filled and looks for its pay as it began", {}, 1_000, 1, ["settlePosition"]],
  ] as const)(
    "in shadow %s from the displayed book",
    async (_, began, filledCenti, entries, expected) => {
      const placed = anAnswer({ filledCenti: 0 });
      const { asked, stubs } = calmActivities({
        placeInShadow: () => Promise.resolve({ placed, filledCenti }),
        placeOrder: () => Promise.resolve(placed),
        fillShadow: () => Promise.resolve({ filledCenti }),
      });
      rig.use(stubs);
      const input = aContractInput(began, "shadow");
      const contract = await start(input);
      await contract.tell(news([], { proposal: aProposal(input.contract) }));
      await contract.tell(news(END));
      expect(await contract.result()).toMatchObject({ entries, openOrders: [], phase: "scored" });
      expect(asked).toEqual(expected);
    },
  );

  it("costs at most twelve actions with two attempts in shadow", async () => {
    const placeInShadow = () => Promise.resolve({ placed: anAnswer(), filledCenti: 0 });
    rig.use(calmActivities({ placeInShadow }).stubs);
    const input = aContractInput({ shadowInPlace: true, phase: "open", retryMs: 0 }, "shadow");
    const contract = await start(input);
    await contract.tell(news([entered("entry-window")]));
    for (const attempts of [1, 2]) {
      await contract.tell(news([], { proposal: aProposal(input.contract) }));
      await contract.until(({ counts }) => counts.orders === attempts);
    }
    await contract.tell(news([entered("closing")]));
    await contract.tell(news(END));
    expect(await contract.result()).toMatchObject({ phase: "scored" });
    // Its start by a series is one more than what its own history shows.
    const actions = 1 + (await actionsOfRun(rig.client, input.occasion.occasionId));
    // Fewer where one workflow task heard two signals.
    expect(actions).toBeLessThanOrEqual(12);
    expect(actions).toBeGreaterThanOrEqual(9);
  });
});

describe("a settlement", () => {
  it("that is told twice is paid once", async () => {
    const { asked, stubs } = calmActivities();
    rig.use(stubs);
    const input = aContractInput();
    const contract = await start(input);
    await enter(contract, input);
    await contract.tell(news([settledAs("yes")]));
    await contract.tell(news([settledAs("yes"), SCORED], { at: BTC_CLOSE }));
    expect(await contract.result()).toMatchObject({ phase: "scored", corrections: 0 });
    expect(asked).toEqual(["placeOrder", "settlePosition"]);
  });

  it("that the venue corrects before the score counts as it was corrected", async () => {
    rig.use(calmActivities().stubs);
    const contract = await start(aContractInput());
    await contract.tell(news([settledAs("yes")]));
    await contract.tell(news([settledAs("no"), SCORED]));
    expect(await contract.result()).toMatchObject({
      phase: "scored",
      corrections: 1,
      result: { result: "no", payout: 0 },
    });
  });

  it("is not scored before it is there: the word of a sweep that came first is not heard", async () => {
    rig.use(calmActivities().stubs);
    const contract = await start(aContractInput());
    await contract.tell(news([SCORED]));
    await contract.tell(news(END));
    expect(await contract.result()).toMatchObject({ phase: "scored" });
  });
});
