import { ParentClosePolicy, sleep, startChild, setCurrentDetails } from "@temporalio/workflow";
import { WorkflowExecutionAlreadyStartedError } from "@temporalio/common";
import type { KillReport } from "../activities/kill.ts";
import { workflowIds } from "../temporal.config.ts";
import { kills } from "./activities.ts";
import type { KillInput } from "./contracts.ts";
import { attributes } from "./shared.ts";

/** Workflows that start while a kill is thrown are found within so many rounds. */
const SIGNAL_ROUNDS = 6;
const FIRST_PAUSE_MS = 500;
/** To flatten may take until settlement: neither this history nor those of the games may fill up. */
const LONGEST_PAUSE_MS = 30_000;
/** The same while orders rest that the level forbids. */
const LONGEST_PAUSE_RESTING_MS = 2_000;

/** Drives a kill to its end and measures it. The row in the database comes first: from then on nothing is sent. */
export async function killSwitch(input: KillInput): Promise<KillReport> {
  const thrown = await kills.throwKill(input);
  setCurrentDetails(`**${input.level}** ${input.reason}\n\nin flight: ${thrown.inFlight.length}`);
  let signaled = await kills.signalRunning(input);
  for (let round = 1; ; round += 1) {
    const swept = await kills.sweepVenue(input);
    setCurrentDetails(
      `**${input.level}** ${input.reason}\n\nresting ${swept.resting}, workflows signaled ${signaled}`,
    );
    if (swept.isDone) break;
    await sleep(pauseAfter(round, swept.resting));
    // Workflows that started between the first signal and the row would miss the kill.
    if (round <= SIGNAL_ROUNDS) signaled += await kills.signalRunning(input);
  }
  return await kills.finishKill({ killId: input.killId, signaled });
}

/** Short while workflows are told, then twice as long each time. */
function pauseAfter(round: number, resting: number): number {
  const doublings = Math.max(0, round - SIGNAL_ROUNDS);
  const longest = resting > 0 ? LONGEST_PAUSE_RESTING_MS : LONGEST_PAUSE_MS;
  return Math.min(longest, FIRST_PAUSE_MS * 2 ** doublings);
}

/** Starts the kill workflow from another workflow; it outlives its parent. */
export async function startKill(input: KillInput): Promise<void> {
  try {
    await startChild(killSwitch, {
      workflowId: workflowIds.kill(input.killId),
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `kill ${input.level}: ${input.reason}`.slice(0, 190),
      typedSearchAttributes: [
        { key: attributes.mode, value: input.mode },
        { key: attributes.phase, value: "killing" },
      ],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
