import { randomUUID } from "node:crypto";
import type { AdmittedContract } from "../../activities/bitcoin/series-session.ts";
import type {
  WatchSeriesRequest,
  WatchSeriesResult,
} from "../../activities/bitcoin/watch-series.ts";
import type { BtcContract } from "../../core/domain/btc-contract.ts";
import type { ContractState } from "../../core/domain/contract.ts";
import { instant } from "../../core/domain/units.ts";
import { TASK_QUEUES, workflowIds } from "../../temporal.config.ts";
import type {
  BtcSeriesInput,
  BtcSeriesResult,
  SeriesState,
} from "../../workflows/btc-contracts.ts";
import { aContractInput, anAnswer, BTC_AT } from "./btc.ts";
import { quietKill, type Stubs, untilHolds, type WorkflowRig } from "./workflow-rig.ts";

/** What a chunk of watching answers. */
export function watched(changes: Partial<WatchSeriesResult> = {}): WatchSeriesResult {
  const nothing = { admitted: [], news: [], isOver: false, summary: "", standingKill: null };
  return { at: instant(BTC_AT), ...nothing, ...changes };
}

/** A contract as watching admits it, in its entry window. */
export function admission(contract: BtcContract): AdmittedContract {
  const { occasion, retryMs, decisionsBefore, at } = aContractInput({ contract });
  const found = { phase: "entry-window", isStruck: true } as const;
  return { contract, occasion, ...found, retryMs, decisionsBefore, at };
}

/** What chunks of watching answer, in sequence; after the last it hangs. */
export type Script = ((
  request: WatchSeriesRequest,
) => WatchSeriesResult | Promise<WatchSeriesResult>)[];

/** What the activities of a series were asked. */
interface Played {
  readonly requests: WatchSeriesRequest[];
  readonly closed: unknown[];
  readonly asked: string[];
}

/** Has the activities of a series answer by a script. */
export function playSeries(rig: WorkflowRig, script: Script, changes: Stubs = {}): Played {
  const played: Played = { requests: [], closed: [], asked: [] };
  const noted = (name: string) => (): Promise<void> => {
    played.asked.push(name);
    return Promise.resolve();
  };
  rig.use({
    openBtcRun: noted("openBtcRun"),
    isKillStanding: () => Promise.resolve(true),
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
    ...quietKill(),
    signalRunning: noted("signalRunning"),
    ...changes,
  });
  return played;
}

/** Starts a series; its latest run is asked for its state. */
export async function startSeries(rig: WorkflowRig, changes: Partial<BtcSeriesInput> = {}) {
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

/** The workflow of a contract on paper. */
export const idOf = ({ marketTicker }: BtcContract): string =>
  workflowIds.btcContract("paper", marketTicker);
export const contractState = (rig: WorkflowRig, contract: BtcContract): Promise<ContractState> =>
  rig.client.workflow.getHandle(idOf(contract)).query<ContractState>("state");
