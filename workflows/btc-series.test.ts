import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { AdmittedContract } from "../activities/bitcoin/series-session.ts";
import type { WatchSeriesRequest, WatchSeriesResult } from "../activities/bitcoin/watch-series.ts";
import type { BtcContract } from "../core/domain/btc-contract.ts";
import type { ContractState } from "../core/domain/contract.ts";
import { instant } from "../core/domain/units.ts";
import { TASK_QUEUES, workflowIds } from "../temporal.config.ts";
import {
  aContract,
  aContractInput,
  actionsOfRun,
  anAnswer,
  aProposal,
  BTC_AT,
  news,
  SCORED,
  settledAs,
  untilHolds,
} from "../test/temporal/btc.ts";
import { startRig, type Stubs, type WorkflowRig } from "../test/temporal/workflow-rig.ts";
import type {
  BtcContractInput,
  BtcSeriesInput,
  BtcSeriesResult,
  SeriesState,
} from "./btc-contracts.ts";

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startRig(inject("temporalAddress"));
});
afterAll(() => rig.stop());

function watched(changes: Partial<WatchSeriesResult> = {}): WatchSeriesResult {
  const nothing = { admitted: [], news: [], isOver: false, summary: "", standingKill: null };
  return { at: instant(BTC_AT), ...nothing, ...changes };
}

function admission(contract: BtcContract): AdmittedContract {
  const { occasion, retryMs, decisionsBefore, at } = aContractInput({ contract });
  const found = { phase: "entry-window", isStruck: true } as const;
  return { contract, occasion, ...found, retryMs, decisionsBefore, at };
}

/** What a chunk of watching answers, in sequence; after the last it hangs. */
type Script = ((request: WatchSeriesRequest) => WatchSeriesResult | Promise<WatchSeriesResult>)[];

interface Played {
  readonly requests: WatchSeriesRequest[];
  readonly closed: unknown[];
  readonly asked: string[];
}

function play(script: Script, changes: Stubs = {}): Played {
  const played: Played = { requests: [], closed: [], asked: [] };
  const noted = (name: string) => (): Promise<void> => {
    played.asked.push(name);
    return Promise.resolve();
  };
  rig.use({
    openBtcRun: noted("openBtcRun"),
    closeBtcSeries: (request: unknown) => {
      played.closed.push(request);
      return Promise.resolve();
    },
    watchSeries: async (request: WatchSeriesRequest) => {
      played.requests.push(request);
      const next = script.shift();
      return next === undefined ? rig.hang() : await next(request);
    },
    placeOrder: () => Promise.resolve(anAnswer()),
    settlePosition: () => Promise.resolve({ revenueMicros: 0 }),
    cancelOpenOrders: noted("cancelOpenOrders"),
    recordAct: noted("recordAct"),
    throwKill: () => Promise.resolve({ inFlight: [] }),
    signalRunning: noted("signalRunning"),
    measureAccount: () => Promise.resolve(null),
    sweepVenue: () => Promise.resolve({ resting: 0, isDone: true, away: null }),
    finishKill: () => Promise.resolve({}),
    ...changes,
  });
  return played;
}

async function start(changes: Partial<BtcSeriesInput> = {}) {
  const input: BtcSeriesInput = {
    run: {
      ...{ runId: "btc/paper/2026-11-20", mode: "paper", date: "2026-11-20" },
      ...{ source: "world:7", seed: 7, speed: 60, endsAt: null },
    },
    series: "KXBTCD",
    maxHistoryEvents: null,
    carried: null,
    ...changes,
  };
  const workflowId = `btc-series/paper/${randomUUID()}`;
  const options = { workflowId, taskQueue: TASK_QUEUES.trading, args: [input] as const };
  const handle = await rig.client.workflow.start("btcSeries", options);
  const latest = rig.client.workflow.getHandle(workflowId);
  const state = (): Promise<SeriesState> => latest.query<SeriesState>("state");
  return {
    workflowId,
    handle,
    latest,
    state,
    until: (holds: (state: SeriesState) => boolean) => untilHolds(state, holds),
    result: async () => (await handle.result()) as BtcSeriesResult,
  };
}

const startContract = (input: BtcContractInput) =>
  rig.client.workflow.start("btcContract", {
    workflowId: input.occasion.occasionId,
    taskQueue: TASK_QUEUES.trading,
    args: [input],
  });
const idOf = ({ marketTicker }: BtcContract): string =>
  workflowIds.btcContract("paper", marketTicker);
const contractState = (contract: BtcContract): Promise<ContractState> =>
  rig.client.workflow.getHandle(idOf(contract)).query<ContractState>("state");
const tickersOf = ({ followed }: SeriesState): readonly string[] =>
  followed.map(({ marketTicker }) => marketTicker);
const until = (holds: () => boolean): Promise<boolean> =>
  untilHolds(() => Promise.resolve(holds()), Boolean);
const END = [settledAs("yes"), SCORED];

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
    await until(() => played.requests.length === 4);
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
    await until(() => played.requests.length === 1);
    await series.handle.signal("pauseEntries", { reason: "drill" });
    await until(() => played.requests.length === 2);
    await series.handle.signal("kill", { killId: "k", level: "no-entries", reason: "drill" });
    await until(() => isAdmitted);
    await series.until(({ followed }) => followed.length === 1);
    expect(await contractState(contract)).toMatchObject({
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
    const handle = await startContract(input);
    const played = play([
      () => watched({ admitted: [admission(contract)] }),
      ({ state }) => {
        const facts = [{ kind: "entered", phase: "entry-window" }] as const;
        expect(state.followed).toMatchObject([{ phase: "waiting", isStruck: false }]);
        return watched({ news: [{ marketTicker: contract.marketTicker, news: news(facts) }] });
      },
    ]);
    const series = await start();
    await until(() => played.requests.length === 3);
    expect(played.requests[2]?.state.followed).toMatchObject([{ phase: "entry-window" }]);
    await untilHolds(
      () => contractState(contract),
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
    await until(() => isEnded);
    expect(await series.until(({ followed }) => followed.length === 0)).toMatchObject({});
    await series.handle.terminate();
  });

  it("watches anew at once when a new worker says it is there", async () => {
    const played = play([() => rig.hang()]);
    const series = await start();
    await until(() => played.requests.length === 1);
    await series.handle.signal("workerStarted");
    await until(() => played.requests.length === 2);
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
    await until(() => played.requests.length === 3);
    await untilHolds(
      () => contractState(holding),
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
    expect(await contractState(holding)).toMatchObject({ phase: "scored" });
  });

  it("comes with that of the source that is played", async () => {
    const played = play([() => watched({ isOver: true })]);
    const series = await start();
    expect(await series.result()).toMatchObject({ endedBecause: "source over" });
    expect(played.closed).toMatchObject([{ endedBecause: "source over" }]);
  });
});

describe("the brakes of a series", () => {
  it("typed by hand as a kill start the kill workflow, and bind its next look", async () => {
    const thrown: unknown[] = [];
    const throwKill = (order: unknown) => {
      thrown.push(order);
      return Promise.resolve({ inFlight: [] });
    };
    const played = play([() => rig.hang()], { throwKill });
    const series = await start();
    await until(() => played.requests.length === 1);
    await series.handle.signal("kill", { level: "flatten", reason: "drill", by: "test" });
    await until(() => thrown.length === 1 && played.requests.length === 2);
    expect(thrown[0]).toMatchObject({ level: "flatten", reason: "drill", mode: "paper" });
    expect(played.requests[1]?.state.killLevel).toBe("flatten");
    await series.handle.terminate();
  });

  it("hold when a kill stands of which nobody told it, also after a resume typed by hand", async () => {
    const standing: Script[number] = ({ state }) =>
      state.killLevel === null ? watched({ standingKill: "flatten" }) : rig.hang();
    const played = play([standing, standing, standing, standing]);
    const series = await start();
    await series.until(({ killLevel }) => killLevel === "flatten");
    await series.handle.signal("resume", {});
    await until(() => played.requests.length === 4);
    await series.until(({ killLevel }) => killLevel === "flatten");
    await series.handle.terminate();
  });

  it("are passed on to its contracts, and recorded once", async () => {
    const contract = aContract();
    const played = play([() => watched({ admitted: [admission(contract)] })]);
    const series = await start();
    await series.until(({ followed }) => followed.length === 1);
    await series.handle.signal("pauseEntries", { reason: "lunch", by: "me" });
    const paused = await untilHolds(
      () => contractState(contract),
      ({ entriesPausedBecause }) => entriesPausedBecause !== null,
    );
    expect(paused.entriesPausedBecause).toBe("paused by signal");
    await series.handle.signal("resume", { reason: "back", by: "me" });
    await untilHolds(
      () => contractState(contract),
      ({ entriesPausedBecause }) => entriesPausedBecause === null,
    );
    expect(await series.state()).toMatchObject({ killLevel: null, entriesPausedBecause: null });
    await until(() => played.asked.filter((name) => name === "recordAct").length === 2);
    await series.handle.terminate();
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
