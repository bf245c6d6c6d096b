import { ParentClosePolicy, sleep, startChild, setCurrentDetails } from "@temporalio/workflow";
import { WorkflowExecutionAlreadyStartedError } from "@temporalio/common";
import type { KillReport } from "../activities/kill.ts";
import { workflowIds } from "../temporal.config.ts";
import { kills } from "./activities.ts";
import type { KillInput } from "./contracts.ts";
import { attributes } from "./shared.ts";

/** Drives a kill to its end and measures it. The row in the database comes first: from then on nothing is sent. */
export async function killSwitch(input: KillInput): Promise<KillReport> {
  const thrown = await kills.throwKill(input);
  setCurrentDetails(`**${input.level}** ${input.reason}\n\nin flight: ${thrown.inFlight.length}`);
  let signaled = await kills.signalRunning(input);
  for (;;) {
    const swept = await kills.sweepVenue(input);
    setCurrentDetails(
      `**${input.level}** ${input.reason}\n\nresting ${swept.resting}, workflows signaled ${signaled}`,
    );
    if (swept.isDone) break;
    await sleep("500ms");
    // Workflows that started between the first signal and the row would miss the kill.
    signaled += await kills.signalRunning(input);
  }
  return await kills.finishKill({ killId: input.killId, signaled });
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
