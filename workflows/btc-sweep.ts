import { getExternalWorkflowHandle, setCurrentDetails } from "@temporalio/workflow";
import type { SweepOutcome, SweepRequest } from "../activities/bitcoin/settle-contracts.ts";
import { workflowIds } from "../temporal.config.ts";
import { bitcoinBatch } from "./activities.ts";
import { contractNewsSignal } from "./btc-contracts.ts";
import { markEnd } from "./shared.ts";

/**
 * Settles and scores every contract that has closed, also those that closed while nobody watched, and
 * tells their workflows where there are any. By schedule and on demand; safe to repeat.
 */
export async function btcSweep(input: SweepRequest): Promise<SweepOutcome> {
  const outcome = await bitcoinBatch.sweepSettlements(input);
  const told = outcome.news.map(
    ({ marketTicker, news }) =>
      getExternalWorkflowHandle(workflowIds.btcContract(input.mode, marketTicker))
        .signal(contractNewsSignal, news)
        .catch(() => undefined), // Most have no workflow: they live in tables.
  );
  await Promise.all(told);
  const { settled, scored, waiting } = outcome;
  setCurrentDetails(
    `**${input.mode}** settled ${settled}, snapshots scored ${scored}, waiting ${waiting}`,
  );
  markEnd(waiting === 0 ? "swept" : "waiting");
  return outcome;
}
