import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { WatchSeriesResult } from "../activities/bitcoin/watch-series.ts";
import type { BtcContract } from "../core/domain/btc-contract.ts";
import {
  aContract,
  aContractInput,
  actionsOfRun,
  aProposal,
  END,
  news,
} from "../test/temporal/btc.ts";
import { startContract } from "../test/temporal/contract-rig.ts";
import {
  admission,
  contractState,
  idOf,
  playSeries,
  type Script,
  startSeries,
  watched,
} from "../test/temporal/series-rig.ts";
import {
  startRig,
  untilHolds,
  untilTrue,
  type WorkflowRig,
} from "../test/temporal/workflow-rig.ts";
import type { BtcSeriesInput, SeriesState } from "./btc-contracts.ts";

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startRig(inject("temporalAddress"));
});
afterAll(() => rig.stop());

const play = (script: Script) => playSeries(rig, script);
const start = (changes?: Partial<BtcSeriesInput>) => startSeries(rig, changes);
const tickersOf = ({ followed }: SeriesState): readonly string[] =>
  followed.map(({ marketTicker }) => marketTicker);

describe("a series", () => {
  it("admits contracts, tells them their news, and drops those that are over", async () => {
    const [one, other] = [aContract(), aContract()];
    const tell = ({ marketTicker }: BtcContract, facts: Parameters<typeof news>[0]) => ({
      ...{ marketTicker, news: news(facts) },
    });
    const played = play([
      () => watched({ admitted: [admission(one), admission(other)] }),
      () => watched({ news: [tell(one, [{ kind: "entered", phase: "closing" }])] }),
      () => watched({ news: [tell(one, END)] }),
    ]);
    const series = await start();
    await untilTrue(() => played.requests.length === 4);
    const phases = played.requests.map(({ state }) =>
      state.followed.map(({ phase }) => phase).sort(),
    );
    const both = ["entry-window", "entry-window"];
    expect(phases).toEqual([[], both, ["closing", "entry-window"], ["entry-window"]]);
    expect(tickersOf(await series.state())).toEqual([other.marketTicker]);
    expect(await rig.client.workflow.getHandle(idOf(one)).result()).toMatchObject({
      phase: "scored",
    });
    await series.handle.terminate();
  });

  it("hands a contract the kill and the pause that stand when it is admitted", async () => {
    const contract = aContract();
    let isAdmitted = false;
    const played = play([
      () => rig.hang(),
      () => rig.hang(),
      () => {
        isAdmitted = true;
        return watched({ admitted: [admission(contract)] });
      },
    ]);
    const series = await start();
    await untilTrue(() => played.requests.length === 1);
    await series.handle.signal("pauseEntries", { reason: "drill" });
    await untilTrue(() => played.requests.length === 2);
    await series.handle.signal("kill", { killId: "k", level: "no-entries", reason: "drill" });
    await untilTrue(() => isAdmitted);
    await series.until(({ followed }) => followed.length === 1);
    expect(await contractState(rig, contract)).toMatchObject({
      ...{ killLevel: "no-entries", entriesPausedBecause: "paused by signal" },
    });
    expect(played.requests.map(({ state }) => state.killLevel)).toEqual(
      [...[null, null, "no-entries", "no-entries"]].slice(0, played.requests.length),
    );
    await series.handle.terminate();
  });

  it("tells all anew to a contract whose workflow was there before it", async () => {
    const contract = aContract();
    const input = aContractInput({ contract, phase: "open" });
    const { handle } = await startContract(rig, input);
    const played = play([
      () => watched({ admitted: [admission(contract)] }),
      ({ state }) => {
        const facts = [{ kind: "entered", phase: "entry-window" }] as const;
        expect(state.followed).toMatchObject([{ phase: "waiting", isStruck: false }]);
        return watched({ news: [{ marketTicker: contract.marketTicker, news: news(facts) }] });
      },
    ]);
    const series = await start();
    await untilTrue(() => played.requests.length === 3);
    expect(played.requests[2]?.state.followed).toMatchObject([{ phase: "entry-window" }]);
    await untilHolds(
      () => contractState(rig, contract),
      ({ phase }) => phase === "entry-window",
    );
    await series.handle.terminate();
    await handle.terminate();
  });

  it("tells nothing more to a contract that a person has ended", async () => {
    const contract = aContract();
    let isEnded = false;
    play([
      () => watched({ admitted: [admission(contract)] }),
      async ({ state }) => {
        await rig.client.workflow.getHandle(idOf(contract)).terminate("by hand");
        isEnded = state.followed.length === 1;
        return watched({ news: [{ marketTicker: contract.marketTicker, news: news([]) }] });
      },
    ]);
    const series = await start();
    await untilTrue(() => isEnded);
    expect(await series.until(({ followed }) => followed.length === 0)).toMatchObject({});
    await series.handle.terminate();
  });

  it("watches anew at once when a new worker says it is there", async () => {
    const played = play([() => rig.hang()]);
    const series = await start();
    await untilTrue(() => played.requests.length === 1);
    await series.handle.signal("workerStarted");
    await untilTrue(() => played.requests.length === 2);
    await series.handle.terminate();
  });

  it("carries all that it must not forget over continue-as-new", async () => {
    const contract = aContract();
    let isOver = false;
    const quiet = async (): Promise<WatchSeriesResult> => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return watched({ isOver, summary: "200 open" });
    };
    const script: Script = Array.from({ length: 500 }, () => quiet);
    const played = play([() => watched({ admitted: [admission(contract)] }), ...script]);
    const series = await start({ maxHistoryEvents: 40 });
    await series.until(({ followed }) => followed.length === 1);
    await series.latest.signal("pauseEntries", { reason: "drill" });
    await series.latest.signal("kill", { killId: "k", level: "reduce-only", reason: "drill" });
    await series.until(({ killLevel }) => killLevel === "reduce-only");
    const runIds = new Set<string>();
    await untilHolds(
      async () => runIds.add((await series.latest.describe()).runId),
      ({ size }) => size >= 3,
    );
    expect(played.requests.at(-1)?.state).toEqual({
      followed: [
        {
          marketTicker: contract.marketTicker,
          phase: "entry-window",
          closeAt: contract.closeAt,
          isStruck: true,
          cost: { actions: 2, proposals: 0 },
        },
      ],
      killLevel: "reduce-only",
      entriesPausedBecause: "paused by signal",
    });
    const { currentDetails } = await series.latest.query<{ currentDetails: string }>(
      "__temporal_workflow_metadata",
    );
    expect(currentDetails).toContain("200 open");
    const timeline: readonly { what: string }[] = await series.latest.query("timeline");
    expect(timeline.map(({ what }) => what)).toEqual([
      "entries paused",
      "killed (reduce-only): drill, by signal",
    ]);
    isOver = true;
    expect(await series.result()).toEqual({
      ...{ series: "KXBTCD", contractsFollowed: 1, endedBecause: "source over" },
    });
    // Its run is opened once, however often it goes on as new.
    expect(played.asked.filter((name) => name === "openBtcRun")).toHaveLength(1);
  });
});

describe("the end of a series", () => {
  it("cancels its contracts when it is stopped: those that hold something live on", async () => {
    const [empty, holding] = [aContract(), aContract()];
    const proposal = aProposal(holding);
    const played = play([
      () => watched({ admitted: [admission(empty), admission(holding)] }),
      () => {
        const { marketTicker } = holding;
        return watched({ news: [{ marketTicker, news: news([], { proposal }) }] });
      },
    ]);
    const series = await start();
    await untilTrue(() => played.requests.length === 3);
    await untilHolds(
      () => contractState(rig, holding),
      ({ entries }) => entries === 1,
    );
    await series.handle.cancel();
    expect(await series.result()).toMatchObject({ contractsFollowed: 2, endedBecause: "stopped" });
    expect(played.closed).toEqual([
      { runId: "btc/paper/2026-11-20", series: "KXBTCD", endedBecause: "stopped" },
    ]);
    const statusOf = async (contract: BtcContract): Promise<string> =>
      (await rig.client.workflow.getHandle(idOf(contract)).describe()).status.name;
    await untilHolds(
      () => statusOf(empty),
      (status) => status === "CANCELLED",
    );
    expect(await statusOf(holding)).toBe("RUNNING");
    // The sweep tells it the rest.
    await rig.client.workflow.getHandle(idOf(holding)).signal("news", news(END));
    await untilHolds(
      () => statusOf(holding),
      (status) => status === "CANCELLED",
    );
    expect(await contractState(rig, holding)).toMatchObject({ phase: "scored" });
  });

  it("comes with that of the source that is played", async () => {
    const played = play([() => watched({ isOver: true })]);
    const series = await start();
    expect(await series.result()).toMatchObject({ endedBecause: "source over" });
    expect(played.closed).toMatchObject([{ endedBecause: "source over" }]);
  });
});

describe("what a series costs", () => {
  it("keeps an hour of all three with the default selection far below 2,500 actions", async () => {
    const contract = aContract();
    const { marketTicker } = contract;
    const tell = (facts: Parameters<typeof news>[0]) => () =>
      watched({ news: [{ marketTicker, news: news(facts) }] });
    play([
      () => watched(),
      () => watched({ admitted: [{ ...admission(contract), phase: "waiting" }] }),
      tell([{ kind: "entered", phase: "open" }]),
      tell([{ kind: "entered", phase: "entry-window" }]),
      tell([{ kind: "entered", phase: "closing" }]),
      tell(END),
      () => watched({ isOver: true }),
    ]);
    const series = await start();
    await series.result();
    await rig.client.workflow.getHandle(idOf(contract)).result();
    // Start, first and last activity and its two phases; a watch each; 2 for a child; a signal each.
    const [chunk, child, told] = [1, 2, 4];
    const fixed = 5;
    expect(await actionsOfRun(rig.client, series.workflowId)).toBe(
      fixed + 7 * chunk + child + told,
    );
    const own = await actionsOfRun(rig.client, idOf(contract));
    // One signal is one action, though both its ends have it in their histories.
    expect(child + own).toBeLessThanOrEqual(12);
    // A chunk lasts 50 s of the wall: 72 an hour. Of the two ladders 24 contracts each, and 4 quarters;
    // each ends a chunk when it is admitted and for one proposal, which costs a signal, its order
    // and its fill; phases come for all contracts of an event together, 4 an event.
    const contracts = 2 * 24 + 4;
    const proposal = chunk + 2 + 2;
    const hour =
      3 * 72 * chunk + contracts * (child + own + told + chunk + proposal) + 6 * 4 * chunk;
    expect(hour).toBeLessThan(1_500);
  });
});
