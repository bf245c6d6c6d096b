import type { ContractFact, ContractState } from "../../core/domain/contract.ts";
import { usdMicros } from "../../core/domain/units.ts";
import { TASK_QUEUES } from "../../temporal.config.ts";
import type { BtcContractInput, ContractNews } from "../../workflows/btc-contracts.ts";
import { anAnswer, aProposal, news } from "./btc.ts";
import { type Stubs, untilHolds, type WorkflowRig } from "./workflow-rig.ts";

/** What the activities of a contract answer when nothing is amiss, and what they were asked. */
export function calmActivities(changes: Stubs = {}): {
  readonly asked: string[];
  readonly stubs: Stubs;
} {
  const asked: string[] = [];
  const noted =
    <T>(name: string, answer: T) =>
    (): Promise<T> => {
      asked.push(name);
      return Promise.resolve(answer);
    };
  const stubs = {
    placeOrder: noted("placeOrder", anAnswer()),
    fillShadow: noted("fillShadow", { filledCenti: 1_000 }),
    settlePosition: noted("settlePosition", { revenueMicros: usdMicros(10_000_000) }),
    cancelOpenOrders: noted("cancelOpenOrders", undefined),
    recordAct: noted("recordAct", undefined),
    isKillStanding: () => Promise.resolve(true),
    ...changes,
  };
  return { asked, stubs };
}

/** Starts a contract; how it is told news, and read. */
export async function startContract(rig: WorkflowRig, input: BtcContractInput) {
  const handle = await rig.client.workflow.start("btcContract", {
    workflowId: input.occasion.occasionId,
    taskQueue: TASK_QUEUES.trading,
    args: [input],
  });
  const state = (): Promise<ContractState> => handle.query<ContractState>("state");
  return {
    handle,
    state,
    tell: (told: ContractNews) => handle.signal("news", told),
    until: (holds: (state: ContractState) => boolean) => untilHolds(state, holds),
    lines: async (): Promise<readonly string[]> => {
      const timeline: readonly { what: string }[] = await handle.query("timeline");
      return timeline.map(({ what }) => what);
    },
    result: async () => (await handle.result()) as ContractState,
  };
}
type Started = Awaited<ReturnType<typeof startContract>>;

export const entered = (phase: "open" | "entry-window" | "closing"): ContractFact => ({
  kind: "entered",
  phase,
});

/** Buys in a contract that is in its entry window, and waits for the fill. */
export async function enter(contract: Started, input: BtcContractInput): Promise<void> {
  await contract.tell(news([], { proposal: aProposal(input.contract) }));
  await contract.until(({ entries, openOrders }) => entries === 1 && openOrders.length === 0);
}
